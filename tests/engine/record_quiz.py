"""Records the runs of the lesson "which-collapsed": ``python tests/engine/record_quiz.py``.

Each is a real training on digits. So little of its folder is kept that it can be installed: every ninth step, rounded;
samples as small as the data are; the first and the last snapshot, with h as float16.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.core.lessons import lesson_named

STEPS, EVERY, SIDE = 900, 9, 8
SMALL = ("probe_samples=96", "width=4")
RUNS = {
    "which-collapsed/a": ("byol", ("data=digits",)),
    "which-collapsed/b": ("digits", ("temperature=0.5",)),
    "which-collapsed/c": ("simsiam-no-stop-gradient", ("data=digits",)),
    "which-collapsed/d": ("vicreg", ("data=digits",)),
}
LEFT_OUT = frozenset({"epoch", "learning_rate"})


def record(name: str, preset: str, settings: tuple[str, ...], target: Path) -> None:
    """Train, and write what is kept of the run folder to ``target``."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        given = [part for each in (*SMALL, *settings) for part in ("--set", each)]
        command = [sys.executable, "-m", "sslviz", "train", preset, *given, "--steps", str(STEPS), "--out", str(out)]
        subprocess.run(command, check=True)
        shutil.rmtree(target, ignore_errors=True)
        (target / "snapshots").mkdir(parents=True)
        shutil.copy(out / "run.toml", target)
        for file, kept in (("metrics.jsonl", _metrics), ("events.jsonl", _events)):
            lines = [json.loads(line) for line in (out / file).read_text().splitlines()]
            texts = [json.dumps(line, separators=(",", ":")) for line in kept(lines)]
            (target / file).write_text("\n".join(texts) + "\n")
        _shrink_samples(out / "samples.npz", target / "samples.npz")
        snapshots = sorted((out / "snapshots").glob("map-*.npz"))
        for path in {snapshots[0], snapshots[-1]}:
            _shrink_snapshot(path, target / "snapshots" / path.name)
    (target / "note.toml").write_text(f'title = "Run {name[-1].upper()}"\nnote = ""\n')


def _metrics(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [line for line in lines if line["step"] % EVERY == 1]
    return [_rounded({key: value for key, value in line.items() if key not in LEFT_OUT}) for line in kept]


def _events(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last = max((index for index, line in enumerate(lines) if line["event"] == "references"), default=0)
    kept = [line for index, line in enumerate(lines) if line["event"] != "references" or index == last]
    return [_rounded(line) for line in kept if line["event"] != "warning"]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _shrink_samples(path: Path, target: Path) -> None:
    with np.load(path) as arrays:
        kept = dict(arrays)
    pictures = kept["pictures"]
    step = pictures.shape[2] // SIDE
    kept["pictures"] = np.ascontiguousarray(pictures[:, :, step // 2 :: step, step // 2 :: step])
    np.savez_compressed(target, **kept)


def _shrink_snapshot(path: Path, target: Path) -> None:
    with np.load(path) as arrays:
        kept = dict(arrays)
    np.savez_compressed(target, **{**kept, "h": kept["h"].astype(np.float16)})


def main() -> None:
    """Record all runs."""
    target = lesson_named("first-run").path.parent
    for name, (preset, settings) in RUNS.items():
        record(name, preset, settings, target / name)
        size = sum(path.stat().st_size for path in (target / name).rglob("*") if path.is_file())
        print(name, f"{size / 1000:.1f} kB")  # noqa: T201


if __name__ == "__main__":
    main()
