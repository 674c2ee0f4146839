"""The engine as a child process: started before anything slow is imported, spoken to over its pipes."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import IO

from sslviz.core.messages import Command, Message
from sslviz.core.pipe import FrameReader, FrameWriter, PipeError

LOCAL_ENGINE = (sys.executable, "-m", "sslviz", "engine")
TAIL_BYTES = 6_000


class EngineProcess:
    """One engine. Commands are queued and sent by a thread of its own, so that no caller waits for a full pipe."""

    def __init__(self, arguments: Sequence[str] = LOCAL_ENGINE) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the engine
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._reader: FrameReader[Message] = FrameReader(self.process.stdout, Message)  # type: ignore[arg-type]
        self._writer = FrameWriter(self.process.stdin)  # type: ignore[arg-type]
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_all, name="engine commands", daemon=True)
        self._sender.start()

    def send(self, command: Command) -> None:
        """Queue a command; one that can no longer be delivered is dropped."""
        self._commands.put(command)

    def read(self) -> Message | None:
        """The next message, None at the end; waits. Raises PipeError."""
        return self._reader.read()

    def hang_up(self) -> None:
        """Close the engine's input after what is queued: it saves and ends by itself."""
        self._commands.put(None)

    def finish(self, timeout: float = 5.0) -> tuple[int, str]:
        """After the end of its messages: wait, kill it if need be, and return exit code and last words."""
        self.hang_up()
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._sender.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code, self._last_words()

    def _send_all(self) -> None:
        with contextlib.suppress(OSError, ValueError, PipeError):
            while (command := self._commands.get()) is not None:
                self._writer.write(command)
        self._writer.close()

    def _last_words(self) -> str:
        with contextlib.closing(self._errors) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            return file.read().decode(errors="replace").strip()
