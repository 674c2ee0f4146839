"""Commands on their way to the training thread, merged so that ten thousand of them are as good as the last."""

from __future__ import annotations

import threading
from typing import Literal

from sslviz.core.messages import Change, Control, Watch
from sslviz.core.settings import Values

Permit = Literal["go", "single", "wait", "stop"]


class Inbox:
    """Filled from any thread, read by the training thread at each step boundary."""

    def __init__(self, paused: bool = False) -> None:
        self._condition = threading.Condition()
        self._changes: Values = {}
        self._paused, self._single_steps, self._stopping = paused, 0, False
        self._watch = Watch(panel_data=())

    def put(self, command: Change | Control | Watch) -> None:
        """Take a command; never waits for the training thread."""
        with self._condition:
            if isinstance(command, Change):
                self._changes.update(command.values)
            elif isinstance(command, Watch):
                self._watch = command
            else:
                self._control(command)
            self._condition.notify_all()

    def _control(self, command: Control) -> None:
        if command.action == "stop":
            self._stopping = True
        else:
            self._paused = command.action != "resume"
            self._single_steps = self._single_steps + 1 if command.action == "step" else 0

    def stop(self) -> None:
        """The same as the command, for a closed pipe or a signal."""
        self.put(Control(action="stop"))

    def pause(self) -> None:
        """Begin paused."""
        self.put(Control(action="pause"))

    @property
    def stopping(self) -> bool:
        """Whether the run is to end; for what takes long."""
        return self._stopping

    @property
    def watch(self) -> Watch:
        """Which pictures are looked at now."""
        return self._watch

    def permit(self) -> Permit:
        """Whether the next step may be done; a single step granted is used up."""
        with self._condition:
            if self._stopping:
                return "stop"
            if not self._paused:
                return "go"
            if self._single_steps == 0:
                return "wait"
            self._single_steps -= 1
            return "single"

    def changes(self) -> Values:
        """The last value of each changed key since the last call."""
        with self._condition:
            changes, self._changes = self._changes, {}
            return changes

    def wait(self, seconds: float) -> None:
        """Sleep until a command comes, or so many seconds; returns at once where one would be acted on."""
        with self._condition:
            if self._paused and not self._single_steps and not self._stopping:
                self._condition.wait(seconds)
