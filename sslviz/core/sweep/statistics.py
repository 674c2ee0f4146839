"""Means and standard deviations over seeds, and how sure a difference between two settings is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sslviz.core.settings import Values
from sslviz.core.sweep.folder import SweepRun

CONFIDENCE = 0.95
"""Probability with which the interval of a :class:`Difference` contains the true difference."""


class Statistic(NamedTuple):
    """Mean and standard deviation of a figure over n seeds; the deviation is None for one seed.

    The standard deviation is that of a sample, with n − 1 in the denominator.
    """

    mean: float
    std: float | None
    n: int


class Difference(NamedTuple):
    """By how much a figure of one setting is higher than that of another, on average over n seeds that both have.

    ``margin``: half the width of the confidence interval of ``mean`` by Student's t-distribution with n − 1 degrees of
    freedom, at the probability :data:`CONFIDENCE`; infinite for one seed. Without a shared seed, ``mean`` is NaN.
    """

    mean: float
    margin: float
    n: int

    @property
    def clear(self) -> bool:
        """Whether the confidence interval does not contain 0."""
        return abs(self.mean) > self.margin


class Outcome(NamedTuple):
    """The finished runs of one combination of values; ``figures``: for each key, the value of each seed."""

    values: Values
    figures: Mapping[str, Mapping[int, float]]

    @property
    def statistics(self) -> dict[str, Statistic]:
        """The statistic of each figure, by key."""
        return {key: statistic(by_seed.values()) for key, by_seed in self.figures.items()}


def outcomes(runs: Iterable[SweepRun]) -> tuple[Outcome, ...]:
    """Return the outcome of each combination of values, in the order of the runs; without finished runs, it is empty.

    A figure that a run lacks, because it could not be computed, is missing for its seed.
    """
    found: dict[tuple[object, ...], Outcome] = {}
    figures: dict[tuple[object, ...], dict[str, dict[int, float]]] = {}
    for run in runs:
        key = tuple(run.values.values())
        of_these = figures.setdefault(key, {})
        found.setdefault(key, Outcome(run.values, of_these))
        for name, number in run.figures.items():
            of_these.setdefault(name, {})[run.seed] = number
    return tuple(found.values())


def statistic(numbers: Iterable[float]) -> Statistic:
    """Return mean and standard deviation of at least one number."""
    given = list(numbers)
    return Statistic(statistics.fmean(given), statistics.stdev(given) if len(given) > 1 else None, len(given))


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> Difference:
    """Return the difference of a figure between two settings, paired by seed.

    ``first`` and ``second``: the figure of each setting, by seed. Runs of the same seed begin with the same weights and
    see the same batches, so that their difference varies less than their figures.
    """
    differences = [first[seed] - second[seed] for seed in first if seed in second]
    if not differences:
        return Difference(math.nan, math.inf, 0)
    mean, std, n = statistic(differences)
    margin = math.inf if std is None else t_quantile((1 + CONFIDENCE) / 2, n - 1) * std / math.sqrt(n)
    return Difference(mean, margin, n)


def t_quantile(p: float, df: int) -> float:
    """Return the quantile of Student's t-distribution with ``df`` degrees of freedom, for a probability above 0.5.

    It is exact for 1 and 2 degrees of freedom. For more, it is the series of Cornish and Fisher in 1/df (Abramowitz and
    Stegun 26.7.5), whose error at p = 0.975 is below 0.2 %.
    """
    if df == 1:
        return math.tan(math.pi * (p - 0.5))
    if df == 2:
        return (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
    z = statistics.NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + math.fsum(term / math.pow(df, power) for power, term in enumerate(terms, 1))
