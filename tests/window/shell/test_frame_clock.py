"""The clock: it pulls first, lets one panel draw per tick, and respects the minimum interval of each panel."""

import time

import pytest

from sslviz.core.log import debug
from sslviz.window.shell.frame_clock import FrameClock


class Panel:
    def __init__(self, log, name, interval=0.0):
        self.log, self.name, self.min_interval_s = log, name, interval
        self.wants = True

    def wants_drawing(self):
        return self.wants

    def draw(self):
        self.log.append(self.name)


@pytest.fixture
def log():
    return []


def clock_of(panels, pull=lambda: None):
    clock = FrameClock(pull)
    for panel in panels:
        clock.add(panel)
    return clock


def test_one_panel_a_turn_and_each_in_its_turn(log, qtbot):
    clock = clock_of([Panel(log, name) for name in "abc"], lambda: log.append("pull"))
    for _ in range(6):
        clock.tick()
    assert log == ["pull", "a", "pull", "b", "pull", "c"] * 2


def test_one_that_wants_nothing_is_passed_over(log, qtbot):
    panels = [Panel(log, name) for name in "ab"]
    panels[0].wants = False
    clock = clock_of(panels)
    for _ in range(3):
        clock.tick()
    assert log == ["b"] * 3


def test_none_draws_more_often_than_it_wants(log, qtbot, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    clock = clock_of([Panel(log, "slow", 1.0), Panel(log, "fast", 0.1)])
    for _ in range(30):
        clock.tick()
        now[0] += 0.1001
    assert log.count("slow") == 3
    assert log.count("fast") >= 26


def test_it_ticks_by_itself_until_stopped(log, qtbot):
    clock = FrameClock(lambda: log.append("pull"))
    clock.start()
    qtbot.waitUntil(lambda: len(log) >= 3)
    clock.stop()
    count = len(log)
    qtbot.wait(80)
    assert len(log) == count


def test_a_slow_tick_says_which_panel_was_drawn(log, qtbot, monkeypatch, caplog):
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(Panel, "draw", lambda panel: now.__setitem__(0, now[0] + panel.cost_s), raising=False)
    debug(["frames", "startup"])
    slow, fast = Panel(log, "slow"), Panel(log, "fast")
    slow.cost_s, fast.cost_s = 0.07, 0.01
    clock = FrameClock(lambda: None)
    clock.add(slow)
    clock.add(fast)
    for _ in range(2):
        clock.tick()
        qtbot.wait(1)
    assert [message for message in caplog.messages if message.startswith("a tick")] == [
        "a tick of 0.070 s: 0.000 s to pull, 0.070 s to draw slow, the rest to paint and to handle events"
    ]
    assert sum(message.endswith("the window is painted") for message in caplog.messages) == 1
