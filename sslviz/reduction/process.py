"""One worker process as its client holds it: started, spoken to, put at low priority, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from sslviz.core.pipe import FrameReader, FrameWriter, PipeError
from sslviz.reduction.requests import Answer, LayoutRequest

COMMAND = (sys.executable, "-m", "sslviz.reduction.worker")
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""set before the process loads anything: numpy's own threads would take the training's cores"""
NICE = 10
"""measured: at 19 it starves beside a training, at 5 it takes a quarter of it"""


class WorkerProcess:
    """A running worker. ``on_answer`` is called from a reading thread with each answer, and with None at the end."""

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
        """The process's id."""
        return self._process.pid

    def send(self, request: LayoutRequest) -> None:
        """Where the worker is gone, ``on_answer`` says so."""
        with contextlib.suppress(OSError, ValueError):
            self._writer.write(request)

    def allow(self, seconds: float | None) -> None:
        """Kill the process when it takes longer than this from now on; None takes the limit away.

        It covers a blocked write as well as a missing answer: both end with the process.
        """
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline.join()
        self._deadline = None
        if seconds is not None:
            self._deadline = threading.Timer(seconds, self.kill)
            self._deadline.daemon = True
            self._deadline.start()

    def calm(self) -> None:
        """Give way to the training."""
        with contextlib.suppress(OSError):  # gone already, or not allowed here
            if sys.platform == "win32":
                import ctypes

                below_normal = subprocess.BELOW_NORMAL_PRIORITY_CLASS
                ctypes.windll.kernel32.SetPriorityClass(int(self._process._handle), below_normal)
            elif hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, self.pid) < NICE:
                os.setpriority(os.PRIO_PROCESS, self.pid, NICE)

    def kill(self) -> None:
        """At once: a worker has nothing to save."""
        self._process.kill()

    def end(self) -> None:
        """Kill and wait until process and threads are gone."""
        self.kill()
        self.allow(None)
        self._process.wait()
        self._thread.join()
        self._writer.close()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _receive(self) -> None:
        with contextlib.suppress(PipeError, OSError, ValueError):
            while (answer := self._reader.read()) is not None:
                self._on_answer(self, answer)
        self._on_answer(self, None)
