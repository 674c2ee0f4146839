"""Starts a worker process of the reducer, sends requests to it, receives its answers, and ends it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Sequence

from sslviz.core.module_command import module_command
from sslviz.core.pipe import FrameReader, FrameWriter, MessageError, PipeError
from sslviz.core.priority import lower_priority
from sslviz.core.wire import Frozen
from sslviz.reduction.requests import Answer, LayoutFailed

COMMAND = module_command("sslviz.reduction.worker")
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Environment variables that limit the worker to one thread, since more would take cores from the training."""


class WorkerProcess:
    """A running worker process.

    ``on_answer(worker, answer)`` is called in a background thread with each answer of the worker, and with None as the
    answer when the process has ended. For an answer that cannot be read, it is called with a :class:`LayoutFailed`
    without a number.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, on_answer: Callable[[WorkerProcess, Answer | None], None], command: Sequence[str]) -> None:
        environment = {**os.environ, **ONE_THREAD}
        self._process = subprocess.Popen(list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._writer = FrameWriter(self._process.stdin)  # type: ignore[arg-type]
        self._reader: FrameReader[Answer] = FrameReader(self._process.stdout, Answer)  # type: ignore[arg-type]
        self._on_answer = on_answer
        self._deadline: threading.Timer | None = None
        self._thread = threading.Thread(target=self._receive, name="reducer-answers", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process id of the worker."""
        return self._process.pid

    def send(self, request: Frozen) -> None:
        """Send a request.

        If the worker has ended, no error is raised, since ``on_answer`` is then called with None.

        Raises:
            MessageError: the request cannot be sent, for example because it is too large.
        """
        with contextlib.suppress(OSError, ValueError):
            self._writer.write(request)

    def set_deadline(self, seconds: float | None) -> None:
        """Kill the process after ``seconds``, unless this method is called again within this time.

        Each call replaces the previous deadline; None only removes it. Killing the process also ends a blocked write to
        its standard input.
        """
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline.join()
        self._deadline = None
        if seconds is not None:
            self._deadline = threading.Timer(seconds, self.kill)
            self._deadline.daemon = True
            self._deadline.start()

    def lower_priority(self) -> None:
        """Lower the priority of the process, see :func:`sslviz.core.priority.lower_priority`."""
        lower_priority(self._process)

    def kill(self) -> None:
        """Kill the process, which has nothing to save, without waiting for its end."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, wait until it and the thread that reads its answers have ended, and close the pipes."""
        self.kill()
        self.set_deadline(None)
        self._process.wait()
        self._thread.join()
        self._writer.close()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _receive(self) -> None:
        with contextlib.suppress(PipeError, OSError, ValueError):
            for answer in self._reader.messages(self._report_bad_answer):
                self._on_answer(self, answer)
        self._on_answer(self, None)

    def _report_bad_answer(self, error: MessageError) -> None:
        self._on_answer(self, LayoutFailed(number=None, text=str(error)))
