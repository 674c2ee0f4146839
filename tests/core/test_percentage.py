"""Shares as percentages."""

import math

import pytest

from sslviz.core.percentage import percent


@pytest.mark.parametrize(
    ("share", "places", "text"),
    [(0.8349, 0, "83 %"), (0.9312, 1, "93.1 %"), (1, 0, "100 %"), (math.nan, 0, "–"), (math.inf, 1, "–")],
)
def test_a_share_is_a_percentage(share, places, text):
    assert percent(share, places) == text
