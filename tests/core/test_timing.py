"""Timing of the parts of a step, and of the start of a process."""

from __future__ import annotations

import threading
import time

import pytest

from sslviz.core.log import debug
from sslviz.core.startup_timing import process_start, reached
from sslviz.core.timing import part, step_done


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, which the test sets."""
    clock = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    step_done(0)  # forgets what other tests have measured
    return clock


def test_nothing_is_measured_without_the_topic(now: list[float], caplog: pytest.LogCaptureFixture) -> None:
    with part("forward"):
        now[0] += 1
    debug(["timing"])
    step_done(100)
    assert caplog.records == []


def test_a_nested_part_is_not_counted_in_the_outer_one(now: list[float], caplog: pytest.LogCaptureFixture) -> None:
    debug(["timing"])
    now[0] += 50
    for _ in range(100):
        with part("forward"):
            now[0] += 0.01
            with part("augmentation"):
                now[0] += 0.02
            now[0] += 0.03
        now[0] += 5  # between parts
        with part("backward"):
            now[0] += 0.05
    step_done(99)
    assert caplog.messages == []
    step_done(100)
    assert caplog.messages == ["steps to 100, ms each: forward 40.00, augmentation 20.00, backward 50.00"]
    step_done(200)
    assert len(caplog.messages) == 1


def test_a_part_that_raises_is_measured_too(now: list[float], caplog: pytest.LogCaptureFixture) -> None:
    debug(["timing"])

    def fail() -> None:
        with part("outer"), part("inner"):
            now[0] += 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    now[0] += 1  # in no part
    step_done(100)
    assert caplog.messages == ["steps to 100, ms each: outer 0.00, inner 10.00"]


def test_threads_are_measured_separately(now: list[float], caplog: pytest.LogCaptureFixture) -> None:
    debug(["timing"])

    def preview() -> None:
        with part("augmentation"):
            now[0] += 1

    with part("forward"):
        thread = threading.Thread(target=preview)
        thread.start()
        thread.join()
    step_done(100)
    assert caplog.messages == ["steps to 100, ms each: forward 10.00"]


def test_start_up_is_measured_from_the_start_of_the_process(caplog: pytest.LogCaptureFixture) -> None:
    assert 0 < time.time() - process_start() < 3600 * 24
    reached("nothing yet")
    debug(["startup"])
    reached("the test")
    (message,) = caplog.messages
    assert message.endswith(" s after the start: the test")
