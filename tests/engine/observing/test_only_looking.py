"""The figures of an encoder that is not trained: nothing is compared with an untrained network."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from engine_bench import SMALL

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Watch
from sslviz.engine.observing import networks
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.observers import ReferenceLinesObserver
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.device import place
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality


@pytest.fixture
def looking(catalogue: Catalogue, split: Split, modality: Modality) -> Evaluation:
    chosen = {"data": "digits", "objective": "inspect", "width": SMALL.get("width", 4), "probe_samples": 100}
    values = resolve_values(catalogue, chosen)
    return Evaluation(Trainer(values, split, objective_class(catalogue, values), place("cpu")), split, modality)


def test_the_network_is_compared_with_the_raw_inputs_alone(looking: Evaluation) -> None:
    assert list(looking.embeddings.representations()) == ["trained", "raw input"]
    spectra = looking.embeddings.spectra()
    assert spectra is not None
    assert (spectra.untrained, spectra.of, len(spectra.values) > 0) == (None, "h", True)
    said: list[Any] = []
    observer = ReferenceLinesObserver(looking, lambda *found: said.append(found), said.append, after=0)
    observer.observe(Watch(panel_data=()))
    (step, figures), lines = said
    assert (step, set(figures)) == (0, {"knn", "effective_rank_h"})
    assert {(line.curve, line.role) for line in lines} == {("knn", "raw_input")}
    scores = looking.final.compute()
    assert scores.knn["digit"] > 0.5
    assert (scores.knn_untrained, scores.probe_untrained) == ({}, {})


def test_a_large_network_encodes_fewer_samples_at_once(looking: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = looking.embeddings.probe_h()
    each = looking.networks.flops_per_segment(looking.samples.train)
    monkeypatch.setattr(networks, "CHUNK_FLOPS_CPU", 7.5 * each)
    assert looking.networks.chunk_size(looking.samples.probe) == 7
    torch.testing.assert_close(looking.networks.encode(looking.networks.trained, looking.samples.probe), whole)
