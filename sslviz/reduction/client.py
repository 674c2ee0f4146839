"""Sends neighbour graphs to a worker process, and aligns the layouts that it returns with earlier maps."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Sequence

import numpy as np

from sslviz.core.log import logger
from sslviz.core.pipe import MessageError
from sslviz.reduction.alignment import Floats
from sslviz.reduction.history import Job, MapHistory
from sslviz.reduction.process import COMMAND, WorkerProcess
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, MapRequest, OnMap
from sslviz.reduction.requests import MIN_POINTS, Answer, LayoutAnswer, LayoutFailed, Warm

Event = tuple[WorkerProcess, Answer | None]

FAILURES = 3
"""Number of failures in a row after which the worker is not restarted."""
WARM_UP_S = 240.0
"""Time limit of a worker's start, in seconds.

The first start on a machine compiles the layout code, which takes some seconds, or longer if the machine is busy."""
TIMEOUT_S = 30.0
"""Time limit of a layout, in seconds, to which :data:`EXTRA_S` is added for every point."""
EXTRA_S = 3e-3
"""Time that every point adds to the time limit of a layout, in seconds."""
CLOSE_S = 2.0
"""Maximum time that :meth:`ReducerClient.close` waits for the reducer's thread to end, in seconds."""


class ReducerClient:
    """The engine's interface to the reducer: sends requests to a worker process, which computes layouts by UMAP.

    Usually the function ``on_map`` of a request is called with a map when the worker has finished the layout. It is
    called with a map by PCA instead

    - if there is no earlier layout to start from, and the worker is still starting or busy with another series, or the
      request asks for a map at once; this map is preliminary, and another one follows unless a newer request arrives
      first;
    - if the worker cannot lay out the points, for instance because there are too few;
    - if the worker could not be started, or has failed three times in a row.
    """

    def __init__(self, *, timeout_s: float = TIMEOUT_S, command: Sequence[str] = COMMAND) -> None:
        self._timeout_s = timeout_s
        self._command = command
        self._numbers = itertools.count()
        self._inbox: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # guards the next four
        self._waiting: Job | None = None
        self._worker: WorkerProcess | None = None
        self._low_priority = False
        self._closing = False
        self._history = MapHistory()
        self._warm = False
        self._running: Job | None = None
        self._stood_in: Job | None = None
        """The waiting job whose PCA map has been shown already; None if there is none."""
        self._failures = 0
        self._status = "warming up"
        self._thread = threading.Thread(target=self._run, name="reducer", daemon=True)
        self._thread.start()

    @property
    def status(self) -> str:
        """The current activity or problem of the reducer in a few words; an empty string if there is none."""
        return self._status

    @property
    def warm(self) -> bool:
        """Whether the worker has finished its imports and compilation."""
        return self._warm

    @property
    def pid(self) -> int | None:
        """The process id of the worker, or None if there is no worker."""
        worker = self._worker
        return worker.pid if worker else None

    def request(self, request: MapRequest, on_map: OnMap) -> None:
        """Request a map and return at once, see :meth:`Reducer.request`."""
        with self._lock:
            self._waiting = Job(next(self._numbers), request, on_map)
        self._inbox.put(None)

    def lower_priority(self) -> None:
        """Lower the priority of the current worker and of all workers that will replace it."""
        with self._lock:
            self._low_priority = True
            if self._worker is not None:
                self._worker.lower_priority()

    def close(self) -> None:
        """Kill the worker, and end the background thread that waits for its answers. May be called twice.

        Requests that are still open get no map: their functions ``on_map`` are not called.
        """
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
                    logger("map").exception("a map could not be computed or handed on")
        finally:
            if self._worker is not None:
                self._worker.end()

    def _handle(self, event: Event | None) -> None:
        if self._closing:
            return
        if event is not None and event[0] is self._worker:
            answer = event[1]
            if answer is None:
                self._handle_failure()
            elif isinstance(answer, Warm):
                self._handle_warm()
            elif isinstance(answer, LayoutAnswer | LayoutFailed):
                self._handle_answer(answer)
        self._next()

    def _start_worker(self) -> None:
        with self._lock:
            if self._closing:
                return
            try:
                self._worker = WorkerProcess(lambda worker, answer: self._inbox.put((worker, answer)), self._command)
            except OSError as error:
                logger("map").warning("the reducer could not be started: %s", error)
                self._status = f"showing PCA: the reducer could not be started ({error}), see the log"
                return
        self._worker.set_deadline(WARM_UP_S)

    def _handle_warm(self) -> None:
        assert self._worker is not None
        self._worker.set_deadline(None)
        self._warm = True
        if self._failures == 0:
            self._status = ""
        if self._low_priority:
            self._worker.lower_priority()

    def _handle_failure(self) -> None:
        """Restart a worker that died or exceeded its time limit; after three failures in a row, use PCA instead."""
        assert self._worker is not None
        self._worker.end()
        with self._lock:
            self._worker = None
            self._waiting = self._waiting or self._running
        self._running, self._warm = None, False
        self._failures += 1
        if self._failures >= FAILURES:
            self._status = "showing PCA: the reducer failed three times, see the log"
            logger("map").warning("the reducer failed %d times; PCA stays", self._failures)
            return
        self._status = "restarted after a crash"
        logger("map").warning("the reducer ended unexpectedly and is restarted")
        self._start_worker()

    def _handle_answer(self, answer: LayoutAnswer | LayoutFailed) -> None:
        job = self._running
        if job is None or answer.number not in (job.number, None):
            return  # the answer to an earlier job
        assert self._worker is not None
        self._worker.set_deadline(None)
        self._running, self._failures = None, 0
        if not self._history.continues(job):
            return  # a map of a newer series is shown already
        if isinstance(answer, LayoutFailed):
            self._show_instead(job, answer.text)
            return
        self._status = ""
        request = job.request
        logger("map").debug("step %d: %d points laid out in %.3f s", request.step, len(request.h), answer.seconds)
        self._show(job, self._history.show_layout(job, *_layout_of(answer)))

    def _next(self) -> None:
        """Send the newest request to the worker if the worker is idle.

        ``on_map`` of the request is called with a PCA map if there is no worker or if there are too few points, and
        with a preliminary one if :meth:`_needs_stand_in` says so.
        """
        job, running = self._waiting, self._running
        if job is None or (running is not None and running.request.series is job.request.series):
            return
        too_few = len(job.request.h) < MIN_POINTS
        if self._worker is None or too_few:
            self._dequeue(job)
            if too_few:
                self._status = f"showing PCA: a map needs {MIN_POINTS} points"
            self._show(job, self._history.show_pca(job))
            return
        if job is not self._stood_in and self._needs_stand_in(job):
            self._stood_in = job  # the job itself goes on waiting for the worker
            self._show(job, self._history.show_pca(job)._replace(preliminary=True))
        if self._warm and running is None:
            self._dequeue(job)
            self._begin(job, self._worker)

    def _needs_stand_in(self, job: Job) -> bool:
        at_once = job.request.at_once and job.request.options.method != "pca"
        busy = not self._warm or self._running is not None
        return (at_once or busy) and not self._history.has_layout(job)

    def _begin(self, job: Job, worker: WorkerProcess) -> None:
        self._running, self._status = job, self._status or "laying out"
        worker.set_deadline(self._timeout_s + EXTRA_S * len(job.request.h))
        try:
            worker.send(self._history.plan(job))
        except MessageError as error:
            self._handle_answer(LayoutFailed(number=job.number, text=str(error)))

    def _show_instead(self, job: Job, reason: str) -> None:
        """Call ``on_map`` of ``job`` with a PCA map, since its points cannot be laid out for the given ``reason``."""
        logger("map").warning("step %d: no layout: %s", job.request.step, reason)
        self._status = f"showing PCA: {reason}"
        self._show(job, self._history.show_pca(job))

    def _dequeue(self, job: Job) -> None:
        with self._lock:
            if self._waiting is job:
                self._waiting = None

    def _show(self, job: Job, latent_map: AlignedMap) -> None:
        if not self._closing:
            logger("map").debug("step %d: a map by %s", latent_map.step, latent_map.method)
            job.on_map(latent_map)


def _layout_of(answer: LayoutAnswer) -> tuple[Floats, Quality]:
    return answer.xy.numpy().astype(np.float32), Quality(answer.trustworthiness, answer.agreement)
