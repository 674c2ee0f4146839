"""What conditions are about, and what they compare."""

import pytest

from sslviz.core.conditions import Condition, Facts

CURVES = Facts(
    figures={"knn": 0.5, "loss": 2.0},
    references={("knn", "raw_input"): 0.4, ("loss", "chance"): 2.4},
    before={"knn": 0.3},
)
SET = Facts(settings={"colour": 0.5, "negatives": "same", "symmetric": False})


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        (Condition(state="paused"), Facts(state="paused")),
        (Condition(step=3), Facts(step=4)),
        (Condition(steps_later=30), Facts(steps_later=30)),
        (Condition(verdict="shortcut"), Facts(verdict="shortcut")),
        (Condition(figure="loss", below=2.5), CURVES),
        (Condition(figure="knn", above="raw_input"), CURVES),
        (Condition(figure="knn", above="before"), CURVES),
        (Condition(setting="colour", above=0.4, below=0.6), SET),
        (Condition(setting="negatives", equals="same"), SET),
        (Condition(setting="symmetric", equals=False), SET),
        (Condition(pinned=True), Facts(pinned=True)),
        (Condition(selected=2), Facts(selected=2)),
        (Condition(panel="few_labels"), Facts(panels=frozenset({"few_labels", "loss"}))),
        (Condition(runs_seen=2), Facts(runs_seen=2)),
    ],
)
def test_a_condition_holds_by_what_it_is_about_and_by_nothing_else(condition, facts):
    everything_else = Facts(
        "training", 2, 20, "learning", {"loss": 3.0, "knn": 0.3}, {}, {}, {"colour": 1.0}, selected=1, runs_seen=1
    )
    assert condition.holds(facts)
    assert not condition.holds(Facts())
    assert not condition.holds(everything_else)


def test_all_that_is_given_has_to_hold():
    condition = Condition(step=10, figure="knn", above="raw_input")
    assert condition.holds(CURVES._replace(step=10))
    assert not condition.holds(CURVES._replace(step=9))
    assert not condition.holds(CURVES._replace(step=10, references={}))


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        ({"figure": "loss", "below": "chance", "by": 0.3}, True),
        ({"figure": "loss", "below": "chance", "by": 0.5}, False),
        ({"figure": "knn", "above": "before", "by": 0.19}, True),
        ({"figure": "knn", "above": "before", "by": 0.21}, False),
        ({"figure": "loss", "below": "before", "by": 0.1}, False),
    ],
)
def test_by_is_the_distance_from_the_limit(limits, holds):
    assert Condition(**limits).holds(CURVES) is holds
