"""The menus: every action has a name, a sentence for the status bar and, where useful, shortcuts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from sslviz.window.runs.session import Session
from sslviz.window.shell.data_menu import DataMenu, ask_data
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.export_menu import ExportMenu
from sslviz.window.shell.exports import NO_FOLDER
from sslviz.window.shell.keyboard import move_to_panel
from sslviz.window.shell.menu_entries import add_entry, keys, use_action
from sslviz.window.shell.presentation import Presentation
from sslviz.window.shell.recent_runs import RecentRuns
from sslviz.window.shell.sample_sounds import SampleSounds
from sslviz.window.shell.workbench import Workbench
from sslviz.window.style.buttons import set_action_tip
from sslviz.window.style.palette import ThemeName
from sslviz.window.style.path_dialog import ask_path
from sslviz.window.style.theme import theme

if TYPE_CHECKING:
    from sslviz.window.shell.start_view import StartView

Key = QKeySequence.StandardKey
CONTROL = "Meta" if sys.platform == "darwin" else "Ctrl"
"""Qt's name of the Control key: on macOS, Ctrl stands for Command, and Command-Tab belongs to the desktop."""


def add_menus(window: Workbench) -> None:
    """Add the menus File, Edit, Run, View, Lessons and Help to a window; Lessons is empty still."""
    bar = window.menuBar()
    _fill_file(bar.addMenu("&File"), window)
    _fill_edit(bar.addMenu("&Edit"), window)
    _fill_run(bar.addMenu("&Run"), window)
    _fill_view(bar.addMenu("&View"), window)
    window.lessons_menu = bar.addMenu("&Lessons")
    _fill_help(bar.addMenu("&Help"), window)


def _fill_file(menu: QMenu, window: Workbench) -> None:
    tip = "Choose what the next run learns, or an earlier run to show; the present one stays as it is"
    add_entry(menu, "&New …", tip, lambda: show_start_view(window), keys("Ctrl+N", Key.New))
    tip = "Stand ready for another run with the same settings; the present one stays as it is"
    add_entry(menu, "New run &like this", tip, window.session.runs.new)
    tip = "Show a run or a sweep from its folder, also a run that a script of yours records with sslviz.Recorder"
    add_entry(menu, "&Open run…", tip, lambda: _open_run(window), keys("Ctrl+O", Key.Open))
    menu.addMenu(RecentRuns(menu, window.session.runs.folder, window.open_run))
    menu.addMenu(DataMenu(menu, window))
    tip = "Show where the chosen run is saved: its settings, figures and weights"
    add_entry(menu, "Show run &folder", tip, lambda: _show_folder(window), keys("Ctrl+Shift+O"))
    menu.addMenu(ExportMenu(menu, window.exports))
    menu.addSeparator()
    add_entry(menu, "&Close window", "Close the window; a run is saved first", window.close, keys("Ctrl+W", Key.Close))
    leave = add_entry(menu, "&Quit", "End sslviz; a run is saved first", window.close, keys("Ctrl+Q", Key.Quit))
    leave.setMenuRole(QAction.MenuRole.QuitRole)


def _fill_edit(menu: QMenu, window: Workbench) -> None:
    session = window.session
    undo, redo = session.undo_group.createUndoAction(menu, "Undo"), session.undo_group.createRedoAction(menu, "Redo")
    for action in (undo, redo):
        action.disconnect(session.undo_group)  # session.undo refuses fixed settings during a run
    use_action(
        menu, undo, "Take the last change of a setting, or of names, back", session.undo, keys("Ctrl+Z", Key.Undo)
    )
    use_action(menu, redo, "Make the change again", session.redo, keys("Ctrl+Shift+Z", Key.Redo))


