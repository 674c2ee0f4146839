"""Requests for previews of the augmented views.

The next request is made only when the engine has answered the last one, or is not expected to answer it any more. So
every request has the newest settings.
"""

from __future__ import annotations

from collections.abc import Iterator

from sslviz.core.messages import Preview
from sslviz.core.settings import Values


class PreviewRequests:
    """Decides when to ask the engine for a new preview of the augmented views: after changes, one request at a time.

    ``generations`` yields a number for each request. All runs take their numbers from this one iterator, and the
    numbers increase, so the answer to an older request can be told from the answer to a newer one.
    """

    def __init__(self, generations: Iterator[int]) -> None:
        self._generations = generations
        self._last: Preview | None = None
        self._unanswered = self._is_redraw = self._repeats = False

    def next(self, values: Values, draw: int, samples: tuple[int, ...]) -> Preview | None:
        """Return the request to send now, or None if there is nothing to send.

        Nothing is sent while a request is unanswered, or if the arguments are the same as in the last request and
        :meth:`repeat` was not called since.

        ``values`` are the settings. ``draw`` is the number of the random draw: with a new number, the
        samples are augmented at random anew. ``samples`` are the positions in the data set of the samples that the user
        has selected.
        """
        if self._unanswered or (self._is_last(values, draw, samples) and not self._repeats):
            return None
        generation = next(self._generations)
        self._is_redraw = self._last is not None and self._is_last(values, self._last.draw, samples)
        self._last = Preview(generation=generation, values=dict(values), draw=draw, samples=samples)
        self._unanswered, self._repeats = True, False
        return self._last

    def take_answer(self, generation: int) -> None:
        """Record that views have arrived for the request numbered ``generation``, so that the next request can be sent.

        ``generation`` is 0 for the views of the training itself, which answer no request.
        """
        if self._last is not None and generation >= self._last.generation:
            self._unanswered = False

    def is_redraw(self, generation: int) -> bool:
        """Return whether request ``generation`` is the last one, and differs from the one before only by the draw."""
        return self._is_redraw and self._last is not None and self._last.generation == generation

    def repeat(self) -> None:
        """Have the next request sent also if its arguments are those of the last one: its answer is shown no more."""
        self._repeats = True

    def give_up(self) -> None:
        """Stop waiting for an answer.

        This is called when the run has failed, when the engine says that there is nothing to show before the training,
        and at every Notice of the engine, which may be a refusal of the request.
        """
        self._unanswered = False

    def _is_last(self, values: Values, draw: int, samples: tuple[int, ...]) -> bool:
        last = self._last
        return last is not None and (last.values, last.draw, last.samples) == (values, draw, samples)
