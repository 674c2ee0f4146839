"""The steps of a lesson: each is done by what happens in a run that it is about, and by nothing else."""

import pytest
from window_fakes import mark, probe, scalars

from sslviz.core.conditions import Condition
from sslviz.core.lessons import Answer, Lesson, LessonStep, lesson_named
from sslviz.core.messages import Diagnosis, References, State
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.runs import lesson_progress
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.lesson_progress import LessonProgress

RAW = References(lines=(ReferenceLine(curve="knn", label="raw input", value=0.5, role="raw_input"),))
LEARNING = Diagnosis(step=9, verdict="learning", title="Learning", text="", evidence=())


@pytest.fixture
def progress(stage, qapp, monkeypatch):
    """The lesson of the first run, at its first step; nothing is waited for."""
    monkeypatch.setattr(lesson_progress, "LEAST_MS", 0)
    monkeypatch.setattr(lesson_progress, "LOOK_MS", 0)
    stage.introduce()
    made = LessonProgress(stage.session, lesson_named("first-run"), frozenset)
    made.open_new()
    yield made
    made.stop()


@pytest.fixture
def looked(progress, qtbot):
    """A function that lets the lesson look at the run in view, and returns the number of the step after it."""

    def look():
        qtbot.wait(30)
        return progress.index + 1

    return look


def test_the_lesson_of_the_first_run_follows_what_happens(stage, progress, looked):
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


def test_a_step_is_shown_for_a_while_even_if_it_is_done_already(stage, progress, looked, qtbot, monkeypatch):
    monkeypatch.setattr(lesson_progress, "LEAST_MS", 200)
    progress.go_on()
    stage.begin()
    stage.tell(RAW, Health(step=40, figures={"knn": 0.76}))
    assert looked() == 2
    qtbot.waitUntil(lambda: progress.index == 2)


def test_it_does_not_look_at_a_run_with_another_preset(stage, progress, looked):
    stage.session.choose_preset("digits")
    stage.begin()
    stage.tell(scalars([1, 2], loss=[6.0, 5.0]))
    assert looked() == 1
    assert not progress.in_view
    progress.open_run()
    assert progress.in_view
    assert stage.session.preset.name == "shapes"
    stage.introduce()
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    assert looked() == 2


def test_it_goes_on_in_another_run_with_its_preset(stage, progress, looked):
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    assert looked() == 2
    stage.session.reset()
    stage.introduce()
    assert progress.in_view
    stage.begin()
    stage.tell(RAW, Health(step=20, figures={"knn": 0.8}))
    assert looked() == 3


def test_conditions_read_what_the_run_has(stage, progress):
    stage.begin()
    stage.tell(probe([0, 1, 2]), RAW, scalars([1, 2], loss=[6.0, 5.0]), Health(step=2, figures={"knn": 0.4}))
    stage.session.pin(1)
    stage.session.select(Selected(indices=(0, 2)))
    facts = lesson_progress.facts_of(stage.session.run)
    assert (facts.state, facts.step, facts.verdict) == ("training", 2, None)
    assert facts.figures["knn"] == 0.4
    assert 5 < facts.figures["loss"] < 6, "smoothed"
    assert facts.references == {("knn", "raw_input"): 0.5}
    assert facts.settings["colour"] == 1.0
    assert (facts.pinned, facts.selected) == (True, 2)


def lesson(*steps, **more):
    facts = {"title": "T", "help": "H.", "minutes": 1, "end": "E", "preset": "shapes", **more}
    return Lesson(steps=steps, **facts)


def test_what_it_means_stays_until_one_goes_on(stage, progress, looked):
    again = LessonStep(text="And again.", until=Condition(figure="loss", below="before", by=1.0))
    progress.lesson = lesson(LessonStep(text="Train.", until=Condition(step=1), means="It trains."), again)
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    assert (looked(), progress.done) == (1, True)
    progress.go_on()
    assert (looked(), progress.done) == (2, False)
    stage.tell(scalars(range(2, 200), loss=[5.1] * 198))
    assert (looked(), progress.done) == (2, False)
    stage.tell(scalars(range(200, 600), loss=[4.0] * 400))
    assert looked() == 3


