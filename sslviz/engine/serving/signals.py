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
    """Context manager that calls ``handle(signal, count)`` from a thread for every SIGINT and SIGTERM.

    ``count`` is the number of signals so far. Does nothing outside the main thread, where Python allows no handlers.

    A thread is needed because Python runs signal handlers only between two bytecode instructions of the main thread, so
    that a backward pass of ten seconds would delay them. Without such a delay, Python writes the number of the signal
    to the wake-up file descriptor (:func:`signal.set_wakeup_fd`), which the thread reads.
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
