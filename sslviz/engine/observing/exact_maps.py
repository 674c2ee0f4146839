"""Maps that umap-learn lays out when the user asks for one, from the embeddings of the newest map in the window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import numpy as np

from sslviz.core.exact_map import MapProgress
from sslviz.core.log import logger
from sslviz.core.messages import Notice
from sslviz.core.panel_data import UMAP_LEARN
from sslviz.engine.training.run_log import Listener
from sslviz.reduction.alignment import Floats, procrustes, to_extent
from sslviz.reduction.exact_layout import COMMAND, End, ExactLayout
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, MapRequest, Options
from sslviz.reduction.requests import LayoutFailed, LayoutProgress

ADVICE = "Try again, or in a new run with fewer samples on the map."
NO_MAP = "There is no map yet that umap-learn could lay out: ask again when one is shown."


class ExactMaps:
    """Makes maps with umap-learn, each from the same embeddings as the map :attr:`newest`. All methods are thread-safe.

    At most one layout is in progress at a time.

    Args:
        listener: receives the progress, and a notice if no map could be made.
        on_map: receives each map that umap-learn has made. It is aligned with the map that was :attr:`newest` then.
        command: the command line, program first, that starts the process in which umap-learn runs.
    """

    def __init__(
        self, listener: Listener, on_map: Callable[[AlignedMap], None], command: tuple[str, ...] = COMMAND
    ) -> None:
        self._listener, self._on_map, self._command = listener, on_map, command
        self._lock = threading.Lock()
        self._layout: ExactLayout | None = None
        self._number = 0
        self._last: tuple[MapRequest, Options, AlignedMap] | None = None
        self.newest: AlignedMap | None = None
        """The newest map that was sent to the window."""

    def lay_out(self, options: Options) -> None:
        """Begin to lay out the embeddings of the map :attr:`newest` by umap-learn; a layout in progress is cancelled.

        If the last map that umap-learn made is of the same embeddings with the same options, it is used again. If there
        is no newest map yet, the user is told so.
        """
        self.close()
        with self._lock:
            newest, last = self.newest, self._last
            if newest is None:
                refuse(self._listener)
            elif last is not None and _are_equal(last[0], newest.request) and last[1] == options:
                self._show(last[2])
            else:
                self._begin(newest.request, options)

    def cancel(self) -> None:
        """Cancel the layout in progress, if there is one; in any case, tell the window that none is in progress."""
        self.close()
        self._end()

    def close(self) -> None:
        """Cancel the layout in progress, if there is one, but do not tell the window that it has ended."""
        with self._lock:
            self._number += 1  # what the cancelled layout still reports has another number
            layout, self._layout = self._layout, None
        if layout is not None:
            layout.cancel()

    def _begin(self, request: MapRequest, options: Options) -> None:
        self._listener.send(MapProgress(text="starting"))
        on_progress = partial(self._progress, self._number)
        on_end = partial(self._finish, self._number, request, options)
        try:
            self._layout = ExactLayout(request, options, on_progress, on_end, self._command)
        except OSError as error:
            self._fail(f"its process could not be started ({error.strerror or error})")

    def _progress(self, number: int, progress: LayoutProgress) -> None:
        if number == self._number:
            self._listener.send(MapProgress(text=progress.text, fraction=progress.fraction))

    def _finish(self, number: int, request: MapRequest, options: Options, end: End) -> None:
        with self._lock:
            if number != self._number:
                return
            self._layout = None
            if isinstance(end, LayoutFailed):
                self._fail(end.text)
                return
            logger("map").debug("step %d: umap-learn took %.1f s", request.step, end.seconds)
            xy = self._aligned(end.xy.numpy().astype(np.float32))
            quality = Quality(end.trustworthiness, end.agreement)
            latent_map = AlignedMap(request, xy, UMAP_LEARN, quality, np.nan, end.library)
            self._last = request, options, latent_map
            self._show(latent_map)

    def _aligned(self, xy: Floats) -> Floats:
        newest = self.newest
        return procrustes(xy, newest.xy) if newest is not None and len(newest.xy) == len(xy) else to_extent(xy)

    def _show(self, latent_map: AlignedMap) -> None:
        self._on_map(latent_map)
        self._end()

    def _fail(self, reason: str) -> None:
        logger("map").warning("umap-learn gave no map: %s", reason)
        self._end(f"umap-learn gave no map: {reason}. The map in view stays. {ADVICE}")

    def _end(self, text: str = "") -> None:
        self._listener.send(MapProgress(text=""))
        if text:
            self._listener.send(Notice(level="warning", text=text))


def _are_equal(request: MapRequest, other: MapRequest) -> bool:
    """Return whether two requests are of the same embeddings; a recorded snapshot is requested again at each visit."""
    return request.step == other.step and np.array_equal(request.h, other.h)


def refuse(listener: Listener) -> None:
    """Tell the user that there is no map yet that could be laid out, and the window that no layout is in progress."""
    listener.send(MapProgress(text=""))
    listener.send(Notice(level="refused", text=NO_MAP))
