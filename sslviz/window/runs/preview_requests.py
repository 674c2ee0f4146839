"""Requests for previews of the augmented views: one at a time, so that the newest settings win."""

from __future__ import annotations

from collections.abc import Iterator

from sslviz.core.messages import Preview
from sslviz.core.settings import Values


class PreviewRequests:
    """Decides when the engine is asked for the views anew.

    ``generations`` numbers the requests of all runs of a window, so that a late answer can be told from a newer one.
    """

    def __init__(self, generations: Iterator[int]) -> None:
        self._generations = generations
        self._last: Preview | None = None
        self._unanswered = False

    def next(self, values: Values, draw: int, samples: tuple[int, ...]) -> Preview | None:
        """Return the request to be sent now; None while one is unanswered, or where nothing differs from the last.

        ``draw`` is the number of the random draw of samples and views, ``samples`` the numbers of selected samples.
        """
        if self._unanswered or self._is_last(values, draw, samples):
            return None
        generation = next(self._generations)
        self._last = Preview(generation=generation, values=dict(values), draw=draw, samples=samples)
        self._unanswered = True
        return self._last

    def take_answer(self, generation: int) -> None:
        """Note that views have come; those of the training have generation 0 and answer nothing."""
        if self._last is not None and generation >= self._last.generation:
            self._unanswered = False

    def give_up(self) -> None:
        """Wait no longer for an answer: the engine has refused the request, or failed."""
        self._unanswered = False

    def _is_last(self, values: Values, draw: int, samples: tuple[int, ...]) -> bool:
        last = self._last
        return last is not None and (last.values, last.draw, last.samples) == (values, draw, samples)
