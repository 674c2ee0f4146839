"""Commands are merged, and steps are permitted, by the inbox."""

from __future__ import annotations

import threading
import time

from sslviz.core.messages import Change, Control, Watch
from sslviz.engine.training.inbox import Inbox


def test_the_last_value_of_each_key_wins() -> None:
    inbox = Inbox()
    for number in range(1000):
        inbox.put(Change(values={"a": number}))
    inbox.put(Change(values={"b": 1}))
    assert inbox.changes() == {"a": 999, "b": 1}
    assert inbox.changes() == {}


def test_single_steps_are_granted_one_by_one() -> None:
    inbox = Inbox()
    assert inbox.permit() == "go"
    for action in ("step", "step"):
        inbox.put(Control(action=action))
    assert [inbox.permit() for _ in range(3)] == ["single", "single", "wait"]
    inbox.put(Control(action="step"))
    inbox.put(Control(action="pause"))
    assert inbox.permit() == "wait"
    inbox.put(Control(action="resume"))
    assert inbox.permit() == "go"
    inbox.stop()
    inbox.put(Control(action="resume"))
    assert inbox.permit() == "stop"
    assert inbox.stopping


def test_waiting_ends_with_a_command_and_returns_at_once_after_a_stop() -> None:
    inbox = Inbox(paused=True)
    timer = threading.Timer(0.1, lambda: inbox.put(Watch(panel_data=("Health",))))
    timer.start()
    began = time.perf_counter()
    inbox.wait(10)
    inbox.stop()
    inbox.wait(10)
    assert time.perf_counter() - began < 5
    assert inbox.watch.panel_data == ("Health",)
    timer.join()
