"""Embeddings are computed once per step."""

from __future__ import annotations

import pytest
import torch

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.networks import Networks
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples


def test_what_was_encoded_at_a_step_is_not_encoded_again(
    evaluation: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    encode = Networks.encode

    def counting(self: Networks, network: object, samples: Samples) -> torch.Tensor:
        encoded.append(len(samples))
        return encode(self, network, samples)  # type: ignore[arg-type]

    monkeypatch.setattr(Networks, "encode", counting)
    bank = len(evaluation.samples.bank)
    h = evaluation.embeddings.probe_h()
    assert torch.equal(evaluation.embeddings.bank_h()[:100], h)
    assert torch.equal(evaluation.embeddings.probe_h(), h)
    assert encoded == [100, bank - 100]
    trainer.step()
    assert not torch.equal(evaluation.embeddings.probe_h(), h)


def test_before_the_first_step_z_is_that_of_the_settled_network(evaluation: Evaluation, trainer: Trainer) -> None:
    spectra = evaluation.embeddings.spectra()
    assert spectra is not None
    assert spectra.untrained is not None
    assert torch.equal(spectra.values, spectra.untrained)
    trainer.step()
    after = evaluation.embeddings.spectra()
    assert after is not None
    assert not torch.equal(after.values, spectra.untrained)
