"""The list of runs: which runs leave it when it is too long."""

import pytest

from sslviz.core.messages import State


@pytest.fixture
def crowded(stage, monkeypatch):
    """Three runs in a list that is to hold two: the first two train, the third, the current one, has not started."""
    monkeypatch.setattr("sslviz.window.runs.run_list.MOST_RUNS", 2)
    for _ in range(2):
        stage.introduce()
        stage.begin()
        stage.session.runs.new()
    stage.introduce()
    return stage


def end(stage, index, state="stopped"):
    """Let the engine of a run report that the run has ended before its first step."""
    stage.engines[index].tell(State(state=state))
    stage.session.pull()


def test_another_run_leaves_where_the_current_one_is_the_oldest(crowded):
    runs = crowded.session.runs
    first, second, third = runs
    end(crowded, 0)
    end(crowded, 1)
    runs.choose(first)
    assert list(runs) == [first, third]
    assert second in runs.retired


def test_a_run_that_is_taken_off_a_long_list_costs_no_other(crowded):
    runs = crowded.session.runs
    first, second, third = runs
    end(crowded, 0)
    runs.remove(third)
    assert list(runs) == [first, second]


def test_a_run_that_is_put_aside_may_have_left_the_list_already(crowded):
    runs = crowded.session.runs
    first, second, third = runs
    runs.remove(second)
    end(crowded, 0, "failed")
    runs.choose(first)
    crowded.session.reset()
    assert list(runs) == [runs.current, third]
    assert runs.retired.count(first) == 1
