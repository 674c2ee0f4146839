"""What is asked of the network while it trains: after each step, and without a trace in the training."""

from __future__ import annotations

import numpy as np
import pytest
from engine_bench import Bench

from sslviz.core import rate_limit
from sslviz.core.messages import Prepared, Scalars, Watch
from sslviz.core.panel_data import Patches, WrittenText
from sslviz.core.requests import ChosenSamples

TEXTS = {"data": "python_docs", "objective": "predictive", "model_width": 16, "layers": 1, "device": "cpu"}


def test_a_network_writes_after_each_step_without_a_trace_in_the_training(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    monkeypatch.setattr("engine_bench.SMALL", TEXTS)
    losses = []
    for panel_data in ((), ("WrittenText",)):
        bench.inbox.put(Watch(panel_data=panel_data))
        run = bench.run(steps=4, numbered=True)
        assert run.execute().state == "finished"
        blocks = bench.heard.all(Scalars)
        losses.append(np.concatenate([block.columns["loss"].numpy() for block in blocks])[-4:])
    assert losses[0].tolist() == losses[1].tolist()
    written = bench.heard.all(WrittenText)
    assert [each.step for each in written] == [1, 2, 3]  # nothing of the untrained network
    assert len({each.text for each in written}) == 3
    assert run.setup is not None
    held_out = {bytes(text[:24].tolist()).decode(errors="replace") for text in run.setup.split.held_out.data}
    assert {each.prompt for each in written} <= held_out


PATCHED = {"encoder": "vit", "model_width": 32, "layers": 1}


def losses_of(bench: Bench) -> list[float]:
    return np.concatenate([block.columns["loss"].numpy() for block in bench.heard.all(Scalars)])[-4:].tolist()


def test_patches_are_of_the_image_in_view_and_of_eight_others_without_a_trace_in_the_training(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    losses = []
    for panel_data in ((), ("Patches",)):
        bench.inbox.put(Watch(panel_data=panel_data, samples=ChosenSamples(pinned=11)))
        run = bench.run(steps=4, numbered=True, **PATCHED)
        assert run.execute().state == "finished"
        losses.append(losses_of(bench))
    assert losses[0] == losses[1]
    sent = bench.heard.all(Patches)
    assert len(sent) > 2
    for message in sent:
        message.verify()
        assert message.samples.numpy().tolist() == [11, *range(8)]
        assert message.features.shape == (9, 4, 4, 32)
        np.testing.assert_allclose(np.linalg.norm(message.features.numpy().astype(float), axis=-1), 1, atol=2e-3)
        assert message.attention is not None
        assert message.attention.shape == (4, 16, 16)
        np.testing.assert_allclose(message.attention.numpy().astype(float).sum(-1), 1, atol=5e-3)
    assert not np.array_equal(sent[0].features.numpy(), sent[-1].features.numpy())
    assert np.array_equal(sent[0].images.numpy(), sent[-1].images.numpy())


@pytest.mark.parametrize("pinned", [None, 10**6])
def test_without_a_pinned_sample_the_first_image_is_in_view(
    pinned: int | None, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Patches",), samples=ChosenSamples(pinned=pinned)))
    bench.run(steps=2, **PATCHED).execute()
    assert {tuple(message.samples.numpy()[:2]) for message in bench.heard.all(Patches)} == {(0, 0)}


def test_an_encoder_without_patches_says_so_and_sends_none(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    for encoder in ("small", "vit"):
        bench.inbox.put(Watch(panel_data=("Patches",)))
        bench.run(steps=2, numbered=True, **{**PATCHED, "encoder": encoder}).execute()
        assert ("Patches" in bench.heard.all(Prepared)[-1].panel_data) == (encoder == "vit")
        assert bool(bench.heard.all(Patches)) == (encoder == "vit")
