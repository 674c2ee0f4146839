"""The three sentences about a preset: what they say, and what happens when one points at their words."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from window_fakes import leave

from sslviz.core.catalogue import chosen_objective, resolve_values, settings_for
from sslviz.core.presets import all_presets
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.panel import panels
from sslviz.window.shell.lead import HEADINGS
from sslviz.window.shell.preferences import Preferences, PreferencesFile
from sslviz.window.shell.spotlight import MARGINS
from sslviz.window.shell.window_state import WindowState
from sslviz.window.style.linked_text import LinkedText, plain, targets

PRESETS = {preset.name: preset for preset in all_presets()}


@pytest.fixture(scope="module")
def real_catalogue():
    return build_catalogue()


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_says_what_it_asks_and_its_words_lead_somewhere(name, real_catalogue):
    preset = PRESETS[name]
    values = resolve_values(real_catalogue, preset.settings)
    given = set(chosen_objective(real_catalogue, values).panel_data)
    live = {setting.key for setting in settings_for(real_catalogue, values) if setting.live}
    for sentence in (preset.question, preset.watch, preset.experiment):
        assert 0 < len(plain(sentence)) <= 110
        assert sentence[-1] in ".?"
        for target in targets(sentence):
            panel, _, key = target.partition(":")
            if panel == "settings":
                assert key in live
            else:
                needs = {need.__name__ for need in panels[panel].needs}
                assert not needs or needs & given
    assert targets(preset.watch)
    assert targets(preset.experiment)


# ----------------------------------------------------------------- words that point


def place_of(text, target):
    """Return a position of a link in a text, found by moving the mouse over the text."""
    seen = []
    text.pointed.connect(seen.append)
    for y in range(6, text.height(), 8):
        for x in range(2, text.width(), 6):
            QTest.mouseMove(text, QPoint(x, y))
            if target in seen:
                text.pointed.disconnect(seen.append)
                return QPoint(x, y)
    raise AssertionError(f"{target} is no link of {text.accessibleName()}")


@pytest.fixture
def lead(window, qtbot):
    """The sentences about the preset "shapes" in a window, which has the focus."""
    window.activateWindow()
    qtbot.waitUntil(lambda: window.lead.isVisible())
    return window.lead


def outlined(window):
    """Return the geometry of what is outlined in the window; None if nothing is."""
    return window.spotlight.geometry() if window.spotlight.isVisible() else None


def test_a_word_points_at_its_panel_until_the_mouse_leaves(window, lead):
    question = lead.columns[0]
    place_of(question, "views")
    assert outlined(window) == window.docks["views"].geometry()
    leave(question)
    assert outlined(window) is None


def test_a_word_points_at_its_setting_and_a_click_goes_there(window, lead, qtbot):
    place = place_of(lead.columns[2], "settings:colour")
    field = window.form.fields["colour"]
    assert (outlined(window) - MARGINS).topLeft() == field.mapTo(window, QPoint())
    window.form.sections[field.setting.group].collapse(animate=False)
    qtbot.mouseClick(lead.columns[2], Qt.MouseButton.LeftButton, pos=place)
    assert field.slider.hasFocus()
    assert field.slider.isVisible()
    assert outlined(window) is None


def test_what_lies_behind_another_panel_is_said_and_brought_forward(window, lead, qtbot):
    window.tabifyDockWidget(window.docks["health"], window.docks["loss"])
    window.docks["health"].raise_()
    qtbot.waitUntil(lambda: not window.panels["loss"].can_be_seen())
    place = place_of(lead.columns[2], "loss")
    assert outlined(window) == window.docks["health"].geometry()
    assert window.statusBar().currentMessage() == "Loss lies behind Health: click the word to bring it forward."
    qtbot.mouseClick(lead.columns[2], Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(window.panels["loss"].can_be_seen)
    assert window.statusBar().currentMessage() == ""


def test_a_panel_that_was_hidden_is_said_and_shown(window, lead, qtbot):
    window.docks["health"].close()
    place = place_of(lead.columns[1], "health")
    assert outlined(window) is None
    assert window.statusBar().currentMessage() == "Health is hidden: click the word to show it."
    qtbot.mouseClick(lead.columns[1], Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(window.panels["health"].can_be_seen)


def test_the_arrow_keys_go_from_word_to_word_and_enter_goes_there(window, lead, qtbot):
    watch = lead.columns[1]
    watch.setFocus(Qt.FocusReason.TabFocusReason)
    assert outlined(window) == window.docks["latent_map"].geometry()
    qtbot.keyClick(watch, Qt.Key.Key_Right)
    assert outlined(window) == window.docks["health"].geometry()
    window.docks["health"].close()
    qtbot.keyClick(watch, Qt.Key.Key_Return)
    assert not window.docks["health"].isHidden()
    window.controls.train.setFocus()
    assert outlined(window) is None


# ----------------------------------------------------------------- what is said


def said(lead):
    return [plain_label(column) for column in lead.columns if column.isVisible()]


def plain_label(column):
    document = QTextDocument()
    document.setHtml(column.text())
    return document.toPlainText().replace("\u00a0", " ")


def test_another_preset_has_its_own_sentences_and_an_own_choice_its_objective(window, lead, stage):
    shapes = [PRESETS["shapes"].question, PRESETS["shapes"].watch, PRESETS["shapes"].experiment]
    assert said(lead) == [f"{heading}  {plain(text)}" for heading, text in zip(HEADINGS, shapes, strict=True)]
    window.choose_preset("digits")
    assert said(lead)[0] == f"The question  {plain(PRESETS['digits'].question)}"
    stage.session.set_value("objective", "masked")
    assert said(lead) == ["Masked  About patches."]


def test_a_text_is_shown_as_it_is(qtbot):
    text = LinkedText()
    qtbot.addWidget(text)
    text.show_text("<b>1 < 2</b> & [so <on>](loss)")
    assert plain_label(text) == "<b>1 < 2</b> & so <on>"
    assert targets("<b>1 < 2</b> & [so <on>](loss)") == ["loss"]


@pytest.mark.parametrize("width", [960, 1280])
def test_no_sentence_is_cut(window, lead, qtbot, width):
    window.resize(width, 720)
    for name in PRESETS:
        window.choose_preset(name)
        qtbot.waitUntil(lambda: all(each.height() >= each.heightForWidth(each.width()) for each in lead.columns))
        assert lead.height() <= 4 * lead.fontMetrics().lineSpacing(), name


def test_no_panel_moves_when_a_message_takes_their_place(window, lead, qtbot):
    before = window.docks["loss"].geometry()
    window.messages.say("Digits is open.")
    qtbot.waitUntil(lambda: not lead.isVisible())
    qtbot.wait(20)
    assert window.docks["loss"].geometry() == before
    window.choose_preset("digits")
    window.messages.dismiss()
    qtbot.waitUntil(lead.isVisible)
    assert window.docks["loss"].geometry() == before


# ----------------------------------------------------------------- folding


def test_they_are_folded_away_by_a_button_and_stay_so(window, lead, qtbot, tmp_path):
    qtbot.mouseClick(lead.button, Qt.MouseButton.LeftButton)
    assert not lead.isVisible()
    window.choose_preset("digits")
    assert not lead.isVisible()
    file = PreferencesFile(tmp_path / "settings.toml")
    WindowState(window, file, Preferences())._write()
    qtbot.waitUntil(file.path.exists)
    qtbot.mouseClick(lead.button, Qt.MouseButton.LeftButton)
    assert lead.isVisible()
    WindowState(window, file, file.read()).restore()
    assert not lead.isVisible()


def test_in_a_low_window_they_are_folded_until_one_unfolds_them(window, lead, qtbot):
    window.resize(1280, 620)
    qtbot.waitUntil(lambda: not lead.isVisible())
    qtbot.mouseClick(lead.button, Qt.MouseButton.LeftButton)
    assert lead.isVisible()
    lead.fold(on=False)
    window.resize(1280, 630)
    qtbot.wait(10)
    assert lead.isVisible()
    window.resize(1280, 720)
    qtbot.wait(10)
    assert lead.isVisible()
    assert not lead.folded
