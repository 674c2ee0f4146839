"""Starts a process that computes one layout by umap-learn and ends, beside the reducer's usual worker process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

import numpy as np

from sslviz.core.log import logger
from sslviz.core.module_command import module_command
from sslviz.core.pipe import MessageError
from sslviz.core.wire import Array
from sslviz.reduction.process import WorkerProcess
from sslviz.reduction.reducer import MapRequest, Options
from sslviz.reduction.requests import Answer, Embeddings, ExactRequest, LayoutAnswer, LayoutFailed, LayoutProgress

COMMAND = module_command("sslviz.reduction.exact")
SILENCE_S = 900.0
"""Maximum time without progress, in seconds; to compile the neighbour search of 10,000 points may take minutes."""
FRAME_BYTES = 16 * 2**20
"""Maximum size of the embeddings in one message, in bytes."""
CLOSE_S = 2.0
"""Maximum time that :meth:`ExactLayout.cancel` waits for the thread to end, in seconds."""
ENDED = "its process ended unexpectedly; the memory may not have sufficed"
SILENT = "its process gave no sign of life for a quarter of an hour"

End = LayoutAnswer | LayoutFailed


class ExactLayout:
    """A layout that umap-learn is computing in a process of its own, at low priority; it can be cancelled.

    Args:
        request: the embeddings and their neighbours.
        options: UMAP's ``n_neighbors`` and ``min_dist``; other parameters are umap-learn's defaults.
        on_progress: called in a background thread with each message about the progress.
        on_end: called once in the same thread, with the layout or the reason why there is no layout; not called after
            :meth:`cancel`.
        command: the arguments that start the process.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(
        self,
        request: MapRequest,
        options: Options,
        on_progress: Callable[[LayoutProgress], None],
        on_end: Callable[[End], None],
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._request, self._options = request, options
        self._on_progress, self._on_end = on_progress, on_end
        self._answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._cancelled = False
        self._worker = WorkerProcess(lambda _, answer: self._answers.put(answer), command)
        self._worker.lower_priority()
        self._thread = threading.Thread(target=self._run, name="exact-map", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The id of the process that computes the layout."""
        return self._worker.pid

    def cancel(self) -> None:
        """Kill the process; ``on_end`` is not called any more.

        Also wait until the process and the background thread have ended, but at most :data:`CLOSE_S` seconds, and not
        if this method is called in that thread.
        """
        self._cancelled = True
        self._worker.kill()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        try:
            self._send()
            end = self._wait_for_end()
        except MessageError as error:
            end = LayoutFailed(number=None, text=str(error))
        except queue.Empty:
            end = LayoutFailed(number=None, text=SILENT)
        finally:
            self._worker.end()
        if not self._cancelled:
            try:
                self._on_end(end)
            except Exception:
                logger("map").exception("an exact map could not be handed on")

    def _send(self) -> None:
        h = np.asarray(self._request.h, np.float32)
        rows = max(1, FRAME_BYTES // max(4 * h.shape[1], 1))
        for start in range(0, len(h), rows):
            self._worker.send(Embeddings(h=Array.of(h[start : start + rows])))
        neighbours, min_dist = self._options.neighbours, self._options.min_dist
        indices = Array.of(self._request.indices.astype(np.int32, copy=False))
        self._worker.send(ExactRequest(indices=indices, neighbours=neighbours, min_dist=min_dist))

    def _wait_for_end(self) -> End:
        while (answer := self._answers.get(timeout=SILENCE_S)) is not None:
            if isinstance(answer, LayoutAnswer | LayoutFailed):
                return answer
            if isinstance(answer, LayoutProgress) and not self._cancelled:
                self._on_progress(answer)
        return LayoutFailed(number=None, text=ENDED)
