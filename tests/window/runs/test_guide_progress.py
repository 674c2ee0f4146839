"""The steps of a guide: each goes on by what happens in its run, and by nothing else."""

import msgspec
import pytest
from window_fakes import mark, probe, scalars

from sslviz.core.guides import Condition, GuideStep, guide_path, read_guide
from sslviz.core.messages import References, State
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.runs import guide_progress
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.guide_progress import GuideProgress

RAW = References(lines=(ReferenceLine(curve="knn", label="raw input", value=0.5, role="raw_input"),))


@pytest.fixture
def progress(stage, qapp, monkeypatch):
    """The guide of the first run, at its first step; nothing is waited for."""
    monkeypatch.setattr(guide_progress, "LEAST_MS", 0)
    monkeypatch.setattr(guide_progress, "LOOK_MS", 0)
    stage.introduce()
    stage.session.choose_preset("shapes")
    made = GuideProgress(stage.session, read_guide(guide_path("first-run")), frozenset)
    made.endings = []
    made.broken_off.connect(made.endings.append)
    yield made
    made.stop()


@pytest.fixture
def looked(progress, qtbot):
    """A function that lets the guide look at its run some times, and returns the number of the step after it."""

    def look():
        qtbot.wait(30)
        return progress.index + 1

    return look


def test_the_guide_of_the_first_run_follows_what_happens(stage, progress, looked):
    assert looked() == 1
    stage.begin()
    stage.tell(probe([0, 1, 2]), RAW, Health(step=0, figures={"knn": 0.4}))
    assert looked() == 1
    stage.tell(scalars([1], loss=[6.0]))
    assert looked() == 2
    stage.tell(Health(step=20, figures={"knn": 0.74}))
    assert looked() == 2
    stage.tell(Health(step=40, figures={"knn": 0.76}))
    assert looked() == 3
    stage.session.pin(1)
    assert looked() == 4
    stage.tell(mark("colour", 1.0, 0.5, 60))
    assert looked() == 4
    stage.tell(mark("colour", 0.5, 0.0, 61))
    assert looked() == 5
    stage.tell(mark("colour", 0.0, 1.0, 90))
    assert looked() == 6
    assert progress.step is None
    assert progress.endings == []


def test_a_step_is_shown_for_a_while_even_if_it_is_done_already(stage, progress, looked, qtbot, monkeypatch):
    monkeypatch.setattr(guide_progress, "LEAST_MS", 200)
    progress.go_on()
    stage.begin()
    stage.tell(RAW, Health(step=40, figures={"knn": 0.76}))
    assert looked() == 2
    qtbot.waitUntil(lambda: progress.index == 2)


def test_it_does_not_look_at_another_run(stage, progress, looked):
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    stage.tell(scalars([1, 2], loss=[6.0, 5.0]))
    assert looked() == 1
    assert not progress.in_view
    stage.engines[0].tell(scalars([1], loss=[6.0]))
    stage.session.pull()
    assert looked() == 1
    stage.session.runs.choose(next(iter(stage.session.runs)))
    assert looked() == 2


def test_conditions_read_what_the_run_has(stage, progress):
    stage.begin()
    stage.tell(probe([0, 1, 2]), RAW, scalars([1, 2], loss=[6.0, 5.0]), Health(step=2, figures={"knn": 0.4}))
    stage.session.pin(1)
    stage.session.select(Selected(indices=(0, 2)))
    facts = guide_progress.facts_of(stage.session.run)
    assert (facts.state, facts.step, facts.verdict) == ("training", 2, None)
    assert facts.figures["knn"] == 0.4
    assert 5 < facts.figures["loss"] < 6, "smoothed"
    assert facts.references == {("knn", "raw_input"): 0.5}
    assert facts.settings["colour"] == 1.0
    assert (facts.pinned, facts.selected) == (True, 2)


def end(stage):
    stage.tell(State(state="stopped", step=3))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (end, "has ended"),
        (lambda stage: stage.session.reset(), "was closed or reset"),
        (lambda stage: stage.session.choose_preset("digits"), "has another preset now"),
        (lambda stage: stage.session.set_value("objective", "masked"), "has another preset now"),
    ],
)
def test_it_says_why_it_cannot_go_on(stage, progress, looked, happens, reason):
    if reason != "has another preset now":
        stage.begin()
    happens(stage)
    looked()
    assert progress.endings == [f"The guide has ended, because its run {reason}. Help begins it again."]


def test_the_end_of_the_run_may_be_what_a_step_waits_for(stage, progress, looked):
    last = GuideStep(text="Press Stop.", until=Condition(state="stopped"))
    progress.guide = msgspec.structs.replace(progress.guide, steps=(last,))
    stage.begin()
    end(stage)
    looked()
    assert (progress.step, progress.endings) == (None, [])
