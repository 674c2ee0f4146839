"""Training time and training speed, on a simulated clock."""

from __future__ import annotations

import pytest

from sslviz.engine.training.clock import RunClock, Speed


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_training_time_excludes_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    run = RunClock()
    assert run.seconds == 0
    run.run()
    clock.now += 2
    run.run()
    run.pause()
    clock.now += 50
    run.pause()
    assert run.seconds == 2
    run.run()
    clock.now += 1
    assert run.seconds == 3


def test_speed_is_averaged_over_the_last_seconds() -> None:
    speed = Speed(batch_size=10)
    for second in range(1, 21):
        speed.update(second, min(second, 10) + 5 * max(second - 10, 0))
    assert speed.samples_per_second == pytest.approx(50)
