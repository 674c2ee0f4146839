"""How a script has ended, as far as a :class:`sslviz.Recorder` in it can tell: normally, by an error or interrupted."""

from __future__ import annotations

import functools
import sys
import threading
import traceback
from typing import Any, NamedTuple

MAX_TEXT = 1000
"""Maximum length of the text of an error, in characters."""


class Ending(NamedTuple):
    """How a script has ended: the state of the run ("finished", "stopped" or "failed") and the reason."""

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
    other threads are found through ``threading.excepthook``; the hook that was set before is still called.
    """

    def __init__(self) -> None:
        _watch_threads()
        self.passed()

    def passed(self) -> None:
        """Note that the script is still running: :meth:`ending` then ignores all errors before this call.

        An error that an ``except`` block of the script is handling during this call is ignored as well.
        """
        self._thread = threading.get_ident()
        self._before = self._errors()

    def ending(self) -> Ending:
        """Return how the script has ended: by an error since the last call of :meth:`passed`, or normally.

        An error that ended a thread other than the main one counts only if that thread was the last to call
        :meth:`passed`.
        """
        errors = self._errors()
        for error, before in zip(errors, self._before, strict=True):
            if error is not None and error is not before:
                return error if isinstance(error, Ending) else ending_by(error)
        return Ending()

    def _errors(self) -> tuple[BaseException | None, BaseException | None, Ending | None]:
        return sys.exception(), getattr(sys, "last_value", None), _ended_threads.get(self._thread)


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
