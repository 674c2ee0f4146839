"""The bounded curve: it keeps its capacity and its extremes, and its average equals that of a plain loop."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslviz.window.runs.curve import Curve

values = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=300)


def filled(numbers: list[float], capacity: int = 16, window: float = 25.0) -> Curve:
    curve = Curve(capacity, window)
    curve.append(np.arange(1, len(numbers) + 1), np.array(numbers))
    return curve


def smoothed_by_hand(numbers: list[float], window: float) -> list[float]:
    """Return the weighted mean of all finite values so far, each weighted by (1 − 1/window) times that of the next."""
    result = []
    for end in range(1, len(numbers) + 1):
        finite = [value for value in numbers[:end] if math.isfinite(value)]
        weights = [(1 - 1 / window) ** age for age in range(len(finite))][::-1]
        total = sum(weight * value for weight, value in zip(weights, finite, strict=True))
        result.append(total / sum(weights) if finite else math.nan)
    return result


@given(values)
def test_capacity_is_never_exceeded_and_steps_stay_in_order(numbers):
    curve = filled(numbers)
    assert len(curve) <= 16
    assert np.all(np.diff(curve.steps) > 0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_extremes_survive_the_thinning(numbers):
    curve = filled(numbers)
    assert curve.values.max() == max(numbers)
    assert curve.values.min() == min(numbers)


@given(st.integers(1, 3_000), st.sampled_from([16, 64, 256]))
def test_the_whole_history_is_kept_alike(count, capacity):
    """All intervals have the same number of points, old ones and new ones."""
    wave = np.sin(np.arange(count)).tolist()
    steps = filled(wave, capacity).steps
    assert steps[-1] == count
    longest = 2 * count / ((capacity - 4) / 4) if count > capacity - 4 else 1
    assert np.diff(steps, prepend=1).max() <= longest


@given(values)
def test_every_kept_point_is_one_that_came(numbers):
    curve = filled(numbers)
    for step, value in zip(curve.steps, curve.values, strict=True):
        np.testing.assert_equal(value, numbers[int(step) - 1])


@settings(max_examples=30)
@given(values, st.sampled_from([1.0, 2.0, 25.0]))
def test_smoothing_is_that_of_a_slow_loop(numbers, window):
    curve = filled(numbers, capacity=512, window=window)
    np.testing.assert_allclose(curve.smoothed, smoothed_by_hand(numbers, window), rtol=1e-9, atol=1e-6)


@given(st.lists(st.floats(-10, 10), max_size=60), st.integers(1, 20))
def test_blocks_make_no_difference(numbers, size):
    whole, segments = filled(numbers), filled([])
    for start in range(0, len(numbers), size):
        block = np.array(numbers[start : start + size])
        segments.append(np.arange(start + 1, start + 1 + len(block)), block)
    np.testing.assert_array_equal(segments.steps, whole.steps)
    np.testing.assert_allclose(segments.smoothed, whole.smoothed, rtol=1e-12, atol=1e-12)


def test_a_value_that_is_not_finite_leaves_the_average_as_it_was():
    curve = filled([1.0, math.nan, math.inf])
    assert curve.smoothed.tolist() == [1.0, 1.0, 1.0]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40, unique=True), st.floats(0, 1100))
def test_at_finds_the_nearest_point(steps, asked):
    curve = Curve(64)
    curve.append(np.array(sorted(steps)), np.zeros(len(steps)))
    found = curve.at(asked)
    assert found is not None
    assert abs(found[0] - asked) == min(abs(step - asked) for step in steps)


def thinned_by_hand(numbers: list[float], capacity: int) -> list[tuple[int, float]]:
    """Return step and value of the points of a curve to which each value is appended alone, in plain Python."""

    def pair(points):
        low = min(points, key=lambda point: (math.inf if math.isnan(point[1]) else point[1], point[0]))
        high = max(points, key=lambda point: (math.inf if math.isnan(point[1]) else point[1], point[0]))
        return sorted((low, high))

    closed, interval, length = [], [], 2
    for point in enumerate(numbers, start=1):
        if len(interval) == length:
            closed, interval = closed + pair(interval), []
            if len(closed) == capacity - 4:
                closed = [kept for first in range(0, len(closed), 4) for kept in pair(closed[first : first + 4])]
                length *= 2
        interval.append(point)
    return closed + (interval if len(interval) < 4 else [*pair(interval[:-1]), interval[-1]])


@given(values, st.sampled_from([16, 32]))
def test_thinning_is_that_of_a_slow_loop(numbers, capacity):
    curve = filled(numbers, capacity)
    expected = np.array(thinned_by_hand(numbers, capacity)).reshape(-1, 2)
    np.testing.assert_array_equal(np.column_stack((curve.steps, curve.values)), expected)


@given(values, st.integers(1, 320), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_steps_that_are_done_again_replace_the_later_ones(numbers, step, again):
    """Up to there the points stay, then the new ones come."""
    curve, before = filled(numbers), filled(numbers)
    step = min(step, len(numbers) + 1)
    curve.append(np.arange(step, step + len(again)), np.array(again))
    assert len(curve) <= 16
    assert np.all(np.diff(curve.steps) > 0)
    assert (curve.steps[-1], curve.values[-1]) == (step + len(again) - 1, again[-1])
    kept = curve.steps[curve.steps < step]
    assert np.isin(kept, before.steps).all()
    if not np.isnan(curve.values).any():  # NaN counts as the largest value of an interval
        assert curve.values.max() >= max(again)


def test_the_average_goes_on_from_the_last_step_kept():
    curve = filled([4.0] * 100 + [9.0] * 100, capacity=512, window=10.0)
    curve.append(np.array([101]), np.array([2.0]))
    assert curve.smoothed[-1] == pytest.approx(0.9 * 4 + 0.1 * 2)


def test_at_of_an_empty_curve_is_none():
    assert Curve().at(3.0) is None


def test_a_block_of_unequal_lengths_is_the_programmers_mistake():
    with pytest.raises(ValueError, match="must match"):
        Curve().append(np.arange(2), np.arange(3.0))
