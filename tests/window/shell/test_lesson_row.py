"""Lessons in the window: how one is offered, begun, followed and left, and what it outlines."""

import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
from window_fakes import move_mouse, scalars

from sslviz import cli
from sslviz.core import lessons
from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.lessons import all_lessons, lesson_named, read_lesson
from sslviz.core.presets import preset_named
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.runs import lesson_progress
from sslviz.window.shell import launch
from sslviz.window.shell.keys_help import name_of
from sslviz.window.shell.lesson_menu import fill_lessons
from sslviz.window.shell.preferences import Preferences, PreferencesFile
from sslviz.window.shell.spotlight import MARGINS
from sslviz.window.shell.window_state import WindowState
from sslviz.window.style.linked_text import plain, targets
from sslviz.window.style.theme import theme

FIRST = lesson_named("first-run")
LONGEST = 200
"""Length of a text that fits into two lines of the narrowest window."""


@pytest.fixture
def row(window, qtbot, monkeypatch):
    """The row of the lesson in a window that has the focus; no step waits, and the mouse points at no word."""
    monkeypatch.setattr(lesson_progress, "LEAST_MS", 0)
    monkeypatch.setattr(lesson_progress, "LOOK_MS", 0)
    window.activateWindow()
    window.setFocus()
    qtbot.waitUntil(window.lead.isVisible)
    move_mouse(window.status, window.status.rect().center())
    return window.lesson


@pytest.fixture
def own_lessons(tmp_path, monkeypatch):
    """The folder in which lessons are looked for: an empty one in a temporary place."""
    monkeypatch.setattr(lessons, "resources", lambda: tmp_path)
    (tmp_path / "lessons").mkdir()
    return tmp_path / "lessons"


def begin(window):
    """Begin the lesson of the first run by its menu entry."""
    (entry,) = [each for each in window.lessons_menu.actions() if each.text() == "The first run"]
    entry.trigger()


def shown(row):
    """Return what the row says; None if it is not in view."""
    return row.text.accessibleName() if row.isVisible() else None


def outlined(window):
    return window.spotlight.geometry() if window.spotlight.isVisible() else None


def place(widget, window):
    rectangle = widget.rect()
    rectangle.moveTopLeft(widget.mapTo(window, QPoint()))
    return rectangle


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


# ----------------------------------------------------------------- the lessons of sslviz


@pytest.mark.parametrize("lesson", all_lessons()[0], ids=lambda lesson: lesson.name)
def test_each_lesson_speaks_of_what_there_is(window, lesson):
    catalogue = build_catalogue()
    preset, changes = lesson.preset, lesson.settings
    assert len(lesson.title) <= 40
    for step in lesson.steps:
        if step.preset:
            preset, changes = step.preset, step.settings
        values = resolve_values(catalogue, {**preset_named(preset).settings, **changes}) if preset else {}
        settings = {setting.key for setting in settings_for(catalogue, values)} if preset else set()
        for text in (step.text, step.means, lesson.end, *(answer.reply for answer in step.answers)):
            assert len(plain(text)) <= LONGEST
            for target in targets(text):
                name, _, key = target.partition(":")
                assert window.spotlight.knows(target)
                assert name != "settings" or key in settings
        assert step.until is None or step.until.setting in {"", *settings}
        assert step.preset or targets(step.text)


# ----------------------------------------------------------------- following it


def test_it_is_begun_by_the_menu_and_goes_on_by_what_happens(window, row, stage, qtbot):
    begin(window)
    qtbot.waitUntil(row.isVisible)
    assert shown(row) == f"Lesson 1 of 5: {plain(FIRST.steps[0].text)}"
    assert not window.lead.isVisible()
    assert not window.lead.button.isVisible()
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: shown(row) == f"Lesson 2 of 5: {plain(FIRST.steps[1].text)}")


def test_where_one_acts_stays_outlined_while_one_points_at_nothing_else(window, row, qtbot):
    begin(window)
    train = place(window.controls.train, window) + MARGINS
    assert outlined(window) == train
    row.text.setFocus(Qt.FocusReason.TabFocusReason)
    assert outlined(window) == place(window.docks["latent_map"], window)
    window.setFocus()
    assert outlined(window) == train
    press(qtbot, row.go)
    assert outlined(window) == place(window.docks["health"], window)
    window.resize(1400, 900)
    qtbot.waitUntil(lambda: outlined(window) == place(window.docks["health"], window))
    press(qtbot, row.leave)
    assert outlined(window) is None


def test_the_next_step_outlines_its_own_place_though_one_pointed_at_a_word_before(window, row, qtbot):
    begin(window)
    row.text.setFocus(Qt.FocusReason.TabFocusReason)
    assert outlined(window) == place(window.docks["latent_map"], window)
    press(qtbot, row.go)
    assert outlined(window) == place(window.docks["health"], window)


