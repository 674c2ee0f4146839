"""Records the trainings that the lessons are tested on: ``python tests/engine/record_lessons.py [NAME …]``.

Each is a real training with one thread, of a minute or two, by somebody who does what the lesson says.
``tests/window/lesson_traces/NAME.jsonl`` holds what happens, one event per line: ``open`` a run with a preset and other
settings, ``lines`` (the reference lines), ``train`` (first and last step, the terms of each step, the figures after
them), ``set`` a setting, ``answer`` a question, ``show`` a panel, ``pin`` a sample. The figures are also printed; with
``--print``, nothing is written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sslviz.core.entries import Catalogue
from sslviz.core.presets import preset_named
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.setup import set_up

TRACES = Path(__file__).parents[1] / "window" / "lesson_traces"
EVERY = 20
Event = list[Any]
TERMS_LEFT_OUT = frozenset({"epoch", "learning_rate", "grad_norm"})
SMALL_BATCH = {"batch_size": 32, "learning_rate": 0.001, "inversion": 0.0, "mixing": 0.2, "grey": 0.6, "hue": 90.0}
LESSONS: dict[str, list[Event]] = {
    "first-run": [
        ["open", "shapes", {}],
        ["train", 240],
        ["pin"],
        ["set", "colour", 0.0],
        ["train", 60],
        ["set", "colour", 1.0],
    ],
    "chance-line": [
        ["open", "shapes", {}],
        ["answer", "A guessing one"],
        ["train", 260],
        ["set", "temperature", 0.5],
    ],
    "colour-shortcut": [
        ["open", "shapes", {}],
        ["train", 260],
        ["answer", "Fall"],
        ["set", "colour", 0.0],
        ["train", 120],
        ["set", "colour", 1.0],
        ["train", 120],
    ],
    "temperature": [
        ["open", "shapes", {}],
        ["train", 220],
        ["set", "temperature", 2.0],
        ["train", 120],
        ["set", "temperature", 0.02],
        ["train", 120],
        ["set", "temperature", 0.2],
        ["train", 100],
    ],
    "byol-predictor": [
        ["open", "byol", {}],
        ["train", 160],
        ["answer", "Fall"],
        ["set", "predictor", False],
        ["train", 160],
        ["set", "predictor", True],
        ["train", 60],
    ],
    "simsiam-stop-gradient": [
        ["open", "simsiam", {}],
        ["train", 160],
        ["set", "stop_gradient", False],
        ["train", 160],
        ["set", "stop_gradient", True],
        ["train", 160],
    ],
    "vicreg-variance": [
        ["open", "vicreg", {}],
        ["train", 160],
        ["answer", "All the same"],
        ["set", "variance_weight", 0.0],
        ["train", 120],
        ["set", "variance_weight", 25.0],
        ["train", 160],
    ],
    "dino-collapses": [
        ["open", "dino", {}],
        ["train", 100],
        ["set", "teacher_temperature", 0.2],
        ["train", 120],
        ["open", "dino-no-centring", {}],
        ["train", 160],
    ],
    "dimensional-collapse": [
        ["open", "vicreg", {"covariance_weight": 0.0}],
        ["train", 200],
        ["show", "spectrum"],
        ["open", "vicreg", {"covariance_weight": 1.0}],
        ["train", 160],
    ],
    "batch-size": [
        ["open", "shapes", SMALL_BATCH],
        ["answer", "4.14"],
        ["train", 300],
        ["answer", "Yes"],
        ["open", "vicreg", SMALL_BATCH],
        ["train", 300],
    ],
    "cpc-negatives": [
        ["open", "vowels-cpc", {}],
        ["train", 140],
        ["answer", "It falls"],
        ["set", "negatives", "same"],
        ["train", 140],
    ],
}


class Player:
    """Does what a lesson says, and yields what happens."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue, self._cache = catalogue, DataCache()

    def play(self, events: list[Event]) -> Iterator[Event]:
        """Yield what happens when somebody does ``events``."""
        for event in events:
            match event:
                case ["open", preset, settings]:
                    given = {**preset_named(preset).settings, **settings}
                    self._setup = set_up(self._catalogue, given, self._cache, lambda text, fraction: None)
                    setup = self._setup
                    self._evaluation = Evaluation(setup.trainer, setup.split, setup.modality)
                    yield event
                    self._health_lines = self._measured_lines()
                    yield ["lines", self._lines()]
                case ["train", steps]:
                    yield from self._train(steps)
                case ["set", key, value]:
                    trainer = self._setup.trainer
                    yield ["set", key, trainer.values[key], value]
                    trainer.configure({**trainer.values, key: value})
                    yield ["lines", self._lines()]
                case _:
                    yield event

    def _train(self, steps: int) -> Iterator[Event]:
        trainer = self._setup.trainer
        for first in range(trainer.step_number + 1, trainer.step_number + steps + 1, EVERY):
            records = [trainer.step() for _ in range(EVERY)]
            names = [name for name in records[0] if name not in TERMS_LEFT_OUT]
            terms = {name: [_short(record[name]) for record in records] for name in names}
            figures = {key: _short(value) for key, value in self._evaluation.health.trained().items()}
            yield ["train", first, first + EVERY - 1, terms, figures]

    def _measured_lines(self) -> tuple[Any, ...]:
        health = self._evaluation.health
        self._evaluation.own_scores.compute_baselines()
        return health_lines(self._evaluation.embeddings.z_dim, health.raw_inputs(), health.untrained())

    def _lines(self) -> list[Event]:
        trainer, baselines = self._setup.trainer, self._evaluation.own_scores.baselines
        lines = (*trainer.objective.reference_lines(trainer.batch_size, baselines), *self._health_lines)
        return [[line.curve, line.role, _short(line.value)] for line in lines]


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _shown(event: Event) -> str:
    """Return an event in one line to read: of a training the last terms and the figures."""
    if event[0] != "train":
        return json.dumps(event)
    _, _, last, terms, figures = event
    values = {**{name: each[-1] for name, each in terms.items()}, **figures}
    return f"{last:5} " + " ".join(f"{name} {value:.3g}" for name, value in values.items())


def main() -> None:
    """Record all lessons, or those named on the command line; with ``--print`` show the figures."""
    names = [name for name in sys.argv[1:] if name != "--print"] or list(LESSONS)
    player = Player(build_catalogue())
    TRACES.mkdir(exist_ok=True)
    for name in names:
        lines = []
        for event in player.play(LESSONS[name]):
            lines.append(json.dumps(event, separators=(",", ":")))
            print(name, _shown(event), flush=True)  # noqa: T201
        if "--print" not in sys.argv:
            (TRACES / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
