"""The dialog Find a command: what it finds, and what Enter does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from window_fakes import latent_map, probe

from sslviz.window.panel import Command
from sslviz.window.shell.command_palette import CommandPalette
from sslviz.window.shell.commands import commands_of, ranked


@pytest.fixture
def find(window, qtbot):
    """A function that opens the dialog by its key and types a query."""

    def open_it(query):
        window.activateWindow()
        qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        dialog = next(each for each in window.findChildren(CommandPalette) if each.isVisible())
        qtbot.keyClicks(dialog.edit, query)
        return dialog

    return open_it


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Full screen", "Setting: Temperature", "Panel: Few labels", "Preset: Digits"]),
        ("temp", ["Setting: Temperature"]),
        ("few la", ["Panel: Few labels"]),
        ("ree", ["Full screen", "Preset: Digits"]),
        ("PD", ["Preset: Digits"]),
        ("xyz", []),
    ],
)
def test_word_starts_come_before_parts_and_parts_before_letters(query, found):
    names = ("Full screen", "Setting: Temperature", "Panel: Few labels", "Preset: Digits")
    assert [each.words for each in ranked(query, [Command(name, "", "", None) for name in names])] == found


def test_every_menu_entry_panel_setting_and_preset_is_found_by_its_name(window, stage):
    commands = commands_of(window)
    words = {command.words for command in commands}
    views = {dock.view_action for dock in window.docks.values()}
    entries = {action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()} - views
    named = [entry for entry in entries if entry.menu() is None and not entry.isSeparator()]
    texts = {entry.text().replace("&", "") for entry in named}
    assert {text for text in texts if not any(each == text or each.endswith(f": {text}") for each in words)} == set()
    assert {f"Setting: {setting.label}" for setting in stage.session.settings} <= words
    assert {f"Panel: {dock.windowTitle()}" for dock in window.docks.values()} <= words
    assert all(ranked(command.words, commands)[0].words == command.words for command in commands)


def test_enter_goes_to_a_setting(window, find, qtbot):
    qtbot.keyClick(find("temperature").edit, Qt.Key.Key_Return)
    assert window.focusWidget() is window.form.fields["temperature"].slider


def test_enter_brings_a_panel_forward(window, find, qtbot):
    window.docks["loss"].hide()
    qtbot.keyClick(find("panel loss").edit, Qt.Key.Key_Return)
    assert window.docks["loss"].isVisible()


def test_enter_colours_the_map_and_takes_its_tools(window, stage, find, qtbot):
    stage.begin()
    stage.tell(probe([0, 1], numbers={"hue": [0.1, 0.9]}), latent_map([[0, 0], [1, 1]]))
    panel = window.panels["latent_map"]
    window.docks["latent_map"].hide()
    qtbot.keyClick(find("colour map hue").edit, Qt.Key.Key_Return)
    assert window.docks["latent_map"].isVisible()
    assert panel.colours.key == "label:hue"
    qtbot.keyClick(find("map lasso").edit, Qt.Key.Key_Return)
    assert panel.lasso.shape == "lasso"
    qtbot.keyClick(find("pca").edit, Qt.Key.Key_Return)
    assert panel.request().method == "pca"
    dialog = find("map fit")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)  # nothing is zoomed
    assert dialog.isVisible()
    dialog.close()


def test_the_arrow_keys_choose_and_what_cannot_be_done_is_not(window, find, qtbot):
    dialog = find("")
    first = dialog.list.currentItem()
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert dialog.list.currentItem() is not first
    dialog.close()
    dialog = find("stop")
    assert dialog.list.currentItem().text(0) == "Stop"
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.close()


def test_escape_gives_the_focus_back(window, find, qtbot):
    window.controls.train.setFocus()
    dialog = find("loss")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.controls.train)
