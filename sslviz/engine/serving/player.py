"""Sends a recorded run to the window, with the same messages as a training.

The run may still be in progress; then additions to its folder are sent as well.
"""

from __future__ import annotations

from pathlib import Path

from sslviz.core.entries import Catalogue
from sslviz.core.messages import Progress, Pulse, State
from sslviz.core.plain_text import named_error
from sslviz.core.rate_limit import RateLimit
from sslviz.core.run_folder import RunFolderError
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving.recorded_run import RecordedRun
from sslviz.engine.training.failures import details
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run_log import Listener

WAKE_S = 0.1
"""Maximum delay in seconds until a request of the window is noticed."""
READ_S = 0.5
"""Minimum interval between two readings of the folder, in seconds."""


class Player:
    """Sends the contents of a run folder to a listener, and later also what is added to the folder.

    The listener is usually the connection to the window. Sending goes on until ``inbox``, which receives the window's
    commands, has received the command to stop.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, inbox: Inbox, listener: Listener, maps: MapService) -> None:
        self._folder, self._catalogue, self._inbox = folder, catalogue, inbox
        self._listener, self._maps = listener, maps
        self._run: RecordedRun | None = None
        self._end_text: str | None = None

    @property
    def step(self) -> int:
        """The last known step of the run; 0 before the run is opened."""
        return self._run.step if self._run is not None else 0

    def pulse(self, skipped: int) -> Pulse | None:
        """Return the :class:`~sslviz.core.messages.Pulse` of the recorded run, the message with its progress.

        ``skipped`` is the number of messages that were not sent. Return None before the folder has been read for the
        first time. Thread-safe.
        """
        return self._run.pulse(skipped) if self._run is not None else None

    def play(self) -> None:
        """Send the contents of the run folder and what is added to it, until the command to stop has been received.

        If the folder cannot be read or its contents cannot be shown, send the state "failed" and return.
        """
        self._listener.send(State(state="preparing"))
        try:
            run = self._run = RecordedRun(self._folder, self._catalogue, self._listener, self._maps)
        except RunFolderError as error:
            self._listener.send(State(state="failed", text=str(error)))
            return
        try:
            self._listener.send(Progress(text="Reading the run"))
            self._read(run)
            self._send_state(run)
            self._follow(run)
        except Exception as error:
            text = f"{self._folder} cannot be shown ({named_error(error)}). Report it with its details."
            self._listener.send(State(state="failed", text=text, details=details(error)))

    def _follow(self, run: RecordedRun) -> None:
        """Send what is added to the run folder, and the panel data of visible panels.

        Returns when the inbox has received the command to stop.
        """
        reading = RateLimit(READ_S, 1.0, later=True)
        while not self._inbox.stopping:
            if reading.due:
                with reading.measure():
                    self._read(run)
                    self._send_state(run)
            if not run.observe(lambda: self._inbox.watch):
                self._inbox.wait(WAKE_S)

    def _send_state(self, run: RecordedRun) -> None:
        """Send that the run is a recorded one, and what is known of its end; only if this is new."""
        text = run.end_text
        if text != self._end_text:
            self._end_text = text
            self._listener.send(State(state="recorded", step=run.step, text=text))

    def _read(self, run: RecordedRun) -> None:
        """Read and send everything that was added to the run folder.

        If the command to stop is received meanwhile, end at once.
        """
        while not self._inbox.stopping and run.read():
            pass
