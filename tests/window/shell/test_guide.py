"""The guide in the window: how it is offered, begun, followed and left, and what it outlines."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from window_fakes import move_mouse, scalars

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.guides import guide_path, guide_paths, read_guide
from sslviz.core.presets import preset_named
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.runs import guide_progress
from sslviz.window.shell.preferences import Preferences, PreferencesFile
from sslviz.window.shell.spotlight import MARGINS
from sslviz.window.shell.window_state import WindowState
from sslviz.window.style.linked_text import plain, targets
from sslviz.window.style.theme import theme

FIRST = read_guide(guide_path("first-run"))


@pytest.fixture
def guide(window, qtbot, monkeypatch):
    """The row of the guide in a window that has the focus; no step waits, and the mouse points at no word."""
    monkeypatch.setattr(guide_progress, "LEAST_MS", 0)
    monkeypatch.setattr(guide_progress, "LOOK_MS", 0)
    window.activateWindow()
    window.setFocus()
    qtbot.waitUntil(window.lead.isVisible)
    move_mouse(window.status, window.status.rect().center())
    return window.guide


def begin(window):
    """Begin the guide of the first run by its menu entry."""
    (help_menu,) = [each.menu() for each in window.menuBar().actions() if each.text() == "&Help"]
    (entry,) = [each for each in help_menu.actions() if each.text().endswith("uide: the first run")]
    entry.trigger()


def shown(guide):
    """Return what the row says; None if it is not in view."""
    return guide.text.accessibleName() if guide.isVisible() else None


def outlined(window):
    return window.spotlight.geometry() if window.spotlight.isVisible() else None


def place(widget, window):
    rectangle = widget.rect()
    rectangle.moveTopLeft(widget.mapTo(window, QPoint()))
    return rectangle


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


# ----------------------------------------------------------------- the guides of sslviz


@pytest.mark.parametrize("path", guide_paths(), ids=lambda path: path.stem)
def test_each_guide_speaks_of_what_there_is(window, path):
    guide, catalogue = read_guide(path), build_catalogue()
    values = resolve_values(catalogue, preset_named(guide.preset).settings)
    settings = {setting.key for setting in settings_for(catalogue, values)}
    for text in (*(step.text for step in guide.steps), guide.end):
        assert len(plain(text)) <= 200
        for target in targets(text):
            name, _, key = target.partition(":")
            assert window.spotlight.knows(target)
            assert name != "settings" or key in settings
    for step in guide.steps:
        assert step.until.setting in {"", *settings}
        assert targets(step.text)


# ----------------------------------------------------------------- following it


def test_it_is_begun_by_the_menu_and_goes_on_by_what_happens(window, guide, stage, qtbot):
    begin(window)
    qtbot.waitUntil(guide.isVisible)
    assert shown(guide) == f"Guide 1 of 5: {plain(FIRST.steps[0].text)}"
    assert not window.lead.isVisible()
    assert not window.lead.button.isVisible()
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: shown(guide) == f"Guide 2 of 5: {plain(FIRST.steps[1].text)}")


def test_where_one_acts_stays_outlined_while_one_points_at_nothing_else(window, guide, qtbot):
    begin(window)
    train = place(window.controls.train, window) + MARGINS
    assert outlined(window) == train
    guide.text.setFocus(Qt.FocusReason.TabFocusReason)
    assert outlined(window) == place(window.docks["latent_map"], window)
    window.setFocus()
    assert outlined(window) == train
    press(qtbot, guide.go)
    assert outlined(window) == place(window.docks["health"], window)
    window.resize(1400, 900)
    qtbot.waitUntil(lambda: outlined(window) == place(window.docks["health"], window))
    press(qtbot, guide.leave)
    assert outlined(window) is None


def test_the_next_step_outlines_its_own_place_though_one_pointed_at_a_word_before(window, guide, qtbot):
    begin(window)
    guide.text.setFocus(Qt.FocusReason.TabFocusReason)
    assert outlined(window) == place(window.docks["latent_map"], window)
    press(qtbot, guide.go)
    assert outlined(window) == place(window.docks["health"], window)


def test_it_is_skipped_through_and_closed_by_keys_alone(window, guide, qtbot):
    begin(window)
    guide.go.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in FIRST.steps:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert shown(guide) == f"Guide: {plain(FIRST.end)}"
    assert QApplication.focusWidget() is guide.leave
    qtbot.keyClick(guide.leave, Qt.Key.Key_Space)
    assert shown(guide) is None
    assert window.lead.isVisible()


@pytest.mark.parametrize("step", range(5))
def test_it_is_left_at_any_step(window, guide, qtbot, step):
    begin(window)
    for _ in range(step):
        press(qtbot, guide.go)
    press(qtbot, guide.leave)
    qtbot.wait(20)
    assert shown(guide) is None
    assert window.lead.isVisible()


def test_it_takes_neither_focus_nor_mouse(window, guide, stage, qtbot):
    field = window.form.fields["temperature"].slider
    field.setFocus()
    begin(window)
    field = window.form.fields["temperature"].slider
    field.setFocus()
    stage.begin()
    stage.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: "2 of 5" in shown(guide))
    assert QApplication.focusWidget() is field
    assert QApplication.activePopupWidget() is None
    assert QApplication.mouseButtons() == Qt.MouseButton.NoButton


def test_a_word_leads_to_a_button_and_does_not_press_it(window, guide, stage, qtbot):
    begin(window)
    guide.text.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(guide.text, Qt.Key.Key_Right)
    qtbot.keyClick(guide.text, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is window.controls.train
    assert not stage.session.running


def test_it_rests_while_another_run_is_in_view(window, guide, stage, qtbot):
    begin(window)
    first = stage.session.current
    stage.begin()
    stage.session.runs.new()
    assert shown(guide) is None
    assert window.lead.isVisible()
    assert outlined(window) is None
    stage.session.runs.choose(first)
    assert "1 of 5" in shown(guide)


def test_beside_a_run_that_trains_it_begins_another(window, guide, stage, qtbot):
    stage.begin()
    begin(window)
    assert len(stage.session.runs) == 2
    window.messages.dismiss()
    qtbot.waitUntil(lambda: "1 of 5" in shown(guide))


def test_it_says_why_it_ends(window, guide, qtbot):
    begin(window)
    window.choose_preset("digits")
    qtbot.waitUntil(lambda: window.messages.text.startswith("The guide has ended, because its run has another preset"))
    assert shown(guide) is None


@pytest.mark.parametrize("size", [(1280, 720), (960, 600)])
def test_no_text_is_cut_and_no_panel_moves_from_step_to_step(window, guide, qtbot, size):
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size().toTuple() == size)
    window.lead.fold(on=False)
    qtbot.wait(50)
    before = window.docks["loss"].geometry()
    begin(window)
    qtbot.waitUntil(guide.isVisible)
    for _ in FIRST.steps:
        qtbot.wait(20)
        assert window.docks["loss"].geometry() == before
        assert guide.text.height() >= guide.text.heightForWidth(guide.text.width())
        for button in (guide.go, guide.leave):
            assert button.width() >= button.sizeHint().width()
        press(qtbot, guide.go)


def test_in_a_low_window_it_is_shown_too(window, guide, qtbot):
    window.resize(1280, 600)
    qtbot.waitUntil(lambda: not window.lead.isVisible())
    begin(window)
    qtbot.waitUntil(guide.isVisible)
    press(qtbot, guide.leave)
    assert not window.lead.isVisible()


@pytest.mark.parametrize("percent", [115, 150])
def test_a_larger_text_is_not_cut(window, guide, qtbot, percent):
    begin(window)
    press(qtbot, guide.go)
    qtbot.waitUntil(guide.isVisible)
    theme().set_text(percent)
    qtbot.wait(50)
    for _ in range(4):
        assert guide.height() >= guide.text.height() >= guide.text.heightForWidth(guide.text.width())
        assert window.headline.verdict.mapTo(window, QPoint()).y() + window.headline.verdict.height() <= (
            guide.mapTo(window, QPoint()).y()
        )
        press(qtbot, guide.go)
        qtbot.wait(20)


# ----------------------------------------------------------------- files that are wrong


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("train", "trian", "points at “trian”, which is no part of the window"),
        ('preset = "shapes"', 'preset = "shape"', "cannot begin: There is no preset called 'shape'"),
        ("until", "untli", "could not be read: Object contains unknown field `untli`"),
    ],
)
def test_a_wrong_file_is_told_and_nothing_begins(window, guide, tmp_path, before, after, problem):
    path = tmp_path / "mine.toml"
    path.write_text(guide_path("first-run").read_text().replace(before, after))
    guide.begin(path)
    assert f"The guide mine.toml {problem}" in window.messages.text
    assert not guide.isVisible()


# ----------------------------------------------------------------- the offer


def test_it_is_offered_once_beside_the_sentences_and_begun_by_a_click(window, guide, qtbot):
    window.guide_offer.offer()
    assert window.guide_offer.begin.text() == f"New here? A guide, {FIRST.minutes} minutes"
    assert window.lead.isVisible()
    press(qtbot, window.guide_offer.begin)
    assert "1 of 5" in shown(guide)
    assert not window.guide_offer.isVisible()
    press(qtbot, guide.leave)
    window.guide_offer.offer()
    assert not window.guide_offer.isVisible()


def test_no_is_kept(window, guide, qtbot, tmp_path):
    window.guide_offer.offer()
    press(qtbot, window.guide_offer.decline)
    assert not window.guide_offer.isVisible()
    file = PreferencesFile(tmp_path / "settings.toml")
    WindowState(window, file, Preferences())._write()
    qtbot.waitUntil(file.path.exists)
    window.guide_offer.made = False
    WindowState(window, file, file.read()).restore()
    window.guide_offer.offer()
    assert not window.guide_offer.isVisible()


def test_who_trains_without_a_guide_is_not_asked_any_more(window, guide, stage):
    window.guide_offer.offer()
    stage.begin()
    assert not window.guide_offer.isVisible()


def test_who_has_begun_a_guide_by_the_menu_is_not_asked(window, guide):
    window.guide_offer.offer()
    begin(window)
    assert not window.guide_offer.isVisible()
