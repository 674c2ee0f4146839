"""Runs observers when they are due; an observer that fails does not end the training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from sslviz.core.log import logger
from sslviz.core.messages import Notice, Watch
from sslviz.core.plain_text import named_error
from sslviz.core.timing import part
from sslviz.engine.observing.observers import Observer
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.run_log import Listener, LogError

RETRIED = "It is tried again at later steps; --debug engine tells more."
LONG_S = 0.5
"""Seconds after which a running observer is named in the status bar."""


class ObserverScheduler:
    """Runs the observers of one run, one after the other in the calling thread.

    Args:
        observers: the observers, in the order in which they run.
        listener: receives a notice about an observer that fails.
        step: returns the current optimiser step, which is named in the notice.
    """

    def __init__(self, observers: Iterable[Observer], listener: Listener, step: Callable[[], int]) -> None:
        self._observers, self._listener, self._step = tuple(observers), listener, step
        self._last_subjects: dict[str, object] = {}
        self._reported: set[str] = set()
        self._running: tuple[str, float] | None = None

    @property
    def busy(self) -> str:
        """Title of the observer that has been running for more than 0.5 s, or an empty string. Thread-safe."""
        title, started = self._running or ("", 0.0)
        return title if title and time.monotonic() - started > LONG_S else ""

    def run_due(self, watch: Watch, *, idle: bool = False) -> None:
        """Run every observer that is due (see :meth:`run_if_due`).

        ``idle`` says that the training is paused or over.
        """
        for observer in self._observers:
            self.run_if_due(observer, watch, idle=idle)

    def run_if_due(self, observer: Observer, watch: Watch, *, idle: bool = False) -> None:
        """Run an observer if there is something new to compute and it did not run too recently.

        There is something new if :meth:`~sslviz.engine.observing.observers.Observer.subject` does not return None and
        does not return the same as at the observer's last run. The observer's ``rate_limit`` sets a minimum interval
        between two runs and a maximum fraction of the time that the observer may take. If ``idle`` is true, the
        training is paused or over and cannot be slowed down; then only the minimum interval counts.

        An exception raised by an observer is caught, unless it is ``Stopped`` or ``LogError``. The first exception of
        each observer is reported to the listener.
        """
        subject, limit = observer.subject(watch), observer.rate_limit
        due = limit.interval_is_over if idle else limit.due
        if subject is not None and due and self._last_subjects.get(observer.title) != subject:
            self._run(observer, watch, subject)

    def run(self, observer: Observer, watch: Watch) -> None:
        """Run an observer now, whether or not it is due. Its exceptions are handled as in :meth:`run_if_due`."""
        self._run(observer, watch, observer.subject(watch))

    def _run(self, observer: Observer, watch: Watch, subject: object | None) -> None:
        self._running = (observer.title, time.monotonic())
        try:
            with observer.rate_limit.measure(), part(observer.title):
                observer.observe(watch)
            self._last_subjects[observer.title] = subject
        except (Stopped, LogError):
            raise
        except Exception as error:
            self._last_subjects[observer.title] = subject
            self._report(observer, error)
        finally:
            self._running = None

    def _report(self, observer: Observer, error: Exception) -> None:
        """Send a notice about the failure of an observer, unless the same observer was reported before."""
        if observer.title in self._reported:
            return
        self._reported.add(observer.title)
        logger("engine").debug("%s", observer.title, exc_info=error)
        text = f"The {observer.title} could not be made at step {self._step():,} ({named_error(error)}). {RETRIED}"
        self._listener.send(Notice(level="warning", text=text))
