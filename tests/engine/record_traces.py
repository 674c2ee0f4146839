"""Records the trainings that the diagnosis is tested on: ``python tests/engine/record_traces.py [NAME …]``.

Each is a real training with one thread, of about a minute, evaluated every fifty steps. ``traces/NAME.json`` holds its
settings, the changes of settings during it, the reference lines, and the readings.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from sslviz.core.entries import Catalogue
from sslviz.core.presets import preset_named
from sslviz.core.settings import Value
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.setup import Setup, set_up

TRACES = Path(__file__).parent / "traces"
EVERY, RECENT = 50, 50
Trace = dict[str, Any]


class Recipe(NamedTuple):
    """A preset with other settings. ``changes``: (step, key, value), applied before that step."""

    preset: str
    steps: int
    settings: dict[str, Value]
    changes: tuple[tuple[int, str, Value], ...] = ()


STRONG: dict[str, Value] = {"noise": 0.5, "blur": 4.0, "crop": 0.95, "mixing": 1.0, "inversion": 0.5}
RECIPES = {
    "learning": Recipe("shapes", 300, {}),
    "digits": Recipe("digits", 200, {}),
    "temperature_005": Recipe("shapes", 300, {"temperature": 0.05}),
    "temperature_05": Recipe("shapes", 250, {"temperature": 0.5}),
    "features": Recipe("moving-digits-features", 300, {}),
    "next_frame": Recipe("moving-digits", 200, {}),
    "next_byte": Recipe("docs-next-token", 200, {}),
    "masked_patches": Recipe("shapes-masked", 200, {}),
    "vowels": Recipe("vowels-cpc", 300, {}),
    "same_sequence": Recipe("vowels-cpc-same-sequence", 300, {}),
    "learning_rate_1e-6": Recipe("shapes", 200, {"learning_rate": 1e-6}),
    "strong_augmentation": Recipe("shapes", 200, STRONG),
    "features_without_stop_gradient": Recipe("moving-digits-features", 150, {"stop_gradient": False}),
    "features_rate_01": Recipe("moving-digits-features", 200, {"learning_rate": 0.1}),
    "shortcut": Recipe("shapes-colour-shortcut", 250, {}),
    "colour_taken_away": Recipe("shapes", 450, {}, ((300, "colour", 0.0),)),
    "no_augmentation": Recipe("shapes", 350, {"crop": 0.0, "flip": 0.0, "colour": 0.0}),
    "lejepa_lambda_high": Recipe("lejepa", 200, {"lejepa_lambda": 0.2, "batch_size": 128}),
    "temperature_002": Recipe("shapes", 350, {"temperature": 0.02}),
    "temperature_1": Recipe("shapes", 250, {"temperature": 1.0}),
    "temperature_2": Recipe("shapes", 250, {"temperature": 2.0}),
    "learning_rate_01": Recipe("shapes", 200, {"learning_rate": 0.1}),
    "learning_rate_1": Recipe("shapes", 150, {"learning_rate": 1.0}),
    "next_frame_rate_1": Recipe("moving-digits", 150, {"learning_rate": 1.0}),
}


def record(name: str, catalogue: Catalogue) -> Trace:
    """Train a recipe and return its trace."""
    recipe = RECIPES[name]
    given = {**preset_named(recipe.preset).settings, **recipe.settings}
    setup = set_up(catalogue, given, DataCache(), lambda text, fraction: None)
    evaluation = Evaluation(setup.trainer, setup.split, setup.modality)
    return {
        "given": given,
        "changes": [list(change) for change in recipe.changes],
        "lines": _lines(setup, evaluation),
        "readings": _train(setup, evaluation, recipe),
    }


def _lines(setup: Setup, evaluation: Evaluation) -> list[list[str | float]]:
    health, own_scores = evaluation.health, evaluation.own_scores
    own_scores.compute_baselines()
    untrained = health.untrained()
    trainer = setup.trainer
    own = trainer.objective.reference_lines(trainer.batch_size, own_scores.baselines)
    lines = (*own, *health_lines(evaluation.embeddings.z_dim, health.raw_inputs(), untrained))
    return [[line.curve, line.label, _short(line.value), line.role] for line in lines]


def _train(setup: Setup, evaluation: Evaluation, recipe: Recipe) -> list[Trace]:
    trainer, recent, readings = setup.trainer, deque[float](maxlen=RECENT), []
    for step in range(1, recipe.steps + 1):
        for at, key, value in recipe.changes:
            if at == step:
                trainer.configure({**trainer.values, key: value})
        recent.append(trainer.step()["loss"])
        if step == 1 or step % EVERY == 0:
            known = {**trainer.figures, **evaluation.health.trained()}
            figures = {key: _short(value) for key, value in known.items()}
            readings.append({"step": step, "loss": _short(sum(recent) / len(recent)), "figures": figures})
    return readings


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def written(trace: Trace) -> str:
    """Return the trace as JSON, one reading per line."""
    parts = [f'  "{key}": {json.dumps(trace[key])}' for key in ("given", "changes", "lines")]
    readings = ",\n".join(f"    {json.dumps(reading)}" for reading in trace["readings"])
    return "{\n" + ",\n".join(parts) + f',\n  "readings": [\n{readings}\n  ]\n}}\n'


def main() -> None:
    """Record all trainings, or those named on the command line."""
    catalogue = build_catalogue()
    for name in sys.argv[1:] or RECIPES:
        trace = record(name, catalogue)
        (TRACES / f"{name}.json").write_text(written(trace))
        print(name, len(trace["readings"]), "readings")  # noqa: T201


if __name__ == "__main__":
    main()
