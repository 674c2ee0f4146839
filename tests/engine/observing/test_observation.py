"""The end of an observed run."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import Any

import pytest
from engine_bench import Bench

from sslviz.core.found import Found
from sslviz.core.messages import Diagnosis, Notice
from sslviz.engine.observing.health_reporter import HealthReporter
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training import run
from sslviz.engine.training.run_log import LogError
from sslviz.engine.training.setup import Setup
from sslviz.learning.encoder_objective import EncoderObjective


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


@pytest.mark.parametrize(("side", "best"), [(120, 120), (600, 256)])
def test_pictures_that_are_smaller_than_the_encoder_knows_them_are_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, side: int, best: int
) -> None:
    monkeypatch.setattr(EncoderObjective, "expected_side", 518)
    set_up = run.set_up

    def of_own_data(*given: Any, **more: Any) -> Setup:
        setup = set_up(*given, **more)
        return replace(setup, split=replace(setup.split, found=Found(path="photos", number=1797, side=side)))

    monkeypatch.setattr(run, "set_up", of_own_data)
    bench.begin(steps=1)
    bench.heard.wait_for(lambda: "side" in [each.key for each in bench.heard.all(Notice)])
    (told,) = [each for each in bench.heard.all(Notice) if each.key == "side"]
    assert told.text.endswith(f"yours are reduced to 16. Set the side to {best} to see what it can do.")
