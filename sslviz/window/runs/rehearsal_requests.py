"""Requests to show the data and the untrained network of the present settings, before a training.

The next request is made only when the engine has answered the last one. So every request has the newest settings.
"""

from __future__ import annotations

import itertools

from sslviz.core.messages import Rehearse
from sslviz.core.settings import Values


class RehearsalRequests:
    """Decides when to ask the engine of a run that has not started for data and network: after changes of settings."""

    def __init__(self) -> None:
        self._generations = itertools.count(1)
        self._last: Rehearse | None = None
        self._unanswered = self._anew = False

    def next(self, values: Values) -> Rehearse | None:
        """Return the request to send now, or None if there is nothing to send.

        Nothing is sent while a request is unanswered, or if ``values`` are those of the last request and
        :meth:`repeat` was not called since.
        """
        if self._unanswered or (self._last is not None and self._last.values == values and not self._anew):
            return None
        self._last = Rehearse(values=dict(values), generation=next(self._generations), anew=self._anew)
        self._unanswered, self._anew = True, False
        return self._last

    def repeat(self) -> None:
        """Have the next request bring all anew, since what the last ones have brought is shown no longer."""
        self._anew = True

    def take_answer(self, generation: int) -> None:
        """Record that the request numbered ``generation`` was answered, so that the next one can be sent."""
        if self._last is not None and generation == self._last.generation:
            self._unanswered = False
