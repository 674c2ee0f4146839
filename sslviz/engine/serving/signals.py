"""Handling of Ctrl-C and SIGTERM without delay, even while the main thread is inside a long computation."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

HANDLED = (signal.SIGINT, signal.SIGTERM)
END = b"\0"


@contextlib.contextmanager
def handle_signals(handle: Callable[[int, int], None]) -> Iterator[None]:
    """Context manager that calls ``handle(signal, count)`` for every SIGINT and SIGTERM, from a thread of its own.

    ``count`` is the number of signals so far, including this one. Signals are handled only if the main thread enters
    the context manager, since Python allows no other thread to set signal handlers.

    The thread is needed because Python runs signal handlers in the main thread and only between two bytecode
    instructions: a backward pass of ten seconds would delay them. But Python writes the number of a signal to the
    wake-up file descriptor (:func:`signal.set_wakeup_fd`) at once, and the thread reads it from there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    thread = threading.Thread(target=_listen, args=(reading, handle), name="signals", daemon=True)
    before = {number: signal.signal(number, lambda *_: None) for number in HANDLED}
    wakeup = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        writing.send(END)
        thread.join()
        reading.close()
        writing.close()


def _listen(reading: socket.socket, handle: Callable[[int, int], None]) -> None:
    count = 0
    while (number := reading.recv(1)) not in (END, b""):
        if number[0] in HANDLED:
            count += 1
            handle(number[0], count)
