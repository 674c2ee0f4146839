"""Holds the user's commands until the training thread reads them; only the newest value of each setting is kept."""

from __future__ import annotations

import threading
from typing import Literal

from sslviz.core.messages import Change, Control, Watch
from sslviz.core.settings import Values

Permit = Literal["go", "single", "wait", "stop"]


class Inbox:
    """Commands for the training thread, which reads them between two steps; any thread may add commands.

    ``connected`` is True if commands come from a window, until :meth:`disconnect` sets it to False. While it is True,
    commands may still come when the training has ended, since the window can still show panels.
    """

    def __init__(self, paused: bool = False, *, connected: bool = False) -> None:
        self.connected = connected
        self._condition = threading.Condition()
        self._changes: Values = {}
        self._paused, self._single_steps, self._stopping = paused, 0, False
        self._watch = Watch(panel_data=())

    def put(self, command: Change | Control | Watch) -> None:
        """Add a command, without waiting for the training thread."""
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
        """Stop the run, like the command "stop"; called when a signal arrives."""
        self.put(Control(action="stop"))

    def disconnect(self) -> None:
        """Stop the run, and expect no more commands; called when the engine has to end."""
        self.connected = False
        self.stop()

    def pause(self) -> None:
        """Pause the run, like the user's command "pause"."""
        self.put(Control(action="pause"))

    @property
    def stopping(self) -> bool:
        """Whether the run has to stop, by a command or a signal; long computations check this in order to end early."""
        return self._stopping

    @property
    def watch(self) -> Watch:
        """The newest command of type Watch, which lists the panel data that the window displays."""
        return self._watch

    def permit(self) -> Permit:
        """Return whether the training thread may do a step now.

        The answer is "go" while the run is not paused, "single" if a single step of a paused run was requested (each
        request is answered once), "wait" while the run is paused, and "stop" after a command to stop the run.
        """
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
        """Return the settings that were changed since the last call of this method, with their newest values."""
        with self._condition:
            changes, self._changes = self._changes, {}
            return changes

    def wait_for_command(self, seconds: float) -> None:
        """Wait for the next command, whether the run is paused or not, but at most ``seconds``.

        Used after the training. Return at once if ``connected`` is False, since no command can come any more.
        """
        with self._condition:
            if self.connected:
                self._condition.wait(seconds)

    def wait(self, seconds: float) -> None:
        """While the run is paused, wait for the next command, at most ``seconds``.

        Return at once if the run is not paused, if a single step was requested, or if the run has to stop.
        """
        with self._condition:
            if self._paused and not self._single_steps and not self._stopping:
                self._condition.wait(seconds)
