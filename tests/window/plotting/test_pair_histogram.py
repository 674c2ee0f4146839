"""Tests of the numbers above and below the histograms of pairs."""

import math

import pytest

from sslviz.window.plotting.pair_histogram import mean_text, tick_label


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (-1.0, "−1"), (0.5, ".5"), (-0.5, "−.5"), (0.0, "0"), (10.5, "10.5"), (-0.05, "−.05"), (2e6, "2e+06")],
)
def test_numbers_of_the_scale_are_short(value, text):
    assert tick_label(value) == text


@pytest.mark.parametrize(("mean", "text"), [(0.5, " 0.50"), (-0.254, " −0.25"), (-0.001, " 0.00"), (math.nan, "")])
def test_means_have_two_decimals_and_a_true_minus(mean, text):
    assert mean_text(mean) == text
