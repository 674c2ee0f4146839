"""A run in this process, on the digits with a tiny network, and the messages it sends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sslviz.core.entries import Catalogue
from sslviz.core.messages import Control, Message, Scalars, State
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run import Plan, Run

M = TypeVar("M")
SMALL = {"data": "digits", "batch_size": 32, "width": 8, "head_hidden": 16, "head_dim": 8, "device": "cpu"}


class Heard:
    """A listener that keeps all messages, and that a test can wait for."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._condition = threading.Condition()

    def send(self, message: Message) -> None:
        with self._condition:
            self.messages.append(message)
            self._condition.notify_all()

    def all(self, message_type: type[M]) -> list[M]:
        return [message for message in self.messages if isinstance(message, message_type)]

    def states(self) -> list[str]:
        return [state.state for state in self.all(State)]

    def steps(self) -> list[int]:
        return [int(step) for block in self.all(Scalars) for step in block.steps.numpy()]

    def wait_for(self, condition: Callable[[], object], seconds: float = 20) -> None:
        with self._condition:
            assert self._condition.wait_for(lambda: bool(condition()), seconds), self.states()


class Bench:
    """Makes runs, with an inbox and a listener."""

    def __init__(self, catalogue: Catalogue, data_cache: DataCache, folder: Path) -> None:
        self.catalogue, self.data_cache, self.folder = catalogue, data_cache, folder
        self.inbox, self.heard = Inbox(), Heard()
        self._threads: list[threading.Thread] = []

    def run(
        self, steps: int | None = None, seconds: float | None = None, *, numbered: bool = False, **values: Any
    ) -> Run:
        plan = Plan({**SMALL, **values}, self.folder, steps, seconds, numbered)

        def observe(setup: Any, run_log: Any) -> Observation:
            return Observation(setup, run_log, self.inbox, self.heard, maps=None)

        return Run(plan, self.catalogue, self.data_cache, self.inbox, self.heard, observe)

    def begin(self, **values: Any) -> Run:
        """Execute a run in a thread; :meth:`end` stops it."""
        run = self.run(**values)
        self._threads.append(threading.Thread(target=run.execute))
        self._threads[-1].start()
        return run

    def control(self, action: Any) -> None:
        self.inbox.put(Control(action=action))

    def end(self) -> None:
        self.inbox.disconnect()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
