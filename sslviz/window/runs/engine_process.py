"""The engine as a child process; the window sends commands to it and receives messages from it over pipes.

The window process starts the engine process first, and then imports Qt, so that both load at the same time.

What the engine writes to its standard error goes to the log panel and, with ``--debug``, also to the window's standard
error. The last part of it is kept, so that the window can show it to the user if the engine ends unexpectedly.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from sslviz.core.log import debugging, logger
from sslviz.core.memory import resident_bytes
from sslviz.core.messages import Command, Message
from sslviz.core.module_command import module_command
from sslviz.core.pipe import FrameReader, FrameWriter, MessageError
from sslviz.core.plug_ins import plug_in_flags
from sslviz.window.runs.log_store import log_store

LOCAL_ENGINE = module_command("sslviz", "engine")
TAIL_BYTES = 6_000
"""Number of the last bytes of the engine's standard error that are kept."""
LAST_WORDS_S = 1.0
"""Longest wait for the rest of the engine's standard error after the engine has ended, in seconds."""


class EngineProcess:
    """One engine process. A background thread sends the queued commands, so that callers never wait for a full pipe.

    The engine runs the plug-ins that the user has named for this process.
    """

    def __init__(self, arguments: Sequence[str] = LOCAL_ENGINE) -> None:
        command = [*arguments, *plug_in_flags()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._reader: FrameReader[Message] = FrameReader(self.process.stdout, Message)  # type: ignore[arg-type]
        self._writer = FrameWriter(self.process.stdin)  # type: ignore[arg-type]
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_all, name="engine commands", daemon=True)
        self._sender.start()
        self._tail = b""
        self._listener = threading.Thread(target=self._read_errors, name="engine errors", daemon=True)
        self._listener.start()

    def send(self, command: Command) -> None:
        """Queue a command; the command is dropped if the engine has ended. Never blocks."""
        logger("pipe").debug("to the engine: %s", type(command).__name__)
        self._commands.put(command)

    @property
    def memory_bytes(self) -> int:
        """Memory of the engine and of the processes that it has started, see :func:`resident_bytes`."""
        return resident_bytes(self.process.pid) if self.process.returncode is None else 0

    def messages(self, on_bad: Callable[[MessageError], None]) -> Iterator[Message]:
        """Yield the engine's messages until the engine closes its standard output, waiting for each of them.

        ``on_bad`` is called for each message that is not valid.

        Raises:
            PipeError: the engine does not keep to the protocol; nothing more can be read.
        """
        for message in self._reader.messages(on_bad):
            logger("pipe").debug("from the engine: %s", type(message).__name__)
            yield message
        logger("pipe").debug("from the engine: the end")

    def wait_for_end_of_stream(self, on_data: Callable[[], None]) -> None:
        """Have the engine save its run and end, and wait until it closes its standard output.

        This closes the engine's standard input once all queued commands are sent. The bytes that the engine still sends
        are dropped, but ``on_data`` is called each time some arrive.
        """
        self.hang_up()
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while os.read(self.process.stdout.fileno(), 2**16):
                on_data()

    def hang_up(self) -> None:
        """Have the engine's standard input closed once all queued commands are sent. Never blocks.

        When the engine finds its input closed, it saves its run and ends.
        """
        self._commands.put(None)

    def finish(self, timeout: float = 5.0) -> tuple[int, str]:
        """Have the engine end, and wait until it has; return its exit code and the last part of its standard error.

        A process that has not ended after ``timeout`` seconds is killed. Call this only when the engine has closed its
        standard output.
        """
        self.hang_up()
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._sender.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._listener.join(LAST_WORDS_S)  # a grandchild may hold the pipe open for longer
        return code, self._tail.decode(errors="replace").strip()

    def _send_all(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (command := self._commands.get()) is not None:
                try:
                    self._writer.write(command)
                except MessageError as error:
                    logger("pipe").warning("a command was left out: %s", error)
        self._writer.close()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            while line := stream.readline(TAIL_BYTES):
                self._tail = (self._tail + line)[-TAIL_BYTES:]
                text = line.decode(errors="replace")
                log_store().take_line(text)
                if debugging():
                    sys.stderr.write(text)
