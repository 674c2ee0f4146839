"""Lessons: tours of a few steps through the window that follow what happens; files ``resources/lessons/NAME.toml``.

A file looks like this::

    title = "The colour shortcut"
    help = "Without changes of colour, the loss gets better and the network worse."
    preset = "shapes"
    minutes = 2
    end = "That was it: the views decide what is learned."

    [[step]]
    text = "Press [Train](train), and wait until [k-NN](health) is above that of the raw input."
    until = { figure = "knn", above = "raw_input" }
    means = "The network has learned more than there is in the pixels."

    [[step]]
    text = "What will the [loss](loss) do if both views of a picture keep its colours?"
    answer = [
        { word = "Rise", reply = "No: the task gets easier, since colours alone tell pictures apart." },
        { word = "Fall", reply = "Yes: colours alone tell pictures apart.", right = true },
    ]

The texts of a step are read with it on the screen: a word written ``[word](target)`` points at a part of the window, as
in the texts of presets. The last one is where the user acts or looks: its target is outlined.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from sslviz.core.conditions import Condition
from sslviz.core.resources import resources
from sslviz.core.settings import SettingError, Values

Text = Annotated[str, msgspec.Meta(min_length=1)]


class LessonError(SettingError):
    """A lesson cannot be used; the message names its file, the attribute ``file``, and says why."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__("lesson", text)
        self.file = file


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to the question of a step: the word of its button, what is replied to it, and whether it is right."""

    word: Text
    reply: Text
    right: bool = False


class LessonStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a lesson.

    Attributes:
        text: what to do or what to look at; or a question, if there are answers.
        until: the step is done when this holds for the run in view.
        means: what has been seen, shown once the step is done, until the user goes on; without it, the lesson goes on
            by itself.
        answers: a question is done when it is answered rightly.
        preset: from this step on, the lesson is about a run with this preset, which the user opens by a button.
        settings: values that such a run has instead of those of the preset.
    """

    text: Text
    until: Condition | None = None
    means: str = ""
    answers: tuple[Answer, ...] = msgspec.field(name="answer", default=())
    preset: str = ""
    settings: Values = {}

    def __post_init__(self) -> None:
        """Raise ValueError if the step cannot be done, or in two ways."""
        if (self.until is None) != bool(self.answers):
            raise ValueError("a step has either until or answers")
        if self.answers and not any(answer.right for answer in self.answers):
            raise ValueError("one of the answers has to be right")


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lesson: it begins with the settings of a preset or with recorded runs, and goes through its steps.

    Attributes:
        title: what it is about, as a menu says it.
        help: one sentence on what it shows.
        minutes: about how long it takes.
        end: the text after the last step.
        steps: what to do, one after the other.
        preset: the preset of the run that it begins with; empty if it is about recorded runs.
        settings: values that this run has instead of those of the preset.
        runs: names of the folders of recorded runs, beside the file; the lesson hides the verdicts on them until a
            question has been answered.
        order: lessons with a lower number come earlier in lists.
        path: the file.
    """

    title: Text
    help: Text
    minutes: int
    end: Text
    steps: Annotated[tuple[LessonStep, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="step")
    preset: str = ""
    settings: Values = {}
    runs: tuple[str, ...] = ()
    order: int = 100
    path: Path = Path()

    def __post_init__(self) -> None:
        """Raise ValueError if the lesson has nothing to begin with, or two things."""
        if bool(self.preset) == bool(self.runs):
            raise ValueError("a lesson begins either with a preset or with recorded runs")

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the recorded runs."""
        return tuple((self.path.parent / name).resolve() for name in self.runs)


def read_lesson(path: Path) -> Lesson:
    """Return the lesson in a file. Raises LessonError if the file holds no valid lesson."""
    try:
        lesson = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Lesson)
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise LessonError(f"The lesson {path.name} could not be read: {error}.", path.name) from error
    return msgspec.structs.replace(lesson, path=path)


def all_lessons() -> tuple[tuple[Lesson, ...], tuple[LessonError, ...]]:
    """Return the lessons that are installed with sslviz, in the order of the menu, and what is wrong with others."""
    lessons, errors = [], []
    for path in _paths():
        try:
            lessons.append(read_lesson(path))
        except LessonError as error:
            errors.append(error)
    return tuple(sorted(lessons, key=lambda lesson: (lesson.order, lesson.name))), tuple(errors)


def lesson_named(name: str) -> Lesson:
    """Return the lesson called ``name``.

    Raises:
        LessonError: There is no such lesson (the message lists the known names), or its file cannot be read.
    """
    path = next((path for path in _paths() if path.stem == name), None)
    if path is not None:
        return read_lesson(path)
    names = ", ".join(lesson.name for lesson in all_lessons()[0])
    raise LessonError(f"There is no lesson called {name!r}; there are {names}.", name)


def belongs_to_lesson(folder: Path) -> bool:
    """Return whether a run folder is installed with sslviz, as the recorded runs of lessons are."""
    return folder.resolve().is_relative_to(_folder())


def _paths() -> list[Path]:
    return sorted(_folder().glob("*.toml"))


def _folder() -> Path:
    return resources() / "lessons"
