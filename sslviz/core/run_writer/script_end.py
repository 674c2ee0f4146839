"""How a script has ended, as far as a :class:`sslviz.Recorder` in it can tell: normally, by an error or interrupted."""

from __future__ import annotations

import functools
import sys
import threading
import traceback
from opcode import opname
from types import FrameType
from typing import Any, NamedTuple

MAX_TEXT = 1000
"""Maximum length of the text of an error, in characters."""


class Ending(NamedTuple):
    """How a script has ended: the state of the run, and the reason.

    The state is "finished", "stopped" or "failed", or "ended" if it is not known whether the script ended well.
    """

    state: str = "finished"
    text: str = ""


def ending_by(error: BaseException | None) -> Ending:
    """Return the ending of a script that was ended by ``error``; None stands for a normal end."""
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return Ending()
    if isinstance(error, KeyboardInterrupt):
        return Ending("stopped", "interrupted")
    if isinstance(error, SystemExit):
        return Ending("failed", f"ended by sys.exit({error.code!r})"[:MAX_TEXT])
    text = traceback.format_exception_only(error)[-1].strip()
    return Ending("failed", f"ended by an error: {text}"[:MAX_TEXT])


class EndWatch:
    """Finds the error by which a script ended, for a Recorder that is not used as a context manager.

    Python keeps the last unhandled error of the main thread or of a notebook's cell in ``sys.last_value``. Errors of
    other threads are found through ``threading.excepthook``; the hook that was set before is still called. Of a script
    that ends by ``sys.exit``, Python keeps neither the error nor its code; but the frame of the main program shows that
    it was left before its end.
    """

    def __init__(self) -> None:
        _watch_threads()
        self._main = _outermost_frame()
        self.passed()

    def passed(self) -> None:
        """Note that the script is still running: :meth:`ending` then ignores all errors before this call.

        An error that an ``except`` block of the script is handling during this call is ignored as well.
        """
        self._thread = threading.get_ident()
        self._before = self._errors()

    def ending(self, *, at_exit: bool = False) -> Ending:
        """Return how the script has ended: by an error since the last call of :meth:`passed`, or normally.

        An error that ended a thread other than the main one counts only if that thread was the last to call
        :meth:`passed`. ``at_exit`` says that Python is exiting. If the main program was then left before its end, but
        no error is known, the script was ended by ``sys.exit``, and the state is "ended".
        """
        errors = self._errors()
        for error, before in zip(errors, self._before, strict=True):
            if error is not None and error is not before:
                return error if isinstance(error, Ending) else ending_by(error)
        return (
            Ending("ended", "ended by sys.exit, with a code that is not known") if at_exit and self._left else Ending()
        )

    @property
    def _left(self) -> bool:
        """Whether the main program was left by an exception: its last instruction was none that returns."""
        frame = self._main
        if frame is None or frame is _outermost_frame():  # still running: a process of multiprocessing ends from within
            return False
        return not opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN")

    def _errors(self) -> tuple[BaseException | None, BaseException | None, Ending | None]:
        return sys.exception(), getattr(sys, "last_value", None), _ended_threads.get(self._thread)


def _outermost_frame() -> FrameType | None:
    """Return the frame of the main program, in which everything else in the main thread is called."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame


_ended_threads: dict[int, Ending] = {}
"""The ending of every thread that an error has ended, by the identifier of the thread."""


@functools.cache
def _watch_threads() -> None:
    """Record from now on which threads end by an error; only the first call has an effect."""
    previous = threading.excepthook

    def note(error: Any) -> None:  # noqa: ANN401 - threading.ExceptHookArgs, which cannot be constructed by tests
        if error.thread is not None and error.exc_value is not None:
            _ended_threads[error.thread.ident] = ending_by(error.exc_value)
        previous(error)

    threading.excepthook = note