def test_it_is_skipped_through_and_closed_by_keys_alone(window, row, qtbot):
    begin(window)
    row.go.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in FIRST.steps:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert shown(row) == f"Lesson: {plain(FIRST.end)}"
    assert QApplication.focusWidget() is row.leave
    qtbot.keyClick(row.leave, Qt.Key.Key_Space)
    assert shown(row) is None
    assert window.lead.isVisible()


@pytest.mark.parametrize("step", range(5))
def test_it_is_left_at_any_step(window, row, qtbot, step):
    begin(window)
    for _ in range(step):
        press(qtbot, row.go)
    press(qtbot, row.leave)
    qtbot.wait(20)
    assert shown(row) is None
    assert window.lead.isVisible()


def test_it_takes_neither_focus_nor_mouse(window, row, stage, qtbot):
    field = window.form.fields["temperature"].slider
    field.setFocus()
    begin(window)
    field = window.form.fields["temperature"].slider
    field.setFocus()
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: "2 of 5" in shown(row))
    assert QApplication.focusWidget() is field
    assert QApplication.activePopupWidget() is None
    assert QApplication.mouseButtons() == Qt.MouseButton.NoButton


def test_a_word_leads_to_a_button_and_does_not_press_it(window, row, stage, qtbot):
    begin(window)
    row.text.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(row.text, Qt.Key.Key_Right)
    qtbot.keyClick(row.text, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is window.controls.train
    assert not stage.session.running


def test_while_another_run_is_in_view_it_leads_back(window, row, stage, qtbot):
    begin(window)
    stage.begin()
    window.choose_preset("digits")
    window.messages.dismiss()
    assert shown(row) == "Lesson 1 of 5: This lesson is about Coloured shapes, and another run is in view."
    assert outlined(window) is None
    assert row.go.text() == "Back to it"
    press(qtbot, row.go)
    assert "1 of 5: On the map" in shown(row)
    assert row.go.text() == "Next"


def test_beside_a_run_that_trains_it_begins_another(window, row, stage, qtbot):
    stage.begin()
    begin(window)
    assert len(stage.session.runs) == 2
    window.messages.dismiss()
    qtbot.waitUntil(lambda: "1 of 5" in shown(row))


def test_keys_go_on_and_back_and_do_nothing_without_a_lesson(window, row, qtbot):
    entries = {entry.text(): entry for entry in window.lessons_menu.actions()}
    assert not entries["&Next step"].isEnabled()
    begin(window)
    qtbot.keyClick(window, Qt.Key.Key_F3)
    assert "2 of 5" in shown(row)
    qtbot.keyClick(window, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert "1 of 5" in shown(row)
    entries["&Leave the lesson"].trigger()
    assert shown(row) is None
    assert not entries["&Next step"].isEnabled()


def test_a_question_is_answered_by_buttons_until_it_is_right(window, row, qtbot):
    window.lesson.begin(lesson_named("chance-line"))
    first = lesson_named("chance-line").steps[0]
    by_word = {button.text(): button for button in row.answers.buttons}
    wrong, right = (next(each for each in first.answers if each.right is right) for right in (False, True))
    press(qtbot, by_word[wrong.word])
    assert shown(row) == f"Lesson 1 of 5: {plain(wrong.reply)}"
    press(qtbot, by_word[right.word])
    assert shown(row) == f"✓ Lesson 1 of 5: {plain(right.reply)}"
    assert not row.answers.isVisible()
    press(qtbot, row.go)
    assert "Lesson 2 of 5" in shown(row)


def test_after_the_right_answer_the_keys_go_on(window, row, qtbot):
    lesson = lesson_named("which-collapsed")
    window.lesson.begin(lesson)
    window.lesson.go_on()
    right = next(each.word for each in lesson.steps[1].answers if each.right)
    press(qtbot, next(each for each in row.answers.buttons if each.text() == right))
    assert row.go.hasFocus()
    qtbot.keyClick(row.go, Qt.Key.Key_Space)
    assert "Lesson 3 of 3" in shown(row)


@pytest.mark.parametrize("size", [(1280, 720), (960, 600)])
def test_no_text_is_cut_and_no_panel_moves_from_step_to_step(window, row, qtbot, size):
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size().toTuple() == size)
    window.lead.fold(on=False)
    qtbot.wait(50)
    before = window.docks["loss"].geometry()
    begin(window)
    qtbot.waitUntil(row.isVisible)
    for _ in FIRST.steps:
        qtbot.wait(20)
        assert window.docks["loss"].geometry() == before
        assert row.text.height() >= row.text.heightForWidth(row.text.width())
        for button in (row.go, row.leave):
            assert button.width() >= button.sizeHint().width()
        press(qtbot, row.go)


def test_in_a_low_window_it_is_shown_too(window, row, qtbot):
    window.resize(1280, 600)
    qtbot.waitUntil(lambda: not window.lead.isVisible())
    begin(window)
    qtbot.waitUntil(row.isVisible)
    press(qtbot, row.leave)
    assert not window.lead.isVisible()


@pytest.mark.parametrize("percent", [115, 150])
def test_a_larger_text_is_not_cut(window, row, qtbot, percent):
    begin(window)
    press(qtbot, row.go)
    qtbot.waitUntil(row.isVisible)
    theme().set_text(percent)
    qtbot.wait(50)
    for _ in range(4):
        assert row.height() >= row.text.height() >= row.text.heightForWidth(row.text.width())
        assert window.headline.verdict.mapTo(window, QPoint()).y() + window.headline.verdict.height() <= (
            row.mapTo(window, QPoint()).y()
        )
        press(qtbot, row.go)
        qtbot.wait(20)


# ----------------------------------------------------------------- files that are wrong


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("(train)", "(trian)", "points at “trian”, which is no part of the window"),
        ('preset = "shapes"', 'preset = "shape"', "cannot begin: There is no preset called 'shape'"),
        ('preset = "shapes"', 'runs = ["gone"]', "cannot begin: there is no run in"),
    ],
)
def test_a_lesson_that_cannot_begin_says_why(window, row, tmp_path, before, after, problem):
    path = tmp_path / "mine.toml"
    path.write_text(FIRST.path.read_text().replace(before, after))
    row.begin(read_lesson(path))
    assert f"The lesson mine.toml {problem}" in window.messages.text
    assert not row.isVisible()


