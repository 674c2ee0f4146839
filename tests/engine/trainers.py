"""Trainers of every objective on toy data, small enough for a step in milliseconds."""

from __future__ import annotations

from toys import SMALL, settings_of, toy

from sslviz.core.settings import Values, resolve
from sslviz.engine.training.device import place
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.run_settings import Run
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.objective import objectives

CASES = [(objective.name, kind) for objective in objectives if objective.trains for kind in objective.modalities]


def trainer_of(name: str, kind: str, given: Values | None = None) -> Trainer:
    settings = {setting.key: setting for setting in (*Run.settings(), *Optimiser.settings(), *settings_of(name))}
    small = {key: value for key, value in SMALL.items() if key in settings}
    values = resolve(list(settings.values()), {**small, "batch_size": 32, **(given or {})})
    return Trainer(values, Split(toy(kind, 96), toy(kind, 8), ()), objectives[name], place("cpu"))
