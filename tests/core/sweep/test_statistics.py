"""Means, deviations and paired differences, against loops and closed forms."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from sslviz.core.sweep.folder import SweepRun
from sslviz.core.sweep.statistics import Difference, outcomes, paired_difference, statistic, t_quantile

NUMBERS = st.floats(-1e3, 1e3)


@given(st.lists(NUMBERS, min_size=2, max_size=8))
def test_mean_and_deviation_are_those_of_a_loop(numbers):
    total = 0.0
    for each in numbers:
        total += each
    mean = total / len(numbers)
    squares = 0.0
    for each in numbers:
        squares += (each - mean) ** 2
    found = statistic(numbers)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.std == pytest.approx(math.sqrt(squares / (len(numbers) - 1)), rel=1e-6, abs=1e-6)
    assert found.n == len(numbers)


def test_one_number_has_no_deviation():
    assert statistic([0.5]) == (0.5, None, 1)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 30, 1000])
def test_quantiles_are_those_of_scipy(df):
    assert t_quantile(0.975, df) == pytest.approx(t.ppf(0.975, df), rel=2e-3)
    assert df > 2 or t_quantile(0.975, df) == pytest.approx(t.ppf(0.975, df), rel=1e-12)


def test_a_difference_is_paired_over_the_seeds_that_both_have():
    first = {0: 0.90, 1: 0.95, 2: 0.80, 7: 0.1}
    second = {2: 0.77, 1: 0.91, 0: 0.88, 9: 0.9}
    found = paired_difference(first, second)
    mean = (0.02 + 0.04 + 0.03) / 3
    error = math.sqrt(((0.02 - mean) ** 2 + (0.04 - mean) ** 2 + (0.03 - mean) ** 2) / 2 / 3)
    assert found.mean == pytest.approx(mean)
    assert found.margin == pytest.approx(t.ppf(0.975, 2) * error)
    assert (found.n, found.clear) == (3, True)
    assert not paired_difference(first, {0: 0.90, 1: 0.91, 2: 0.79}).clear


def test_seeds_that_differ_from_each_other_do_not_hide_a_constant_difference():
    found = paired_difference({0: 0.25, 1: 0.75}, {0: 0.125, 1: 0.625})
    assert found == Difference(0.125, 0.0, 2)
    assert found.clear


def test_equal_settings_and_single_seeds_are_never_clear():
    assert paired_difference({0: 0.5, 1: 0.6}, {0: 0.5, 1: 0.6}) == (0.0, 0.0, 2)
    assert not paired_difference({0: 0.5, 1: 0.6}, {0: 0.5, 1: 0.6}).clear
    assert paired_difference({0: 0.9}, {0: 0.1}) == (0.8, math.inf, 1)
    assert not paired_difference({0: 0.9}, {0: 0.1}).clear
    apart = paired_difference({0: 0.9}, {1: 0.1})
    assert (math.isnan(apart.mean), apart.margin, apart.n, apart.clear) == (True, math.inf, 0, False)


def test_runs_are_gathered_by_values_and_figure():
    def run(temperature, seed, **figures):
        return SweepRun(Path(), {"temperature": temperature}, seed, figures=figures)

    runs = [run(0.5, 0, knn=0.9, mse=1.0), run(0.1, 0), run(0.5, 3, knn=0.8), run(0.1, 3, knn=0.4)]
    first, second = outcomes(runs)
    assert (first.values, first.figures) == ({"temperature": 0.5}, {"knn": {0: 0.9, 3: 0.8}, "mse": {0: 1.0}})
    assert (second.values, second.figures) == ({"temperature": 0.1}, {"knn": {3: 0.4}})
    assert first.statistics == {"knn": statistic([0.9, 0.8]), "mse": (1.0, None, 1)}
