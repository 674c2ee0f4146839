"""A process that lays out one snapshot by umap-learn (McInnes et al. 2018) and ends. The only module that imports umap.

The map is "exact" in that the library computes it from the embeddings, with its own graph, initial layout and number of
epochs. The maps that the window shows during a training are computed otherwise, by :mod:`sslviz.reduction.layout`: each
layout but the first starts from the previous one.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from types import ModuleType
from typing import cast

import numpy as np
import numpy.typing as npt

from sslviz.core.log import log_to_stderr
from sslviz.core.pipe import FrameReader, FrameWriter, MessageError, PipeError
from sslviz.core.standard_streams import claim_standard_streams
from sslviz.core.wire import Array
from sslviz.reduction.quality import quality_of
from sslviz.reduction.requests import (
    MIN_POINTS,
    Embeddings,
    ExactRequest,
    LayoutAnswer,
    LayoutFailed,
    LayoutProgress,
)

Floats = npt.NDArray[np.float32]
Report = Callable[[LayoutProgress], None]

SEED = 0
"""``random_state`` of umap-learn, so that the same embeddings give the same map."""
METRIC = "cosine"
"""The metric of the neighbour graph; the same as in the maps that follow a training."""
PHASES = {
    "Construct fuzzy simplicial set": "finding neighbours",
    "Finished Nearest Neighbor Search": "weighing the graph",
    "Construct embedding": "initial layout",
}
"""What umap-learn prints at the beginning of a phase, and the name of the phase for the user."""
EPOCHS = re.compile(r"(\d+)/(\d+)")
"""What its progress bar prints, see :data:`BAR`."""
BAR = {"bar_format": "{n}/{total}", "mininterval": 0.25, "ascii": True}
COMPILED = {
    "umap.utils": ("fast_knn_indices",),
    "umap.umap_": ("smooth_knn_dist", "compute_membership_strengths"),
}
"""Functions of umap-learn whose compiled code is kept on the disk: compiling them takes 17 of 26 s for 2,000 points."""
NOT_NEEDED = "tensorflow"
"""A package that umap-learn imports if it is installed, for a class that is not used here; that takes seconds."""


def main() -> None:
    """Read embeddings and one request from standard input, write progress and the layout to standard output, and end.

    The process also ends as soon as its input closes.
    """
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the process that started this one
    incoming, outgoing = claim_standard_streams()
    log_to_stderr()
    reader: FrameReader[Embeddings | ExactRequest] = FrameReader(incoming, Embeddings | ExactRequest)  # type: ignore[arg-type]
    writer = FrameWriter(outgoing)
    with contextlib.suppress(PipeError, OSError, ValueError):  # the engine is gone
        try:
            h, request = _receive(reader)
        except MessageError as error:
            writer.write(LayoutFailed(number=None, text=str(error)))
            return
        threading.Thread(target=_end_with_input, args=(incoming.fileno(),), name="exact-input", daemon=True).start()
        writer.write(answer_to(h, request, writer.write))


def _receive(reader: FrameReader[Embeddings | ExactRequest]) -> tuple[Floats, ExactRequest]:
    """Read messages with embeddings and then a request; return all embeddings, float32[n, d], and the request.

    Raises:
        PipeError: the input ended before the request, or no embeddings came.
        MessageError: a message cannot be read.
    """
    rows = []
    while isinstance(message := reader.read(), Embeddings):
        rows.append(message.h.numpy())
    if message is None or not rows:
        raise PipeError("no request came")
    return np.concatenate(rows).astype(np.float32, copy=False), message


def _end_with_input(descriptor: int) -> None:
    os.read(descriptor, 1)
    os._exit(0)


def answer_to(h: Floats, request: ExactRequest, report: Report) -> LayoutAnswer | LayoutFailed:
    """Return a message with the UMAP layout of ``h`` float32[n, d], or with the reason why there is no layout.

    The message also tells how well the layout keeps the neighbours of the points. ``report`` is called with messages
    about the progress.
    """
    started = time.perf_counter()
    try:
        xy = lay_out(h, request.neighbours, request.min_dist, report)
    except MemoryError:
        return LayoutFailed(number=None, text="out of memory")
    except ImportError as error:
        return LayoutFailed(number=None, text=f"it cannot be imported ({error}); install it again with pip")
    except Exception as error:  # whatever a library raises costs its map alone
        return LayoutFailed(number=None, text=str(error) or type(error).__name__)
    report(LayoutProgress(text="measuring the map"))
    quality = quality_of(h, request.indices.numpy().astype(np.int32), xy)
    library = f"umap-learn {metadata.version('umap-learn')}"
    seconds = time.perf_counter() - started
    return LayoutAnswer(number=0, xy=Array.of(xy), seconds=seconds, library=library, **quality._asdict())


def lay_out(h: Floats, neighbours: int, min_dist: float, report: Report) -> Floats:
    """Lay out the embeddings ``h`` float32[n, d] by umap-learn; return positions float32[n, 2].

    ``neighbours`` is UMAP's ``n_neighbors``; if there are too few points for it, a smaller number is used. ``min_dist``
    is UMAP's ``min_dist``. ``report`` is called with messages about the progress.

    Points with an embedding that is not finite, and points that umap-learn connects with no other point, are put in the
    middle of the map.

    Raises:
        ValueError: too few points have finite embeddings, or umap-learn raises this error.
        ImportError: umap-learn is not installed, or is not usable.
    """
    finite = np.asarray(np.isfinite(h).all(axis=1))
    count = int(finite.sum())
    if count < MIN_POINTS:
        raise ValueError(f"a map needs at least {MIN_POINTS} points with finite embeddings, and {count} came")
    with warnings.catch_warnings(), contextlib.redirect_stdout(_Printed(report)) as printed:
        warnings.simplefilter("ignore")  # about threads and seeds, and about graphs of several parts
        model = _umap_learn().UMAP(
            n_neighbors=max(2, min(neighbours, count - 1)),
            min_dist=min_dist,
            metric=METRIC,
            random_state=SEED,
            n_jobs=1,
            verbose=True,
            tqdm_kwds={**BAR, "file": printed},
        )
        placed = np.asarray(model.fit_transform(unit(h[finite])), np.float32)
    return _with_all_points(placed, finite)


def unit(h: Floats) -> Floats:
    """Return the rows of ``h`` float32[n, d], each divided by its Euclidean norm, so that squares cannot overflow.

    Rows of zeros stay zero.
    """
    rows = h.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), np.float32)


def _with_all_points(placed: Floats, finite: npt.NDArray[np.bool_]) -> Floats:
    """Return the positions of all n points, float32[n, 2].

    ``placed`` float32[m, 2] are the positions of the m points in the mask ``finite`` bool[n]. All other points, and
    points whose position is not finite, get the mean of the known positions.
    """
    known = np.isfinite(placed).all(axis=1)
    if not known.any():
        raise ValueError("umap-learn gave no point a position")
    xy = np.tile(placed[known].mean(axis=0), (len(finite), 1)).astype(np.float32)
    xy[np.flatnonzero(finite)[known]] = placed[known]
    return xy


def _umap_learn() -> ModuleType:
    """Import umap-learn, let numba keep its compiled code on the disk, and return the module."""
    sys.modules.setdefault(NOT_NEEDED, None)  # type: ignore[arg-type]
    import umap

    for module, names in COMPILED.items():
        for name in names:
            with contextlib.suppress(AttributeError, RuntimeError):  # another version; there is no folder for it
                getattr(importlib.import_module(module), name).enable_caching()
    return cast("ModuleType", umap)


class _Printed(io.TextIOBase):
    """A text stream to which umap-learn and its progress bar print; passes the progress to ``report`` as messages."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def write(self, text: str) -> int:
        if (epochs := EPOCHS.fullmatch(text.strip())) is not None:
            done, total = int(epochs[1]), int(epochs[2])
            self._report(LayoutProgress(text=f"epoch {done} of {total}", fraction=done / max(total, 1)))
        phase = next((name for printed, name in PHASES.items() if printed in text), "")
        if phase:
            self._report(LayoutProgress(text=phase))
        return len(text)


if __name__ == "__main__":
    main()
