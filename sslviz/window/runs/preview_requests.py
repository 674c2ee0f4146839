"""Requests for previews of the augmented views: sent one at a time, so that every request has the newest settings."""

from __future__ import annotations

from collections.abc import Iterator

from sslviz.core.messages import Preview
from sslviz.core.settings import Values


class PreviewRequests:
    """Decides when the engine is asked for a new preview of the augmented views.

    ``generations`` gives every request of any run a new number, so that late answers can be told from newer ones.
    """

    def __init__(self, generations: Iterator[int]) -> None:
        self._generations = generations
        self._last: Preview | None = None
        self._unanswered = False

    def next(self, values: Values, draw: int, samples: tuple[int, ...]) -> Preview | None:
        """Return the request to send now; None while a request is unanswered, or if it would equal the last request.

        ``draw`` is the number of the random draw: a new number gives other samples and other augmentations. ``samples``
        are the positions in the data set of the samples that the user selected.
        """
        if self._unanswered or self._is_last(values, draw, samples):
            return None
        generation = next(self._generations)
        self._last = Preview(generation=generation, values=dict(values), draw=draw, samples=samples)
        self._unanswered = True
        return self._last

    def take_answer(self, generation: int) -> None:
        """Note that views have arrived for the request numbered ``generation``; 0 for views of the training itself."""
        if self._last is not None and generation >= self._last.generation:
            self._unanswered = False

    def give_up(self) -> None:
        """Stop waiting for an answer, because the engine has refused the request or failed."""
        self._unanswered = False

    def _is_last(self, values: Values, draw: int, samples: tuple[int, ...]) -> bool:
        last = self._last
        return last is not None and (last.values, last.draw, last.samples) == (values, draw, samples)
