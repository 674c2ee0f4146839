"""The headline: the verdict with its button, and messages that stay until they are read and cover nothing."""

import gc
import weakref

import msgspec
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QToolButton

from sslviz.core.messages import Change, Notice
from sslviz.window.demo.collapse import COLLAPSED
from sslviz.window.demo.shapes import LEARNING
from sslviz.window.runs.run_model import RunModel
from sslviz.window.shell import message_row
from sslviz.window.shell.messages_dialog import MessagesDialog
from sslviz.window.style.theme import theme

SHORTCUT = msgspec.structs.replace(COLLAPSED, verdict="shortcut", title="Shortcut", changes={"colour": 1.0})
LONG = "A sentence that is longer than one line. " * 12


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def verdict(window):
    return window.headline.verdict


def test_the_verdict_of_the_run_in_view_is_the_headline(window, verdict, stage):
    stage.begin()
    stage.tell(COLLAPSED)
    assert (verdict.title.text(), verdict.title.property("tone")) == ("Complete collapse", "trouble")
    assert verdict.evidence.text() == "  ·  ".join(COLLAPSED.evidence)
    assert COLLAPSED.advice in verdict.title.toolTip()
    stage.session.runs.new()
    stage.introduce()
    assert (verdict.title.text(), verdict.title.property("tone")) == ("Not trained yet", "unclear")


def test_verdicts_can_be_switched_off(window, verdict, stage):
    stage.begin()
    stage.tell(COLLAPSED)
    stage.session.verdicts.switch(on=False)
    assert (verdict.title.text(), verdict.title.property("tone")) == ("Training", "unclear")
    assert not any((verdict.evidence.text(), verdict.button.isVisible(), verdict.why.isVisible()))
    stage.session.verdicts.switch(on=True)
    assert verdict.title.text() == "Complete collapse"


def test_its_button_does_what_is_advised_and_can_be_undone(window, verdict, stage, qtbot):
    stage.begin()
    stage.session.set_value("colour", 0.25)
    stage.tell(msgspec.structs.replace(SHORTCUT, changes={"colour": 1.0}))
    assert verdict.button.text() == "Set Colour to 1"
    press(qtbot, verdict.button)
    stage.session.pull()
    assert stage.engine.commands(Change)[-1].values == {"colour": 1.0}
    stage.session.undo()
    assert stage.session.values["colour"] == 0.25


def test_why_opens_the_diagnosis(window, verdict, stage, qtbot):
    assert not verdict.why.isVisible()
    stage.begin()
    stage.tell(LEARNING)
    press(qtbot, verdict.why)
    qtbot.waitUntil(window.panels["diagnosis"].can_be_seen)


def test_the_bar_moves_once_when_the_verdict_changes(verdict, stage):
    stage.begin()
    stage.tell(LEARNING)
    running, states = verdict.bar.animation.State.Running, []
    verdict.bar.animation.stateChanged.connect(lambda state, _before: states.append(state))
    stage.tell(msgspec.structs.replace(LEARNING, step=1200, evidence=("loss 1.9",)))
    assert states == []
    stage.tell(SHORTCUT)
    stage.tell(msgspec.structs.replace(SHORTCUT, step=1300))
    assert states.count(running) == 1


def test_a_setting_that_is_not_the_presets_is_told_before_the_run_and_put_back(window, verdict, stage, qtbot):
    window.form.fields["temperature"].enter(1.0)
    assert verdict.change.text() == "1 setting differs from the preset: Temperature 1 instead of 0.2"
    press(qtbot, verdict.button)
    assert stage.session.values["temperature"] == 0.2
    assert verdict.change.text() == ""
    assert not verdict.button.isVisible()


def test_a_larger_text_has_its_room(window, verdict, qtbot):
    window.resize(1900, 900)
    window.form.fields["temperature"].enter(1.0)
    theme().set_text(130)
    qtbot.wait(50)
    assert verdict.change.shown(verdict.change.width()) == verdict.change.text()


@pytest.mark.parametrize("size", [(1280, 720), (960, 600)])
def test_it_fits_and_covers_nothing(window, verdict, stage, qtbot, size):
    window.resize(*size)
    stage.begin()
    stage.tell(msgspec.structs.replace(SHORTCUT, title="Learning rate too high", changes={"temperature": 0.5}))
    window.messages.say(LONG, "warning", "details")
    qtbot.waitUntil(window.messages.isVisible)
    qtbot.wait(50)
    assert window.size().toTuple() == size
    for part in (verdict.title, verdict.button, verdict.why):
        assert QFontMetrics(part.font()).horizontalAdvance(part.text()) <= part.width()
    assert verdict.evidence.width() > 100
    body = window.headline.findChild(QFrame, "headlineBody")
    assert window.headline.size() - body.size() == QSize(0, 6), "no margins but the distance to the docks"
    below = window.headline.geometry().bottom()
    assert all(dock.y() > below for dock in window.docks.values() if dock.isVisible() and not dock.isFloating())
    for button in window.headline.findChildren(QToolButton) + window.headline.findChildren(QPushButton):
        assert not button.isVisible() or window.headline.rect().contains(
            button.mapTo(window.headline, button.rect().bottomRight())
        )


