"""Rate limits on a simulated clock."""

from __future__ import annotations

import pytest

from sslviz.core.rate_limit import RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("cost", "wait"), [(0.01, 2.0), (0.5, 10.0), (30, 600.0)])
def test_observations_take_no_more_than_their_share(cost: float, wait: float) -> None:
    clock = Clock()
    rate_limit = RateLimit(2.0, 0.05, clock)
    for _ in range(2):
        clock.now = 100
        with rate_limit.measure():
            clock.now += cost
    clock.now = 100 + wait - 0.01
    assert not rate_limit.due
    clock.now = 100 + wait
    assert rate_limit.due


def test_a_single_slow_observation_does_not_delay_the_next() -> None:
    """The first is slow with cold caches, another while other processes use the machine."""
    clock = Clock()
    rate_limit = RateLimit(2.0, 0.05, clock)
    for cost in (30.0, 0.5, 30.0):
        with rate_limit.measure():
            clock.now += cost
        clock.now += max(0.0, 10.0 - cost)
        assert rate_limit.due


def test_a_shorter_interval_counts_at_once() -> None:
    clock = Clock()
    rate_limit = RateLimit(10.0, 0.05, clock)
    with rate_limit.measure():
        pass
    clock.now += 1
    assert not rate_limit.due
    rate_limit.interval_s = 0.5
    assert rate_limit.due


def test_time_spent_elsewhere_counts() -> None:
    """As that of a thread that goes on with the work."""
    clock = Clock()
    rate_limit = RateLimit(2.0, 0.05, clock)
    for _ in range(2):
        with rate_limit.measure():
            clock.now += 0.1
        rate_limit.add(0.4)
    clock.now += 9.8
    assert not rate_limit.due
    clock.now += 0.11
    assert rate_limit.due
