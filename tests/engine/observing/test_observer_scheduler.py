"""Observers run when they are due, and the failure of one does not disturb the others."""

import pytest

from sslviz.core.messages import Notice, Watch
from sslviz.core.rate_limit import RateLimit
from sslviz.engine.observing import observer_scheduler
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.training.failures import Stopped

NOTHING_WATCHED = Watch(panel_data=())


class FakeObserver:
    """Calls a function when it observes; always due, for a subject that the test sets."""

    title = "reference lines"

    def __init__(self, action, subject=1):
        self.action, self.current_subject = action, subject
        self.rate_limit = RateLimit(0.0, 1.0, lambda: 0.0)

    def subject(self, watch):
        return self.current_subject

    def observe(self, watch):
        self.action()


class Heard(list):
    send = list.append


def scheduler_of(*observers, listener=None):
    return ObserverScheduler(observers, listener if listener is not None else Heard(), lambda: 12)


def test_the_same_subject_is_not_observed_twice():
    observed = []
    observer = FakeObserver(lambda: observed.append(observer.current_subject))
    scheduler = scheduler_of(observer)
    for subject in (1, 1, None, 2, 2):
        observer.current_subject = subject
        scheduler.run_due(NOTHING_WATCHED)
    assert observed == [1, 2]


def test_the_subject_is_computed_once_in_a_turn(monkeypatch):
    computed = []
    observer = FakeObserver(lambda: None)
    monkeypatch.setattr(observer, "subject", lambda watch: computed.append(1) or len(computed))
    scheduler = scheduler_of(observer)
    for _ in range(3):
        scheduler.run_due(NOTHING_WATCHED)
    assert len(computed) == 3


def test_a_failure_is_reported_once_and_the_next_observer_runs():
    heard, observed = Heard(), []

    def fail():
        raise ValueError("no such thing\nat all")

    broken, well = FakeObserver(fail), FakeObserver(lambda: observed.append(1))
    well.title = "map"
    scheduler = scheduler_of(broken, well, listener=heard)
    for subject in (1, 2):
        broken.current_subject = subject
        scheduler.run_due(NOTHING_WATCHED)
    assert observed == [1]
    text = "The reference lines could not be made at step 12 (ValueError: no such thing). "
    assert heard == [Notice(level="warning", text=text + observer_scheduler.RETRIED)]


def test_a_stop_is_passed_on():
    def stop():
        raise Stopped

    with pytest.raises(Stopped):
        scheduler_of(FakeObserver(stop)).run_due(NOTHING_WATCHED)


def test_what_a_stop_has_interrupted_is_observed_again():
    """After the end of the run, the same step is still asked for."""
    actions = [True, False]

    def stop_once():
        if actions.pop(0):
            raise Stopped

    scheduler = scheduler_of(FakeObserver(stop_once))
    with pytest.raises(Stopped):
        scheduler.run_due(NOTHING_WATCHED)
    scheduler.run_due(NOTHING_WATCHED, idle=True)
    assert actions == []


def test_where_nothing_is_trained_the_share_of_time_does_not_count():
    now, observed = [0.0], []
    observer = FakeObserver(lambda: (observed.append(now[0]), now.__setitem__(0, now[0] + 1.0)))
    observer.rate_limit = RateLimit(0.5, 0.01, lambda: now[0])
    scheduler = scheduler_of(observer)
    for number in range(3):  # each takes a second, a hundredth of a hundred
        observer.current_subject = number
        scheduler.run_due(NOTHING_WATCHED)
    observer.current_subject = 3
    scheduler.run_due(NOTHING_WATCHED)
    assert len(observed) == 2
    scheduler.run_due(NOTHING_WATCHED, idle=True)
    assert len(observed) == 3


def test_an_observer_that_takes_long_is_named_while_it_runs(monkeypatch):
    now, titles = [0.0], []
    monkeypatch.setattr(observer_scheduler.time, "monotonic", lambda: now[0])

    def wait():
        for seconds in (0.4, 0.2):
            now[0] += seconds
            titles.append(scheduler.busy)

    scheduler = scheduler_of(FakeObserver(wait))
    assert scheduler.busy == ""
    scheduler.run_due(NOTHING_WATCHED)
    assert titles == ["", "reference lines"]
    assert scheduler.busy == ""
