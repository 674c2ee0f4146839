"""Detects that the loss diverges, so that the user is told: in a small curve the rise of the loss is easily missed."""

from __future__ import annotations

from collections import deque

FIRST_LOSSES = 10
"""Number of first losses; the one nearest to 0 is the reference, because a loss that diverges from the start is high in
most of the first steps already."""
LAST_LOSSES, FACTOR = 5, 10.0
"""The loss diverges if each of the last five losses exceeds ten times the reference."""
MIN_REFERENCE = 1.0
"""Lower bound of the reference: the features of an untrained network are nearly equal, so that the loss of predicting
them begins near 0 and may grow without diverging."""


class Divergence:
    """Follows the loss of one run and reports once if the loss diverges, that is, rises far above the first losses."""

    def __init__(self) -> None:
        self._reported = False
        self.reset()

    def reset(self) -> None:
        """Forget all losses added so far; called when a setting changes, as later losses may not be comparable."""
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=LAST_LOSSES)

    def check(self, step: int, loss: float) -> str:
        """Add a step's loss; return a sentence for the user if the loss has just diverged, else an empty string."""
        if len(self._first) < FIRST_LOSSES:
            self._first.append(loss)
            return ""
        self._last.append(loss)
        lowest = min(self._first, key=abs)
        reference = max(abs(lowest), MIN_REFERENCE)
        if self._reported or len(self._last) < LAST_LOSSES or min(self._last) <= FACTOR * reference:
            return ""
        self._reported = True
        return (
            f"The loss has run off: {loss:,.4g} at step {step:,}, where it began with {lowest:.4g}. "
            "Lower the learning rate, and begin again if it does not come back."
        )