def test_one_file_adds_a_lesson_to_the_menu_and_to_the_command_line(window, row, own_lessons, capsys, monkeypatch):
    (own_lessons / "mine.toml").write_text(FIRST.path.read_text().replace("The first run", "Sun & moon"))
    (own_lessons / "broken.toml").write_text("= nonsense")
    menu = QMenu()
    fill_lessons(menu, window)
    mine, broken = menu.actions()[:2]
    assert [name_of(each) for each in (mine, broken)] == ["Sun & moon", "broken.toml"]
    broken.trigger()
    assert "The lesson broken.toml could not be read" in window.messages.text
    window.messages.dismiss()
    mine.trigger()
    assert "Lesson 1 of 5" in shown(row)
    late = QMenu()
    fill_lessons(late, window)
    assert all(each.isEnabled() for each in late.actions()), (
        "a lesson of the command line begins before the menu is filled"
    )
    opened = []
    monkeypatch.setattr(launch, "run_window", lambda **given: opened.append(given["lesson"].title) or 0)
    for name in ("mine", "yours"):
        monkeypatch.setattr(sys, "argv", ["sslviz", "--lesson", name])
        assert cli.main() == (0 if name == "mine" else 2)
    assert opened == ["Sun & moon"]
    assert "There is no lesson called 'yours'; there are mine." in capsys.readouterr().err


# ----------------------------------------------------------------- the offer


def test_it_is_offered_once_beside_the_sentences_and_begun_by_a_click(window, row, qtbot):
    window.lesson_offer.offer()
    assert window.lesson_offer.begin.text() == f"New here? A lesson, {FIRST.minutes} minutes"
    assert window.lead.isVisible()
    press(qtbot, window.lesson_offer.begin)
    assert "1 of 5" in shown(row)
    assert not window.lesson_offer.isVisible()
    press(qtbot, row.leave)
    window.lesson_offer.offer()
    assert not window.lesson_offer.isVisible()


def test_no_is_kept(window, row, qtbot, tmp_path):
    window.lesson_offer.offer()
    press(qtbot, window.lesson_offer.decline)
    assert not window.lesson_offer.isVisible()
    file = PreferencesFile(tmp_path / "settings.toml")
    WindowState(window, file, Preferences())._write()
    qtbot.waitUntil(file.path.exists)
    window.lesson_offer.made = False
    WindowState(window, file, file.read()).restore()
    window.lesson_offer.offer()
    assert not window.lesson_offer.isVisible()


def test_who_trains_without_a_lesson_is_not_asked_any_more(window, row, stage):
    window.lesson_offer.offer()
    stage.begin()
    assert not window.lesson_offer.isVisible()


def test_who_has_begun_a_lesson_by_the_menu_is_not_asked(window, row):
    window.lesson_offer.offer()
    begin(window)
    assert not window.lesson_offer.isVisible()