def _fill_run(menu: QMenu, window: Workbench) -> None:
    menu.addActions(window.controls.actions_for_menu())
    tip = "Train the present settings with several values of one of them and several seeds, and compare the runs"
    add_entry(menu, "S&weep…", tip, window.sweeps.ask)
    menu.addSeparator()
    tip = "Show the run in the next tab; after the last comes the first"
    add_entry(menu, "&Next run", tip, lambda: window.session.runs.choose_next(1), keys(f"{CONTROL}+Tab"))
    tip = "Show the run in the tab before; before the first comes the last"
    add_entry(menu, "&Previous run", tip, lambda: window.session.runs.choose_next(-1), keys(f"{CONTROL}+Shift+Tab"))
    menu.addSeparator()
    tip = "Compare the runs selected in the panel Runs, or else the open ones: maps side by side, curves, what differs"
    add_entry(menu, "&Compare…", tip, lambda: _compare(window), keys("Ctrl+Shift+C"))


def _compare(window: Workbench) -> None:
    if window.runs_view is not None and window.docks["runs"].in_front and len(window.runs_view.chosen) > 1:
        window.comparing.compare_entries(window.runs_view.chosen)
    else:
        window.comparing.compare_open()


def _fill_view(menu: QMenu, window: Workbench) -> None:
    tools = window.controls.toggleViewAction()
    set_action_tip(tools, f"Show or hide {window.controls.windowTitle()}")
    menu.addAction(tools)
    menu.addActions([_view_action(dock) for dock in window.docks.values()])
    window.docks["runs"].view_action.setShortcuts(keys("Ctrl+Shift+R"))
    menu.addSeparator()
    tip = "Give the keys to the next panel in view, from left to right"
    add_entry(menu, "&Next panel", tip, lambda: move_to_panel(window, forward=True), keys("Ctrl+F6"))
    tip = "Give the keys to the panel before"
    add_entry(menu, "&Previous panel", tip, lambda: move_to_panel(window, forward=False), keys("Ctrl+Shift+F6"))
    menu.addSeparator()
    tip = "Put all panels and plots back as they were at first"
    add_entry(menu, "&Reset layout", tip, window.reset_layout, keys("Ctrl+0"))
    _add_full_screen(menu, window)
    _add_verdicts(menu, window.session)
    _add_sounds(menu, window.sounds)
    _add_text_sizes(menu)
    _add_presentation(menu, window.presentation)
    themes = menu.addMenu("&Theme")
    _Themes(themes)
    themes.addSeparator()
    add_entry(themes, "S&witch", "From light to dark, or back", window.next_theme, keys("Ctrl+T"))


def _add_full_screen(menu: QMenu, window: Workbench) -> None:
    def switch() -> None:
        window.setWindowState(window.windowState() ^ window.windowState().WindowFullScreen)

    tip = "Use the whole screen, or the window again"
    action = add_entry(menu, "&Full screen", tip, switch, keys("F11", Key.FullScreen))
    action.setCheckable(True)
    menu.aboutToShow.connect(lambda: action.setChecked(window.isFullScreen()))


def _add_text_sizes(menu: QMenu) -> None:
    larger = [*keys("Ctrl++", Key.ZoomIn), QKeySequence("Ctrl+=")]  # plus without Shift, where it needs it
    tip = "Make all texts larger, and what grows with them"
    add_entry(menu, "&Larger text", tip, lambda: theme().step_text(1), larger)
    tip = "Make all texts smaller, and what shrinks with them"
    add_entry(menu, "S&maller text", tip, lambda: theme().step_text(-1), keys("Ctrl+-", Key.ZoomOut))
    add_entry(menu, "&Usual text size", "Give all texts their usual size again", lambda: theme().set_text(100))


def _add_presentation(menu: QMenu, presentation: Presentation) -> None:
    tip = "Show map and loss large, with thick lines, for a lecture hall; Escape returns, too"
    action = add_entry(menu, "&Presentation", tip, presentation.switch, keys("F9"))
    action.setCheckable(True)

    def show(on: bool) -> None:
        action.setChecked(on)
        action.setShortcuts([*keys("F9"), *keys("Esc")] if on else keys("F9"))

    presentation.changed.connect(show)


def _add_verdicts(menu: QMenu, session: Session) -> None:
    tip = "Say in words whether a run learns, and warn if it does not; the figures are shown anyway"
    action = add_entry(menu, "&Verdicts on runs", tip, lambda: session.verdicts.switch(on=not session.verdicts.on))
    action.setCheckable(True)
    menu.aboutToShow.connect(lambda: action.setChecked(session.verdicts.on))


