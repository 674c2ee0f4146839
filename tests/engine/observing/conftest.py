"""The digits, a trainer with a tiny network on them, and its evaluation."""

from __future__ import annotations

import pytest
from engine_bench import SMALL

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality, modalities


@pytest.fixture
def modality() -> Modality:
    return modalities["image"]()


@pytest.fixture
def split(catalogue: Catalogue, data_cache: DataCache) -> Split:
    return data_cache.load(resolve_values(catalogue, SMALL), lambda *_: None)


@pytest.fixture
def trainer(catalogue: Catalogue, split: Split) -> Trainer:
    values = resolve_values(catalogue, {**SMALL, "probe_samples": 100})
    return Trainer(values, split, objective_class(catalogue, values), place("cpu"))


@pytest.fixture
def evaluation(trainer: Trainer, split: Split, modality: Modality) -> Evaluation:
    return Evaluation(trainer, split, modality)
