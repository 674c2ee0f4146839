"""Says whether a recorded run is still being written, and how it has ended as far as its folder tells."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sslviz.core.process_identity import is_running
from sslviz.core.recording import ENDED


class RecordedEnd:
    """The end of a recorded run, according to its events.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Mapping[str, Any] = {}
        """What identifies the process that wrote the run last."""
        self._state: Mapping[str, Any] = {}
        """The event that recorded the last state of the run."""

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take the next events of the run."""
        for event in events:
            if event.get("event") == "process":
                self._process, self._state = event, {}
            elif event.get("event") in {"state", "resume"}:
                self._state = event

    def text(self) -> str:
        """Return a sentence for the user: that the run is still being written, or that its end is not fully known.

        The end is not fully known if none is recorded, or if only the state "ended" is recorded: then a script has
        called sys.exit, with a code that is not known. The text is empty if the run is recorded as finished, stopped or
        failed; if it has failed, a notice tells why.
        """
        state = self._state.get("state")
        if state == "ended":
            return f"The script has {self._state.get('text')}."
        if state in ENDED:
            return ""
        running = is_running(self._process)
        if running:
            return "Still being written."
        if running is False:
            return "Ended without a word, perhaps killed: its process is gone."
        return f"No end is recorded; last written {self._last_written()}."

    def _last_written(self) -> str:
        """Return the local time of the last change of the logs, such as "2026-01-31 14:25"."""
        times = [path.stat().st_mtime for path in self._folder.glob("*.jsonl")]
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(max(times, default=0)))
