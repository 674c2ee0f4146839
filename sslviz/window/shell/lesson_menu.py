"""The menu Lessons: all lessons by their titles, and the keys that go through the steps of one."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from sslviz.core.counts import counted
from sslviz.core.lessons import Lesson, LessonError, all_lessons
from sslviz.window.shell.menu_entries import add_entry
from sslviz.window.shell.workbench import Workbench


def fill_lessons(menu: QMenu, window: Workbench) -> None:
    """Fill the menu of the lessons of a window.

    This reads all files, which takes time; so it is done after the window was painted for the first time.
    """
    lessons, errors = all_lessons()
    for lesson in lessons:
        _add_lesson(menu, window, lesson)
    for error in errors:
        _add_wrong(menu, window, error)
    menu.addSeparator()
    row = window.lesson
    for text, tip, keys, act in (
        ("&Next step", "Go on with the next step of the lesson, done or not", "F3", row.go_on),
        ("Step &back", "Go back to the step before", "Shift+F3", row.go_back),
        ("&Leave the lesson", "Show what the preset asks again; the runs go on", "", row.close_lesson),
    ):
        action = add_entry(menu, text, tip, act)
        action.setShortcut(keys)
        action.setEnabled(row.active)
        row.wanted.connect(action.setEnabled)


def _add_lesson(menu: QMenu, window: Workbench, lesson: Lesson) -> None:
    tip = f"{lesson.help} {counted(lesson.minutes, 'minute')}"
    add_entry(menu, lesson.title.replace("&", "&&"), tip, lambda: window.begin_lesson(lesson.name))


def _add_wrong(menu: QMenu, window: Workbench, error: LessonError) -> None:
    """Add an entry for a file that holds no lesson; it tells why."""
    tip = "Something is wrong in this file: choose it to see what"
    add_entry(menu, error.file.replace("&", "&&"), tip, lambda: window.messages.say(str(error), "refused"))
