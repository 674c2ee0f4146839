"""Each lesson from start to end: what happened in real trainings brings it from step to step, and nothing earlier.

The traces are recorded by ``tests/engine/record_lessons.py``, which explains their events.
"""

import json
from pathlib import Path

import pytest
from window_fakes import mark, prepared, probe, scalars

from sslviz.core.lessons import all_lessons, lesson_named
from sslviz.core.messages import References, State
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.runs.lesson_progress import LessonProgress

TRACES = Path(__file__).parents[1] / "lesson_traces"
AT_FIRST = frozenset({"settings", "latent_map", "loss", "views", "similarity", "health"})


class Pupil:
    """Does what a lesson says, as recorded; ``done`` lists the numbers of the events by which a step was done."""

    def __init__(self, stage, lesson, catalogue):
        self.stage, self.lesson, self.catalogue = stage, lesson, catalogue
        self.panels, self.done, self.step = set(AT_FIRST), [], 0
        self.progress = LessonProgress(stage.session, lesson, lambda: frozenset(self.panels))
        self.progress._timer.stop()
        stage.introduce(catalogue)

    def follow(self, trace):
        for number, (kind, *event) in enumerate(trace):
            getattr(self, f"_{kind}")(*event)
            self.look(number)
        self.progress.stop()

    def look(self, number):
        """Let the lesson look at the run, and go on at most one step: the next one must not be done yet."""
        before = self.progress.index
        self.progress._look()
        self.progress._timer.stop()
        if self.progress.done:
            self.progress.go_on()
        if self.progress.index > before:
            self.done.append(number)
            self.progress._look()
            self.progress._timer.stop()
            assert (self.progress.index, self.progress.done) == (before + 1, False), "done before it began"

    def _open(self, preset, settings):
        if self.step:
            assert not self.progress.in_view, "the run before is not the one that the step is about"
            self.progress.open_run()
        else:
            self.progress.open_new()
        session = self.stage.session
        assert session.preset.name == preset
        assert {key: session.values[key] for key in settings} == settings
        if self.step:
            self.stage.introduce(self.catalogue)
        session.train()
        session.pull()
        self.stage.engine.farewell = State(state="stopped", text="Stopped.", saved=True)
        self.stage.tell(State(state="preparing"), prepared(**session.values), State(state="training"), probe([0, 1]))

    def _lines(self, lines):
        made = (ReferenceLine(curve=curve, label=role, role=role, value=value) for curve, role, value in lines)
        self.stage.tell(References(lines=tuple(made)))

    def _train(self, first, last, terms, figures):
        steps, self.step = range(first, last + 1), last
        self.stage.tell(scalars(steps, **terms), Health(step=last, figures=figures))

    def _set(self, key, before, after):
        self.stage.tell(mark(key, before, after, self.step))

    def _answer(self, word):
        answers = {answer.word: answer for answer in self.progress.step.answers}
        self.progress.give_answer(answers[word])

    def _show(self, panel):
        self.panels.add(panel)

    def _pin(self):
        self.stage.session.pin(1)


def read_trace(name):
    return [json.loads(line) for line in (TRACES / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def catalogue():
    return build_catalogue()


@pytest.mark.parametrize("name", [lesson.name for lesson in all_lessons()[0] if lesson.preset])
def test_what_happens_brings_a_lesson_to_its_end(stage, name, catalogue):
    lesson, trace = lesson_named(name), read_trace(name)
    pupil = Pupil(stage, lesson, catalogue)
    pupil.follow(trace)
    assert pupil.progress.step is None, f"it waits in step {pupil.progress.index + 1}"
    assert pupil.done == sorted(set(pupil.done)), "two steps at once"
    for step, number in zip(lesson.steps, pupil.done, strict=True):
        if step.answers:
            assert trace[number][0] == "answer"
        elif step.until.setting and not step.until.figure:
            assert trace[number][:2] == ["set", step.until.setting]
        elif step.until.panel:
            assert trace[number] == ["show", step.until.panel]
        elif step.until.figure or step.until.step or step.until.steps_later:
            assert trace[number][0] == "train"


def test_the_lesson_on_four_recorded_runs_is_gone_through_to_its_end(stage, catalogue):
    pupil = Pupil(stage, lesson_named("which-collapsed"), catalogue)
    progress, runs = pupil.progress, stage.session.runs
    progress.open_new()
    for number in range(3):
        pupil.look(number)
        assert progress.index == 0, "not all four runs were seen"
        runs.choose_next(1)
    pupil.look(3)
    pupil._answer("A")
    pupil.look(4)
    assert progress.index == 1, "the answer was wrong"
    pupil._answer("C")
    pupil.look(5)
    pupil.look(6)
    pupil._show("diagnosis")
    pupil.look(7)
    assert pupil.done == [3, 5, 7]
    assert progress.step is None
    progress.stop()
