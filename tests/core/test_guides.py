"""Guides: the files of sslviz, what conditions are about, and broken files."""

import pytest

from sslviz.core.guides import Condition, Facts, GuideError, guide_paths, read_guide
from sslviz.core.presets import preset_named

GOOD = 'title = "T"\npreset = "shapes"\nminutes = 1\nend = "Done."\n[[step]]\ntext = "Do."\nuntil = { step = 1 }\n'
CURVES = Facts(figures={"knn": 0.5, "loss": 2.0}, references={("knn", "raw_input"): 0.4})
SET = Facts(settings={"colour": 0.5, "negatives": "same", "symmetric": False})


def test_the_guides_of_sslviz_are_read():
    guides = {path.stem: read_guide(path) for path in guide_paths()}
    assert len(guides["first-run"].steps) == 5
    for guide in guides.values():
        assert preset_named(guide.preset)
        assert guide.minutes > 0


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        (Condition(state="paused"), Facts(state="paused")),
        (Condition(step=3), Facts(step=4)),
        (Condition(verdict="shortcut"), Facts(verdict="shortcut")),
        (Condition(figure="loss", below=2.5), CURVES),
        (Condition(figure="knn", above="raw_input"), CURVES),
        (Condition(setting="colour", above=0.4, below=0.6), SET),
        (Condition(setting="negatives", equals="same"), SET),
        (Condition(setting="symmetric", equals=False), SET),
        (Condition(pinned=True), Facts(pinned=True)),
        (Condition(selected=2), Facts(selected=2)),
        (Condition(panel="few_labels"), Facts(panels=frozenset({"few_labels", "loss"}))),
    ],
)
def test_a_condition_holds_by_what_it_is_about_and_by_nothing_else(condition, facts):
    everything_else = Facts("training", 2, "learning", {"loss": 3.0, "knn": 0.3}, {}, {"colour": 1.0}, selected=1)
    assert condition.holds(facts)
    assert not condition.holds(Facts())
    assert not condition.holds(everything_else)


def test_all_that_is_given_has_to_hold():
    condition = Condition(step=10, figure="knn", above="raw_input")
    assert condition.holds(CURVES._replace(step=10))
    assert not condition.holds(CURVES._replace(step=9))
    assert not condition.holds(CURVES._replace(step=10, references={}))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("= nonsense", "Invalid"),
        (GOOD.replace("title", "tilte"), "tilte"),
        (GOOD.replace("preset", "#"), "preset"),
        (GOOD.split("[[", maxsplit=1)[0], "step"),
        (GOOD.replace("Do.", ""), "text"),
        (GOOD.replace("step = 1", "stpe = 1"), "stpe"),
        (GOOD.replace("step = 1", 'state = "sleeping"'), "sleeping"),
        (GOOD.replace("step = 1", ""), "says nothing"),
        (GOOD.replace("step = 1", 'figure = "knn"'), "needs above, below or equals"),
        (GOOD.replace("step = 1", "above = 1"), "need a figure or a setting"),
        (GOOD.replace("step = 1", 'setting = "a", figure = "b", above = 1'), "not both"),
        (GOOD.replace("step = 1", 'setting = "a", above = "raw_input"'), "are numbers"),
        (GOOD.replace("step = 1", 'figure = "knn", above = "raw"'), "raw"),
        (GOOD.replace("step = 1", 'figure = "knn", equals = 0.5'), "above and below only"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_reason(tmp_path, text, problem):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(GuideError, match=rf"(?s)The guide mine.toml could not be read: .*{problem}"):
        read_guide(path)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(GuideError, match=r"The guide mine.toml could not be read"):
        read_guide(tmp_path / "mine.toml")
