"""Ctrl-C and SIGTERM, heard at once even while the main thread is deep inside a long computation."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

HEARD = (signal.SIGINT, signal.SIGTERM)
END = b"\0"


@contextlib.contextmanager
def heard_signals(handle: Callable[[int, int], None]) -> Iterator[None]:
    """Call ``handle(signal, how many so far)`` from a thread for each signal; only the main thread can ask for this.

    Python runs its own handlers between instructions of the main thread, which a backward pass of ten seconds
    keeps waiting; the wake-up descriptor is written from the signal itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    thread = threading.Thread(target=_listen, args=(reading, handle), name="signals", daemon=True)
    before = {number: signal.signal(number, lambda *_: None) for number in HEARD}
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
        if number[0] in HEARD:
            count += 1
            handle(number[0], count)
