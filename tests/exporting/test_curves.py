"""Curves as SVG: in the drawing, at the right places, whatever the numbers."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Mark
from sslviz.core.reference_lines import ReferenceLine
from sslviz.exporting.report.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, curve

ENTRY = FigureEntry(key="loss", title="Loss & more", help="")


def drawn(values, steps=None, lines=(), marks=()):
    values = np.asarray(values, float)
    steps = np.arange(1.0, len(values) + 1) if steps is None else np.asarray(steps, float)
    return ET.fromstring(curve(ENTRY, steps, values, lines, marks))


def points(svg, kind="values"):
    path = next(each.get("d") for each in svg.iter("path") if each.get("class") == kind)
    return np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path), float)


@pytest.mark.parametrize(
    "values",
    [
        [1.0],
        [2.0, 2.0],
        [0.0] * 5,
        [1e-300, 2e-300],
        [5e-324, 0.0],
        [-1e30, 1e30],
        [-1.7e308, 1.7e308],
        list(range(5000)),
        [1e9, 1e9 + 1],
        [1e17, 1e17 + 16],
        [1.0, 1.0 + 2**-52],
    ],
)
def test_everything_is_within_the_drawing(values):
    svg = drawn(values)
    for text in svg.iter("text"):
        assert 0 <= float(text.get("x")) <= WIDTH
        assert 0 <= float(text.get("y")) <= HEIGHT
    if len(values) > 1:
        found = points(svg)
        assert (found[:, 0] >= LEFT - 0.1).all()
        assert (found[:, 0] <= RIGHT + 0.1).all()
        assert (found[:, 1] >= TOP - 0.1).all()
        assert (found[:, 1] <= BOTTOM + 0.1).all()


def test_higher_values_are_higher_and_later_steps_further_right():
    found = points(drawn([1.0, 3.0, 2.0]))
    assert (np.diff(found[:, 0]) > 0).all()
    assert found[1, 1] < found[2, 1] < found[0, 1]


def test_of_many_points_the_means_are_drawn_and_their_range():
    rng = np.random.default_rng(0)
    svg = drawn(rng.normal(size=3000))
    assert len(points(svg)) == 200
    spread = points(svg, "range")[:, 1]
    assert np.ptp(spread) > 3 * np.ptp(points(svg)[:, 1])


def test_lines_that_are_far_away_are_left_out():
    lines = [
        ReferenceLine(curve="loss", label=name, value=value)
        for name, value in (("a", 1.5), ("<b>", 2.5), ("far", 99.0))
    ]
    svg = drawn([1.0, 2.0], lines=lines)
    assert len([each for each in svg.iter("path") if each.get("class") == "line"]) == 2
    assert {each.text for each in svg.iter("text") if each.get("class") == "label"} == {"a", "<b>"}


def test_a_change_of_settings_is_marked_at_its_step():
    svg = drawn([1.0, 2.0, 3.0], marks=[Mark(step=2, wall_time_s=0.0, changes=())])
    (mark,) = [each.get("d") for each in svg.iter("path") if each.get("class") == "mark"]
    assert float(mark[1:].split()[0]) == pytest.approx(points(svg)[1, 0])


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (0.999, 1.0), (1e6, 5e6), (1e-12, 2e-12)])
def test_ticks_are_round_few_and_within(low, high):
    ticks = Scale(low, high, 0, 100).ticks()
    assert 2 <= len(ticks) <= 6
    assert low - 1e-9 * abs(low) <= ticks[0] < ticks[-1] <= high + 1e-9 * abs(high)


def test_a_run_without_steps_has_curves():
    svg = ET.fromstring(curve(ENTRY, np.zeros(1), np.ones(1), last_step=0))
    assert [each.get("class") for each in svg.iter("circle")] == ["dot"]
