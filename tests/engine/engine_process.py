"""A real engine process over real pipes, as the window starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from engine_bench import SMALL

from sslviz.core.messages import Command, Message, Start, State
from sslviz.core.pipe import FrameReader, FrameWriter

M = TypeVar("M")


class EngineProcess:
    """Starts an engine and keeps all its messages; :meth:`wait_for` waits for a condition on them.

    The Python code ``code`` runs in the engine's process before the engine.
    """

    def __init__(self, code: str = "pass") -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        program = f"{code}\nimport sys; from sslviz.cli import main; sys.argv[1:] = ['engine']; sys.exit(main())"
        command = [sys.executable, "-c", program]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        assert self.process.stdin
        assert self.process.stdout
        self._writer = FrameWriter(self.process.stdin)
        self._reader = FrameReader(self.process.stdout, Message)
        self.messages: list[Message] = []
        self.errors = b""
        self._condition = threading.Condition()
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        while (message := self._reader.read()) is not None:
            with self._condition:
                self.messages.append(message)
                self._condition.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr
        self.errors = self.process.stderr.read()

    def send(self, command: Command) -> None:
        self._writer.write(command)

    def send_bytes(self, data: bytes) -> None:
        """Write bytes that need not be a message."""
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def start(self, folder: Path, **values: Any) -> None:
        self.send(Start(values={**SMALL, **values}, folder=str(folder)))

    def all(self, kind: type[M]) -> list[M]:
        return [message for message in self.messages if isinstance(message, kind)]

    def states(self) -> list[str]:
        return [state.state for state in self.all(State)]

    def wait_for(self, found: Callable[[], object], seconds: float = 60) -> None:
        with self._condition:
            assert self._condition.wait_for(lambda: bool(found()), seconds), (self.states(), self.errors)

    def hang_up(self, patience_s: float = 20) -> float:
        """Close the engine's input and wait for its end; returns the time that took, in seconds."""
        began = time.perf_counter()
        self._writer.close()
        self.process.wait(patience_s)
        return time.perf_counter() - began

    def clean(self) -> None:
        self._writer.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        for thread in self._threads:
            thread.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
