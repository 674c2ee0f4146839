"""The menus: their actions and shortcuts, and what the actions do."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QPushButton

from sslviz import __version__
from sslviz.window.panel import panels
from sslviz.window.plotting.plots import Plot
from sslviz.window.shell.about import About
from sslviz.window.shell.keys_help import KeysDialog
from sslviz.window.style.theme import theme


def actions_of(menu):
    """Return all actions of a menu and its submenus."""
    for action in menu.actions():
        if action.menu() is not None:
            yield from actions_of(action.menu())
        elif not action.isSeparator():
            yield action


@pytest.fixture
def actions(window):
    return {action.text().replace("&", ""): action for action in actions_of(window.menuBar())}


def test_every_action_says_what_it_does(window, actions):
    assert {"Close window", "Quit", "Train", "Loss", "Reset layout", "Full screen", "Dark", "About sslviz"} <= set(
        actions
    )
    plain = [name for name, action in actions.items() if not action.statusTip() or action.toolTip() == name]
    assert plain == []


def test_no_two_actions_share_a_key(window):
    everywhere = [
        action
        for action in window.findChildren(QAction)
        if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut  # others belong to the panel with the focus
    ]
    keys = Counter(key.toString() for action in everywhere for key in action.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []
    assert {"Ctrl+Q", "Ctrl+W", "Ctrl+0", "Ctrl+T", "F5", "F6", "F7", "F8", "F11"} <= set(keys)


@pytest.mark.parametrize("name", ["Close window", "Quit"])
def test_both_ways_out_close_the_window(window, stage, actions, name):
    actions[name].trigger()
    assert not window.isVisible()
    assert stage.engine.hung_up


def test_full_screen_and_back(window, actions, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_panels_are_hidden_and_shown_from_the_menu(window, actions):
    actions["Similarity"].trigger()
    assert not window.docks["similarity"].isVisible()
    actions["Controls"].trigger()
    assert not window.controls.isVisible()
    actions["Controls"].trigger()
    actions["Similarity"].trigger()
    assert window.docks["similarity"].isVisible()
    assert window.controls.isVisible()


def chosen(actions):
    return [name for name in ("Light", "Dark", "System") if actions[name].isChecked()]


def test_one_theme_is_chosen_whichever_way(window, actions, qtbot):
    assert chosen(actions) == ["Light"]
    actions["Dark"].trigger()
    assert theme().palette.dark
    assert chosen(actions) == ["Dark"]
    qtbot.keySequence(window, QKeySequence("Ctrl+T"))
    assert chosen(actions) == ["Light"]
    window.controls.theme.click()
    assert chosen(actions) == ["Dark"]
    actions["System"].trigger()
    assert chosen(actions) == ["System"]


def test_the_desktops_colours_are_followed_while_that_is_chosen(window, actions):
    changed = QGuiApplication.styleHints().colorSchemeChanged
    scheme = Qt.ColorScheme
    changed.emit(scheme.Dark)
    assert not theme().palette.dark
    actions["System"].trigger()
    for given, dark in ((scheme.Light, False), (scheme.Dark, True), (scheme.Light, False)):
        changed.emit(given)
        assert theme().palette.dark == dark
        assert chosen(actions) == ["System"]


def test_about_names_the_version_and_its_diagnostics_can_be_copied(window, actions, qtbot):
    actions["About sslviz"].trigger()
    (dialog,) = window.findChildren(About)
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    buttons["Copy diagnostics"].click()
    text = QApplication.clipboard().text()
    assert __version__ in text
    assert "PySide6-Essentials" in text
    assert "CPU" in text
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_f1_tells_all_keys_and_all_panels(window, actions, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(KeysDialog)
    text = dialog.text.toPlainText()
    for action in actions.values():
        assert not action.shortcuts() or action.shortcut().toString() in text, action.text()
    assert "Backspace" in text
    for panel in panels:
        assert panel.title in text
        assert panel.help.split(".")[0] in text
    dialog.close()


@pytest.mark.parametrize("shown", [True, False])
def test_the_folder_of_the_chosen_run_is_shown_or_named(window, stage, actions, shown, monkeypatch):
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()) or shown)
    actions["Show run folder"].trigger()
    assert not asked
    assert "no folder yet" in window.messages.text
    stage.begin()
    window.messages.dismiss()
    actions["Show run folder"].trigger()
    assert asked == [str(stage.session.run.folder)]
    assert window.messages.isVisible() is not shown
    assert shown or asked[0] in window.messages.text


def test_the_layout_put_back_has_its_controls_and_its_plots_follow(window, qtbot):
    plot = window.panels["loss"].findChildren(Plot)[0]
    qtbot.wait(50)
    plot.getViewBox().sigRangeChangedManually.emit([True, True])
    assert not plot.follows
    window.controls.hide()
    window.docks["loss"].hide()
    window.reset_layout()
    assert window.controls.isVisible()
    assert window.docks["loss"].isVisible()
    assert window.focusWidget() is window
    assert plot.follows


def test_the_text_grows_and_shrinks_by_keys(window, actions, qtbot):
    height = window.menuBar().height()
    for key, percent in (("Ctrl++", 115), ("Ctrl+=", 130), ("Ctrl+-", 115), ("Ctrl++", 130)):
        qtbot.keySequence(window, QKeySequence(key))
        assert theme().text_percent == percent
    assert window.menuBar().font().pixelSize() == 17
    qtbot.waitUntil(lambda: window.menuBar().height() > height)
    for _ in range(9):
        actions["Larger text"].trigger()
    assert theme().text_percent == 175
    for _ in range(9):
        actions["Smaller text"].trigger()
    assert theme().text_percent == 85
    actions["Usual text size"].trigger()
    assert theme().text_percent == 100
