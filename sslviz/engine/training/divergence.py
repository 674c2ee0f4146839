"""Notices that a loss has run off, which a curve in a corner of the window does not say loud enough."""

from __future__ import annotations

from collections import deque

BEGINNING, IN_A_ROW, FACTOR = 10, 5, 10.0
"""The last five losses, each above ten times the lowest of the first ten: where it runs off at once, most of these are
far up already."""
SMALLEST = 1.0
"""A loss below counts as this: features of a fresh network are all alike, so that their prediction begins near 0."""


class Divergence:
    """Follows one run's losses; says so once."""

    def __init__(self) -> None:
        self._said = False
        self.begin_anew()

    def begin_anew(self) -> None:
        """Settings have changed, and losses before and after may not be comparable."""
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=IN_A_ROW)

    def judge(self, step: int, loss: float) -> str:
        """A sentence for the person where it has just run off, else an empty text."""
        if len(self._first) < BEGINNING:
            self._first.append(loss)
            return ""
        self._last.append(loss)
        began = min(abs(each) for each in self._first)
        if self._said or len(self._last) < IN_A_ROW or min(self._last) <= FACTOR * max(began, SMALLEST):
            return ""
        self._said = True
        return (
            f"The loss has run off: {loss:,.4g} at step {step:,}, where it began with {began:.4g}. "
            "Lower the learning rate, and begin again if it does not come back."
        )
