"""The engine's side of the map: sends neighbour graphs to a worker process and keeps the maps that come back steady."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sslviz.core.log import logger
from sslviz.reduction.alignment import Floats
from sslviz.reduction.history import AlignedMap, Job, MapHistory, Options
from sslviz.reduction.process import COMMAND, WorkerProcess
from sslviz.reduction.quality import Quality
from sslviz.reduction.requests import FEWEST, Answer, LayoutAnswer, LayoutFailed, Warm

OnMap = Callable[[AlignedMap], None]
Event = tuple[WorkerProcess, Answer | None]

DEFAULT = Options()
FAILURES = 3
WARM_UP_S = 240.0
"""the very first start on a machine compiles the layout for seconds, more on a busy one"""
EXTRA_S = 3e-3
"""allowed per point beyond the fixed time of a layout"""
CLOSE_S = 2.0


class Reducer:
    """Maps of successive snapshots, each aligned with the one before.

    ``on_map(latent_map)`` is called from this object's thread. Until the
    first layout, PCA stands in; so it does after three failures in a row. In between the last map stays.
    """

    def __init__(self, on_map: OnMap, *, timeout_s: float = 30.0, command: Sequence[str] = COMMAND) -> None:
        self._on_map = on_map
        self._timeout_s = timeout_s
        self._command = command
        self._inbox: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # guards the next five
        self._waiting: Job | None = None
        self._generation = 0
        self._worker: WorkerProcess | None = None
        self._is_calm = False
        self._closing = False
        self._history = MapHistory()
        self._warm = False
        self._running: Job | None = None
        self._stood_in: Job | None = None
        self._failures = 0
        self._status = "warming up"
        self._thread = threading.Thread(target=self._run, name="reducer", daemon=True)
        self._thread.start()

    @property
    def status(self) -> str:
        """What it is doing, in a few words; empty when there is nothing to say."""
        return self._status

    @property
    def warm(self) -> bool:
        """Whether a request is laid out at once."""
        return self._warm

    @property
    def pid(self) -> int | None:
        """The worker's process id, where there is one."""
        worker = self._worker
        return worker.pid if worker else None

    def request(
        self,
        step: int,
        indices: npt.NDArray[np.int32],
        distances: Floats,
        h: npt.NDArray[np.floating],
        options: Options = DEFAULT,
    ) -> None:
        """Ask for a map of ``h`` float[n, d], whose exact neighbours (nearest first) are int32[n, k] and float32[n, k].

        Returns at once. One job is in work; of those that wait only the newest is kept. The arrays are not copied.
        """
        with self._lock:
            self._waiting = Job(step, self._generation, indices, distances, h, options)
        self._inbox.put(None)

    def reset(self) -> None:
        """Other points from now on, or another run: forget the maps and whatever is under way."""
        with self._lock:
            self._generation += 1
            self._waiting = None

    def calm(self) -> None:
        """Give way to the training from now on: low priority."""
        with self._lock:
            self._is_calm = True
            if self._worker is not None:
                self._worker.calm()

    def close(self) -> None:
        """End worker and threads; nothing is called afterwards. May be called twice."""
        with self._lock:
            self._closing = True
            if self._worker is not None:
                self._worker.kill()
        self._inbox.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    # ------------------------------------------------------------------- in the thread

    def _run(self) -> None:
        try:
            self._start_worker()
            while not self._closing:
                event = self._inbox.get()
                try:
                    self._handle(event)
                except Exception:
                    logger("map").exception("a map could not be made or handed on")
        finally:
            if self._worker is not None:
                self._worker.end()

    def _handle(self, event: Event | None) -> None:
        if self._closing:
            return
        if event is not None and event[0] is self._worker:
            answer = event[1]
            if answer is None:
                self._failed()
            elif isinstance(answer, Warm):
                self._warmed()
            else:
                self._answered(answer)
        self._next()

    def _start_worker(self) -> None:
        with self._lock:
            if self._closing:
                return
            try:
                self._worker = WorkerProcess(lambda worker, answer: self._inbox.put((worker, answer)), self._command)
            except OSError as error:
                logger("map").warning("the reducer could not be started: %s", error)
                self._status = f"showing PCA: the reducer could not be started ({error})"
                return
        self._worker.allow(WARM_UP_S)

    def _warmed(self) -> None:
        assert self._worker is not None
        self._worker.allow(None)
        self._warm = True
        if self._failures == 0:
            self._status = ""
        if self._is_calm:
            self._worker.calm()

    def _failed(self) -> None:
        """The worker died, or was killed because it did not answer."""
        assert self._worker is not None
        self._worker.end()
        with self._lock:
            self._worker = None
            self._waiting = self._waiting or self._running
        self._running, self._warm = None, False
        self._failures += 1
        if self._failures >= FAILURES:
            self._status = "showing PCA: the reducer failed three times"
            logger("map").warning("the reducer failed %d times; PCA stays", self._failures)
            return
        self._status = "restarted after a crash"
        logger("map").warning("the reducer ended unexpectedly and is restarted")
        self._start_worker()

    def _answered(self, answer: LayoutAnswer | LayoutFailed) -> None:
        job = self._running
        if job is None or (answer.step, answer.generation) != (job.step, job.generation):
            return  # to an older question
        assert self._worker is not None
        self._worker.allow(None)
        self._running, self._failures = None, 0
        if isinstance(answer, LayoutFailed):
            self._status = answer.text
            self._show(job, self._history.show_pca(job))
            return
        self._status = ""
        logger("map").debug("step %d: %d points laid out in %.3f s", job.step, len(job.h), answer.seconds)
        self._show(job, self._history.show_layout(job, *_taken(answer)))

    def _next(self) -> None:
        """Send the newest snapshot to the worker, or show its principal components where it cannot be laid out now."""
        job = self._waiting
        if job is None or self._running is not None:
            return
        if self._worker is None or len(job.h) < FEWEST:
            self._take(job)
            if len(job.h) < FEWEST:
                self._status = f"showing PCA: a map needs {FEWEST} points"
            self._show(job, self._history.show_pca(job))
        elif self._warm:
            self._take(job)
            self._running, self._status = job, self._status or "laying out"
            self._worker.allow(self._timeout_s + EXTRA_S * len(job.h))
            self._worker.send(self._history.plan(job))
        elif job is not self._stood_in and not self._history.has_layout(job):
            self._stood_in = job  # it goes on waiting for the worker
            self._show(job, self._history.show_pca(job))

    def _take(self, job: Job) -> None:
        with self._lock:
            if self._waiting is job:
                self._waiting = None

    def _show(self, job: Job, latent_map: AlignedMap) -> None:
        if not self._closing and job.generation == self._generation:
            logger("map").debug("step %d: a map by %s", job.step, latent_map.method)
            self._on_map(latent_map)


def _taken(answer: LayoutAnswer) -> tuple[Floats, Quality]:
    return answer.xy.numpy().astype(np.float32), Quality(answer.trustworthiness, answer.agreement)
