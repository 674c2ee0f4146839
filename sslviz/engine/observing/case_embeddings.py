"""What the measurements of a run say about its embeddings: how far they spread, in how many directions, and the trend.

All figures are relative, so that the rules of :mod:`sslviz.engine.observing.diagnosis_rules` need no units: the spread
of z is a multiple of that of isotropic z, a rank a multiple of that of the untrained network.
"""

from __future__ import annotations

import math

from sslviz.engine.observing.diagnosis_case import MIN_STEPS, RANK, RANK_H, STD, STDS, Case

COLLAPSED, NARROW, SPREAD_OUT = 0.2, 0.5, 0.75
"""Relative spread below which embeddings are collapsed, below which they lie in a narrow cone, and from which they are
spread out."""
HALF = 0.5
"""Share of the effective rank before a change of settings below which most directions have been lost by it."""
GROWTH, SHRINKAGE = 1.2, 0.85
"""Ratio of a figure to its value two readings before from which it counts as growing, and below which as shrinking."""


def spread(case: Case) -> float:
    """Return the relative spread of z/‖z‖: 0 if all embeddings are equal, 1 if they are spread evenly on the sphere.

    It is the standard deviation of z, the output of the projector, after each z was scaled to length 1. This is divided
    by the standard deviation of points spread evenly on the sphere. NaN if the newest reading lacks this figure, for
    example because the objective has no positive pairs, or if its reference line is not known yet.
    """
    return _share(case.figure(STD), case.reference(STD, "isotropic"))


def scale(case: Case) -> float:
    """Return the smallest standard deviation of embeddings that are not normalised, as a share of what it should be.

    That is the value which the loss asks for or, if this is not known, the highest value so far. NaN if there is none.
    """
    shares = []
    for key in STDS:
        wanted = case.reference(key, "isotropic")
        shares.append(_share(case.figure(key), _highest(case, key) if math.isnan(wanted) else wanted))
    return min((share for share in shares if not math.isnan(share)), default=math.nan)


def rank_of_z(case: Case) -> float:
    """Return the effective rank of z as a multiple of that of the untrained network; NaN if one is not known."""
    return _share(case.figure(RANK), case.reference(RANK, "untrained"))


def rank_of_h(case: Case) -> float:
    """Return the effective rank of h as a multiple of that of the untrained network; NaN if one is not known."""
    return _share(case.figure(RANK_H), case.reference(RANK_H, "untrained"))


def lost_directions(case: Case) -> bool:
    """Return whether h has lost more than half of its effective rank since the last change of settings."""
    before = [each.figures.get(RANK_H, math.nan) for each in case.readings if MIN_STEPS <= each.step < case.since]
    return bool(before) and case.figure(RANK_H) < HALF * before[-1]


def grows(case: Case, key: str) -> bool:
    """Return whether a figure has risen from reading to reading, to clearly more than two readings ago.

    Only readings since the last change of settings are compared.
    """
    values = case.history(key)[-3:]
    return len(values) == 3 and values[2] > values[1] > values[0] and values[2] > GROWTH * values[0]


def shrinks(case: Case, key: str) -> bool:
    """Return whether a figure has fallen from reading to reading, to clearly less than two readings ago."""
    values = case.history(key)[-3:]
    return len(values) == 3 and values[2] < values[1] < values[0] and values[2] < SHRINKAGE * values[0]


def _share(value: float, whole: float) -> float:
    """Return a figure as a share of a value; NaN if this is 0, as that of embeddings that are all 0."""
    return value / whole if whole else math.nan


def _highest(case: Case, key: str) -> float:
    """Return the highest value of a figure in all readings; NaN if no reading has it."""
    return max((each.figures[key] for each in case.readings if key in each.figures), default=math.nan)


def recollapsed(case: Case) -> bool:
    """Return whether the embeddings are collapsed now, but were spread out at an earlier reading."""
    known = [reading.figures[STD] for reading in case.readings if STD in reading.figures]
    return spread(case) < COLLAPSED and max(known) >= NARROW * case.reference(STD, "isotropic")