# ----------------------------------------------------------------- messages


@pytest.mark.parametrize("text", ["By the way.", LONG])
def test_where_the_second_row_is_open_already_a_message_moves_nothing(window, qtbot, text):
    qtbot.waitUntil(window.lead.isVisible)
    qtbot.wait(50)
    before = window.docks["latent_map"].geometry()
    window.messages.say(text, "warning", "details")
    qtbot.waitUntil(window.messages.isVisible)
    qtbot.wait(50)
    assert not window.lead.isVisible()
    assert window.docks["latent_map"].geometry() == before


@pytest.fixture
def brief(monkeypatch):
    """Messages that do not stay are gone at once."""
    monkeypatch.setattr(message_row, "SHORT_MS", 1)


def dismiss(window, qtbot):
    press(qtbot, next(each for each in window.messages.findChildren(QToolButton)))


def test_a_warning_stays_until_it_is_dismissed_and_news_do_not_hide_it(window, stage, qtbot, brief):
    stage.tell(Notice(level="warning", text="Loss rises."), Notice(level="info", text="By the way."))
    window.open_panel("log")
    qtbot.wait(20)
    assert window.messages.isVisible()
    assert window.messages.text == "Loss rises."
    dismiss(window, qtbot)
    assert not window.messages.isVisible()


def test_news_go_by_themselves(window, stage, qtbot, brief):
    stage.tell(Notice(level="info", text="By the way."))
    assert window.messages.text == "By the way."
    qtbot.waitUntil(lambda: not window.messages.isVisible())


def test_what_was_refused_is_said_at_once_and_what_stays_comes_back(window, stage, qtbot, brief):
    window.messages.say("The window failed.", "failed", "Traceback")
    window.messages.say("Loss rises.", "warning")
    assert window.messages.text == "The window failed.", "the graver one first"
    stage.tell(Notice(level="refused", text="Not now."))
    assert window.messages.text == "Not now."
    qtbot.waitUntil(lambda: window.messages.text == "The window failed.")
    dismiss(window, qtbot)
    assert window.messages.text == "Loss rises."


def test_messages_about_a_run_that_stay_are_shown_while_it_is_in_view(window, two, stage):
    window.messages.say("About the window.", "warning")
    stage.tell(Notice(level="warning", text="About run 2."))
    stage.engines[0].tell(Notice(level="warning", text="About run 1."))
    stage.session.pull()
    stage.session.runs.choose(stage.session.runs[0])
    assert window.messages.text == "Coloured shapes: About run 1."
    window.messages.dismiss()
    assert window.messages.text == "About the window."
    window.messages.dismiss()
    assert not window.messages.isVisible()
    stage.session.runs.choose(stage.session.runs[1])
    assert window.messages.isVisible()
    assert window.messages.text.endswith("About run 2.")


def test_a_message_does_not_keep_its_run(window):
    run = RunModel("closed")
    window.messages.say("It failed.", "failed", about=run)
    kept = weakref.ref(run)
    del run
    gc.collect()
    assert kept() is None
    assert window.messages.shown.title == "closed"


def test_all_messages_can_be_read_again(window, stage, qtbot, brief):
    button = next(each for each in window.headline.findChildren(QToolButton) if each.text() == "Messages")
    stage.tell(Notice(level="warning", text="<b>Loss</b> rises."), Notice(level="info", text="By the way."))
    window.messages.say("Broken.", "failed", "Traceback of it")
    assert button.text() == "Messages 3"
    press(qtbot, button)
    (dialog,) = window.findChildren(MessagesDialog)
    assert button.text() == "Messages"
    lines = [dialog.list.item(row).text().splitlines() for row in range(dialog.list.count())]
    assert [text for _, text in lines] == ["Broken.", "By the way.", "<b>Loss</b> rises."]
    assert lines[2][0].endswith("Coloured shapes  ·  warning")
    press(qtbot, dialog.copy)
    assert QApplication.clipboard().text().endswith("Broken.\nTraceback of it")
    first = dialog.list.item(0)
    dialog.list.setCurrentItem(first)
    stage.tell(Notice(level="info", text="One more."))
    assert dialog.list.item(0).text().endswith("One more.")
    assert dialog.list.currentItem() is first, "what is being read stays"
    press(qtbot, button)
    assert window.findChildren(MessagesDialog) == [dialog], "it comes forward"
    dialog.close()


def test_a_long_message_takes_two_lines_and_is_read_whole_in_its_tooltip(window, qtbot):
    window.messages.say(LONG, "warning")
    label = window.messages._text
    qtbot.waitUntil(lambda: label.text().endswith("…"))
    assert label.height() <= 2 * label.fontMetrics().lineSpacing()
    assert label.toolTip() == LONG
