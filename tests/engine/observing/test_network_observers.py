"""A network that writes texts: after each step, and without a trace in the training."""

from __future__ import annotations

import numpy as np
import pytest
from engine_bench import Bench

from sslviz.core import rate_limit
from sslviz.core.messages import Scalars, Watch
from sslviz.core.panel_data import WrittenText

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
