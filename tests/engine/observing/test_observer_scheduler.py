"""ObserverScheduler are taken where they are due, and none harms the rest."""

import pytest

from sslviz.core.messages import Notice, Watch
from sslviz.engine.observing import observer_scheduler
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.rate_limit import RateLimit
from sslviz.engine.training.failures import Stopped

NOBODY = Watch(panel_data=())


class One:
    """A look that does what it is told."""

    title = "reference levels"

    def __init__(self, act, subject=1):
        self.act, self.wanted = act, subject
        self.rate_limit = RateLimit(0.0, 1.0, lambda: 0.0)

    def subject(self, watch):
        return self.wanted

    def take(self, watch):
        self.act()


class Heard(list):
    send = list.append


def looks(*given, heard=None):
    return ObserverScheduler(given, heard if heard is not None else Heard(), lambda: 12)


def test_the_same_is_not_looked_at_twice():
    seen = []
    one = One(lambda: seen.append(one.wanted))
    all_of_them = looks(one)
    for subject in (1, 1, None, 2, 2):
        one.wanted = subject
        all_of_them.take(NOBODY)
    assert seen == [1, 2]


def test_one_that_fails_is_told_once_and_the_next_is_taken():
    heard, seen = Heard(), []

    def fail():
        raise ValueError("no such thing\nat all")

    broken, well = One(fail), One(lambda: seen.append(1))
    well.title = "map"
    all_of_them = looks(broken, well, heard=heard)
    for subject in (1, 2):
        broken.wanted = subject
        all_of_them.take(NOBODY)
    assert seen == [1]
    text = "The reference levels could not be made at step 12 (ValueError: no such thing)."
    assert heard == [Notice(level="warning", text=text)]


def test_a_stop_is_passed_on():
    def stop():
        raise Stopped

    with pytest.raises(Stopped):
        looks(One(stop)).take(NOBODY)


def test_one_that_takes_long_is_named_as_long_as_it_does(monkeypatch):
    now, seen = [0.0], []
    monkeypatch.setattr(observer_scheduler.time, "monotonic", lambda: now[0])

    def wait():
        for seconds in (0.4, 0.2):
            now[0] += seconds
            seen.append(all_of_them.busy)

    all_of_them = looks(One(wait))
    assert all_of_them.busy == ""
    all_of_them.take(NOBODY)
    assert seen == ["", "reference levels"]
    assert all_of_them.busy == ""
