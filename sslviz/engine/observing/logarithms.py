"""Losses that are the logarithm of a number of alternatives, at which all of these are alike to the network.

The cross-entropy over K alternatives is ln K where each has the same probability: the views of a batch or the keys of a
queue, which a network cannot tell apart, or the prototypes, of which a teacher says nothing.
"""

from __future__ import annotations

import math

from sslviz.engine.observing.diagnosis_case import Case

TOLERANCE = 0.0015
"""Relative difference up to which a mean loss is taken for a logarithm."""
POWERS = tuple(2**exponent for exponent in range(4, 18))
"""Numbers of alternatives that are looked for where none is known, from 16 to 131,072."""
RESTING = 3
"""Number of readings in a row, the newest included, at which a loss that rests is the same logarithm."""


def alternatives(level: float) -> int | None:
    """Return the whole number of which ``level`` is the logarithm; None if there is none, or it is below 4."""
    number = round(math.exp(level)) if 1 < level < 20 else 0
    return number if number >= 4 and abs(math.log(number) - level) < 1e-4 * level else None


def rests_at(case: Case) -> int | None:
    """Return the number of alternatives at whose logarithm the loss has come to rest; None if it has not.

    Only for runs of which no loss without learning is known. Numbers that are settings of the run, or one off or twice
    such a number, are tried first, then powers of two.
    """
    losses = [reading.loss for reading in case.readings[-RESTING:]]
    if len(losses) < RESTING or case.levels("chance", "unrelated", "baseline"):
        return None
    settings = [value for value in case.values.values() if isinstance(value, int) and 8 <= value <= 2**20]
    known = [number for value in settings for number in (value, value + 1, 2 * value - 1)]
    found = [number for number in (*known, *POWERS) if all(_is_logarithm(loss, number) for loss in losses)]
    return found[0] if found else None


def _is_logarithm(loss: float, number: int) -> bool:
    return abs(loss - math.log(number)) < TOLERANCE * math.log(number)