def _add_sounds(menu: QMenu, sounds: SampleSounds) -> None:
    def switch() -> None:
        sounds.play_pinned = not sounds.play_pinned

    action = add_entry(menu, "&Play clicked samples", "Play a sample that is a sound when you click it", switch)
    action.setCheckable(True)
    menu.aboutToShow.connect(lambda: action.setChecked(sounds.play_pinned))


def _fill_help(menu: QMenu, window: Workbench) -> None:
    tip = "Type some letters of a command, panel, setting, preset or run, and do it or go there"
    add_entry(menu, "&Find a command…", tip, lambda: _find(window), keys("Ctrl+K"))
    tip = "All messages since the start of the window, newest first"
    add_entry(menu, "&Messages", tip, window.headline.show_messages)
    tip = "Which keys do what, and what each panel shows and how to ask it"
    add_entry(menu, "&Keys and panels", tip, lambda: _keys(window), keys("F1", Key.HelpContents))
    about = add_entry(menu, "&About sslviz", "Version, licence, and the facts for a report", lambda: _about(window))
    about.setMenuRole(QAction.MenuRole.AboutRole)


def _view_action(dock: Dock) -> QAction:
    """Return the action that brings a dock forward or hides it; its tip says so if the dock has no content."""

    def update_tip() -> None:
        title = dock.windowTitle()
        there_is = f"Show {title}, or hide it if it is in front"
        there_is_not = f"{title}: the chosen objective gives nothing to show here"
        set_action_tip(dock.view_action, there_is if dock.offered else there_is_not)

    update_tip()
    dock.windowTitleChanged.connect(update_tip)
    dock.offered_changed.connect(update_tip)
    return dock.view_action


class _Themes(QActionGroup):
    """The actions that choose the theme (light, dark, or the desktop's); the action of the current theme is checked."""

    def __init__(self, menu: QMenu) -> None:
        super().__init__(menu)
        self._actions: dict[ThemeName, QAction] = {name: self._action(menu, name) for name in get_args(ThemeName)}
        theme().changed.connect(self._show)
        self._show()

    def _action(self, menu: QMenu, name: ThemeName) -> QAction:
        tip = "Follow the desktop's colours" if name == "system" else f"Always {name}"
        action = add_entry(menu, f"&{name.capitalize()}", tip, lambda: theme().apply(name))
        action.setCheckable(True)
        return self.addAction(action)

    def _show(self) -> None:
        self._actions[theme().name].setChecked(True)


def show_start_view(window: Workbench) -> StartView:
    """Let the user choose what the next run learns, or which earlier run the window shows; return the open view."""
    from sslviz.core.folders import runs_folder
    from sslviz.window.shell.start_view import StartView

    view = StartView(window, window.session.preset.name, runs_folder())
    view.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    view.preset_chosen.connect(window.choose_preset)
    view.run_chosen.connect(window.open_run)
    view.folder_requested.connect(lambda: _open_run(window))
    view.data_requested.connect(lambda: ask_data(window))
    window.take_drops_on(view).taken.connect(view.accept)
    view.open()
    return view


def _open_run(window: Workbench) -> None:
    from sslviz.core.folders import runs_folder

    ask_path(window, "Open run", str(runs_folder()), lambda path: window.open_run(Path(path)))


def _show_folder(window: Workbench) -> None:
    folder = window.session.run.folder
    if folder is None:
        window.messages.say(NO_FOLDER)
    else:
        window.show_folder(folder)


def _keys(window: Workbench) -> None:
    from sslviz.window.panel import panels
    from sslviz.window.shell.keys_help import KeysDialog

    dialog = KeysDialog(window, window.menuBar(), panels)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _find(window: Workbench) -> None:
    from sslviz.window.shell.command_palette import CommandPalette
    from sslviz.window.shell.commands import commands_of

    palette = CommandPalette(window, commands_of(window))
    palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    palette.open()


def _about(window: Workbench) -> None:
    from sslviz.window.shell.about import About

    dialog = About(window, window.session.catalogue)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
