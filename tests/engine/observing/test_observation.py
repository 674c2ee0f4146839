"""The end of an observed run."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from engine_bench import Bench

from sslviz.core.messages import Diagnosis, Notice
from sslviz.engine.observing.health_reporter import HealthReporter
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training.run_log import LogError


def test_a_full_disk_does_not_keep_the_last_diagnosis_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    after_training = Observation.after_training

    def full(*_: Any) -> None:
        raise LogError("The disk is full.") from OSError(errno.ENOSPC, "full")

    def fill(observation: Observation) -> None:
        monkeypatch.setattr(HealthReporter, "report", full)
        monkeypatch.setattr(HealthReporter, "measured_step", None)
        after_training(observation)

    monkeypatch.setattr(Observation, "after_training", fill)
    bench.inbox.connected = True
    bench.begin(steps=5)
    bench.heard.wait_for(lambda: "The disk is full." in [each.text for each in bench.heard.all(Notice)])
    assert bench.heard.all(Diagnosis)[-1].text == "The run ended before step 50, too early for a verdict."