def test_who_goes_back_is_not_sent_forward_again(stage, progress, looked):
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    assert looked() == 2
    progress.go_back()
    assert (looked(), progress.done) == (1, True)
    progress.go_on()
    assert looked() == 2


def test_steps_are_counted_from_the_beginning_of_the_step(stage, progress, looked):
    wait = LessonStep(text="Wait.", until=Condition(steps_later=50))
    progress.lesson = lesson(LessonStep(text="Train.", until=Condition(step=1)), wait)
    stage.begin()
    stage.tell(scalars(range(1, 101), loss=[6.0] * 100))
    assert looked() == 2
    stage.tell(scalars(range(101, 151), loss=[6.0] * 50))
    assert looked() == 3


def test_a_question_is_done_by_the_right_answer(progress, looked):
    wrong, right = Answer(word="No", reply="Think."), Answer(word="Yes", reply="Right.", right=True)
    progress.lesson = lesson(LessonStep(text="Is it?", answers=(wrong, right)))
    progress.give_answer(wrong)
    assert (looked(), progress.done, progress.answer) == (1, False, wrong)
    progress.give_answer(right)
    assert (looked(), progress.done, progress.answer) == (1, True, right)
    progress.go_on()
    assert progress.answer is None


def test_a_step_about_another_preset_opens_it_beside_the_run(stage, progress, looked):
    other = LessonStep(text="Train.", until=Condition(step=1), preset="digits", settings={"batch_size": 32})
    progress.lesson = lesson(LessonStep(text="Train.", until=Condition(step=1)), other)
    stage.begin()
    first = stage.session.current
    stage.tell(scalars([1], loss=[6.0]))
    assert looked() == 2
    assert not progress.in_view
    progress.open_run()
    stage.introduce()
    assert progress.in_view
    assert (stage.session.preset.name, stage.session.values["batch_size"]) == ("digits", 32)
    assert first in stage.session.runs
    stage.session.set_value("batch_size", 64)
    assert not progress.in_view


def test_the_verdicts_on_recorded_runs_are_hidden_until_the_answer(stage, tmp_path, looked, progress):
    names = ("a", "b")
    for name in names:
        (tmp_path / name).mkdir()
    right = Answer(word="B", reply="Right.", right=True)
    steps = (
        LessonStep(text="Look at both.", until=Condition(runs_seen=2)),
        LessonStep(text="Which one?", answers=(right,)),
    )
    progress.lesson = lesson(*steps, preset="", runs=names, path=tmp_path / "mine.toml")
    assert not progress.in_view
    progress.open_run()
    assert stage.session.run.folder == tmp_path / "a"
    stage.session.run.take(LEARNING)
    assert stage.session.run.diagnosis is None
    assert looked() == 1
    stage.session.runs.choose_next(1)
    assert stage.session.run.folder == tmp_path / "b"
    assert looked() == 2
    stage.session.runs.remove(stage.session.current)
    stage.session.runs.open(tmp_path / "b")
    stage.introduce()
    stage.tell(State(state="preparing"), LEARNING, State(state="recorded", step=9))
    assert stage.session.run.diagnosis is None, "the user closed it and opened it by hand"
    progress.give_answer(right)
    assert stage.session.run.verdict == "learning"


def test_the_settings_of_a_lesson_do_not_count_as_differences_from_its_preset(stage, progress):
    progress.lesson = lesson(
        LessonStep(text="Train.", until=Condition(step=1), preset="digits", settings={"batch_size": 32})
    )
    progress.open_new()
    assert progress.in_view
    assert stage.session.values["batch_size"] == 32
    assert stage.session.current.config.differences() == ()
