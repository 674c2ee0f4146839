"""Lessons: the files of sslviz, broken files, and names."""

import pytest

from sslviz.core import lessons
from sslviz.core.lessons import LessonError, all_lessons, lesson_named, read_lesson
from sslviz.core.presets import preset_named

GOOD = """title = "T"
help = "About it."
preset = "shapes"
minutes = 1
end = "Done."
[[step]]
text = "Do."
until = { step = 1 }
"""
ANSWER = '{ word = "Yes", reply = "Right.", right = true }'


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A file of a lesson among those of sslviz, in a temporary place."""
    monkeypatch.setattr(lessons, "resources", lambda: tmp_path)
    (tmp_path / "lessons").mkdir()
    path = tmp_path / "lessons" / "mine.toml"
    path.write_text(GOOD)
    return path


def test_the_lessons_of_sslviz_are_read():
    found, errors = all_lessons()
    assert errors == ()
    assert found[0].name == "first-run"
    assert len({lesson.title for lesson in found}) == len(found)
    for lesson in found:
        assert lesson.minutes > 0
        assert not lesson.preset or preset_named(lesson.preset)
        assert all(folder.is_dir() for folder in lesson.folders)


def test_a_file_is_a_lesson_by_its_name(mine):
    assert lesson_named("mine").title == "T"
    assert [lesson.name for lesson in all_lessons()[0]] == ["mine"]
    with pytest.raises(LessonError, match="There is no lesson called 'yours'; there are mine"):
        lesson_named("yours")


def test_a_wrong_file_is_left_out_and_told(mine):
    mine.with_name("broken.toml").write_text("= nonsense")
    found, errors = all_lessons()
    assert [lesson.name for lesson in found] == ["mine"]
    assert [error.file for error in errors] == ["broken.toml"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("= nonsense", "Invalid"),
        (GOOD.replace("title", "tilte"), "tilte"),
        (GOOD.replace("preset", "#"), "either with a preset or with recorded runs"),
        (GOOD.replace("preset", 'runs = ["a"]\npreset'), "either with a preset or with recorded runs"),
        (GOOD.split("[[", maxsplit=1)[0], "step"),
        (GOOD.replace("Do.", ""), "text"),
        (GOOD.replace("until = { step = 1 }", ""), "either until or answers"),
        (GOOD + f"answer = [{ANSWER}]", "either until or answers"),
        (GOOD.replace("until = { step = 1 }", f"answer = [{ANSWER}]").replace("true", "false"), "has to be right"),
        (GOOD.replace("step = 1", "stpe = 1"), "stpe"),
        (GOOD.replace("step = 1", 'state = "sleeping"'), "sleeping"),
        (GOOD.replace("step = 1", ""), "says nothing"),
        (GOOD.replace("step = 1", 'figure = "knn"'), "needs above, below or equals"),
        (GOOD.replace("step = 1", "above = 1"), "need a figure or a setting"),
        (GOOD.replace("step = 1", "step = 1, by = 1"), "by needs above or below"),
        (GOOD.replace("step = 1", 'setting = "a", figure = "b", above = 1'), "not both"),
        (GOOD.replace("step = 1", 'setting = "a", above = "raw_input"'), "are numbers"),
        (GOOD.replace("step = 1", 'figure = "knn", above = "raw"'), "raw"),
        (GOOD.replace("step = 1", 'figure = "knn", equals = 0.5'), "above and below only"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_reason(tmp_path, text, problem):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(LessonError, match=rf"(?s)The lesson mine.toml could not be read: .*{problem}"):
        read_lesson(path)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(LessonError, match=r"The lesson mine.toml could not be read"):
        read_lesson(tmp_path / "mine.toml")
