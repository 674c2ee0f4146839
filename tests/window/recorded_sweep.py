"""Writes the folder of a sweep as ``sslviz sweep`` does, without training anything."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from window_fakes import catalogue, number

from sslviz.core.entries import Catalogue
from sslviz.core.process_identity import this_process
from sslviz.core.run_folder import MAP, RunFolder
from sslviz.core.sweep.folder import SweepRun, sweep_runs, write_summary, write_sweep
from sslviz.core.sweep.plan import Sweep

STEPS = 200
POINTS = 120
DATA_SEED = number("data_seed", -1, -1, 1000, value_type="int", group="Run", live=False)


def catalogue_of_sweeps() -> Catalogue:
    """Return the small catalogue with the seed of the data, which every sweep sets."""
    small = catalogue()
    return msgspec.structs.replace(small, common=(*small.common, DATA_SEED))


def sweep_of(*temperatures: float, seeds: tuple[int, ...] = (0, 1, 2)) -> Sweep:
    """Return the plan of a sweep of the temperature of shapes."""
    return Sweep(preset="shapes", vary={"temperature": temperatures}, seeds=seeds, fixed={"data_seed": 0}, steps=STEPS)


def record_sweep(folder: Path, sweep: Sweep, finished: int = 10**6) -> tuple[SweepRun, ...]:
    """Write a sweep of which as many runs are finished as given, and half of the next is done by this process."""
    write_sweep(folder, sweep)
    for index, run in enumerate(sweep_runs(folder, sweep)):
        if index <= finished:
            record_run(run, whole=index < finished)
    return sweep_runs(folder, sweep)


def record_run(run: SweepRun, *, whole: bool) -> None:
    """Write a run that gets better the nearer its value is to 0.1; every map is turned by another angle."""
    (value,) = map(float, run.values.values())
    random = np.random.default_rng([run.seed, round(1e3 * value)])
    best = 0.97 - 0.06 * np.log2(value / 0.1) ** 2 + 0.01 * random.normal()
    with RunFolder.create(run.path, {**run.values, "seed": run.seed}, {}) as log:
        log.append_event({"event": "process", **this_process()})
        lines = [{"curve": "knn", "label": "untrained", "value": 0.4, "role": "untrained"}]
        lines.append({"curve": "knn", "label": "raw input", "value": 0.55, "role": "raw_input"})
        log.append_event({"event": "references", "lines": lines})
        steps = np.arange(1, (STEPS if whole else STEPS // 2) + 1)
        loss = 2 + 4 * np.exp(-steps / 40) + 0.1 * random.normal(size=len(steps))
        log.append_metrics(
            {"step": int(step), "wall_time_s": 0.05 * int(step), "loss": float(value), "top1": 1 / float(value)}
            for step, value in zip(steps, loss, strict=True)
        )
        for step in steps[::25].tolist():
            knn = best - (best - 0.4) * np.exp(-step / 50) + 0.005 * random.normal()
            log.append_event({"event": "health", "step": step, "knn": float(knn)})
        log.save_snapshot(MAP, int(steps[-1]), map_of(random, best))
    if whole:
        write_summary(run.path, summary_of(best, float(loss[-1])))


def map_of(random: np.random.Generator, best: float) -> dict[str, np.ndarray]:
    """Return the arrays of a map of three classes."""
    labels = np.arange(POINTS) % 3
    centres = np.array([[0, 0], [4, 0], [0, 3]], np.float32)
    angle = random.uniform(0, 6)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    xy = (centres[labels] + random.normal(scale=1.2 - best, size=(POINTS, 2))) @ turn
    return {"xy": xy.astype(np.float32), "labels": labels, "ids": np.arange(POINTS)}


def summary_of(knn: float, loss: float) -> dict[str, object]:
    """Return what ``sslviz train --json`` prints, in part."""
    return {
        "state": "finished",
        "steps": STEPS,
        "seconds": 10.0,
        "loss": loss,
        "knn": knn,
        "knn_raw": 0.55,
        "knn_untrained": 0.4,
        "rank_h": 0.7 + 0.1 * knn,
        "knn_by_label": {"shape": knn},
        "probe_by_label": {"shape": min(knn + 0.01, 1.0)},
        "probe_untrained_by_label": {"shape": 0.5},
    }
