"""The reducer's worker process: receives neighbour graphs and sends back their layouts."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time
from typing import NoReturn

import numpy as np

from sslviz.core.log import log_to_stderr
from sslviz.core.pipe import FrameReader, FrameWriter, MessageError, PipeError
from sslviz.core.standard_streams import claim_standard_streams
from sslviz.core.startup_timing import reached
from sslviz.core.wire import Array
from sslviz.reduction.graph import Floats, Ints
from sslviz.reduction.layout import LayoutError, layout, warm_up
from sslviz.reduction.quality import quality_of
from sslviz.reduction.requests import Answer, LayoutAnswer, LayoutFailed, LayoutRequest, Warm


def main() -> None:
    """Read layout requests from standard input and write the answers to standard output, until the input closes."""
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the process that started this one
    incoming, outgoing = claim_standard_streams()
    log_to_stderr()
    requests: queue.SimpleQueue[LayoutRequest | MessageError] = queue.SimpleQueue()
    reader = FrameReader(incoming, LayoutRequest)
    threading.Thread(target=_receive, args=(reader, requests), name="reducer-input", daemon=True).start()
    try:
        _serve(requests, FrameWriter(outgoing))
    except (OSError, ValueError):
        _end()  # the engine is gone


def _receive(reader: FrameReader[LayoutRequest], requests: queue.SimpleQueue[LayoutRequest | MessageError]) -> None:
    """Read requests in a thread of its own, so that they are received also while a layout is computed.

    Each request is put into the queue ``requests``; for a message that is not a valid request, the error is put into
    the queue. As soon as the engine closes the pipe, the worker process ends.
    """
    with contextlib.suppress(PipeError, OSError):
        for request in reader.messages(requests.put):
            requests.put(request)
    _end()


def _end() -> NoReturn:
    os._exit(0)  # without waiting for the other thread: there is nothing to save


def _serve(requests: queue.SimpleQueue[LayoutRequest | MessageError], writer: FrameWriter) -> None:
    started = time.perf_counter()
    warm_up()
    writer.write(Warm(seconds=time.perf_counter() - started))
    reached("the reducer is warm")
    while True:
        writer.write(answer_to(requests.get()))


def answer_to(request: LayoutRequest | MessageError) -> Answer:
    """Return the answer to a request: the layout and its quality, or the reason why there is no layout.

    If ``request`` is a MessageError, the message from the engine was not a valid request.
    """
    if isinstance(request, MessageError):
        return LayoutFailed(number=None, text=str(request))
    started = time.perf_counter()
    try:
        options = {name: getattr(request, name) for name in ("epochs", "learning_rate", "min_dist", "previous")}
        xy = layout(*_arrays(request), **options)
    except (LayoutError, ArithmeticError, ValueError, MemoryError) as error:
        return LayoutFailed(number=request.number, text=str(error) or "out of memory")
    quality = quality_of(request.h.numpy().astype(np.float32), request.indices.numpy().astype(np.int32), xy)
    seconds = time.perf_counter() - started
    return LayoutAnswer(number=request.number, xy=Array.of(xy), seconds=seconds, **quality._asdict())


def _arrays(request: LayoutRequest) -> tuple[Ints, Floats, Floats]:
    indices, distances, initial = (part.numpy() for part in (request.indices, request.distances, request.initial))
    if request.h.shape[:1] != indices.shape[:1]:
        raise LayoutError(f"{request.h.shape[:1]} points have {indices.shape[:1]} neighbourhoods.")
    if indices.ndim != 2 or indices.shape != distances.shape or initial.shape != (len(indices), 2):
        raise LayoutError(f"Neighbours {indices.shape}, distances {distances.shape}, start {initial.shape} do not fit.")
    return indices.astype(np.int32), distances.astype(np.float32), initial.astype(np.float32)


if __name__ == "__main__":
    main()
