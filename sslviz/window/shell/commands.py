"""What the dialog Find a command offers: menu entries, panels, settings, presets and runs, and the search in them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from sslviz.core.presets import all_presets
from sslviz.core.settings import format_value
from sslviz.window.panel import Command, Panel
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.keys_help import name_of
from sslviz.window.shell.workbench import Workbench


def commands_of(window: Workbench) -> list[Command]:
    """Return all commands of a window: those of the menus, panels and what they offer, settings, presets and runs."""
    views = {dock.view_action for dock in window.docks.values()}
    menus = [action.menu() for action in window.menuBar().actions()]
    entries = [command for menu in menus if isinstance(menu, QMenu) for command in _of_menu(menu, views)]
    return [*entries, *_panels(window), *_of_panels(window), *_settings(window), *_presets(window), *_runs(window)]


def ranked(query: str, commands: Sequence[Command]) -> list[Command]:
    """Return the commands that match a query, the best first.

    Best are those whose name is the query, then those in which each word of the query begins a word, then those that
    contain the query, then those that contain its letters in their order. Equally good ones keep their order.
    """
    ranks = [(_rank(query.casefold(), command.words.casefold()), command) for command in commands]
    found = [(rank, command) for rank, command in ranks if rank is not None]
    return [command for _, command in sorted(found, key=lambda each: each[0])]


def _rank(query: str, words: str) -> int | None:
    if query.strip() == words.rpartition(": ")[2]:
        return -1
    starts = words.split()
    if all(any(word.startswith(part) for word in starts) for part in query.split()):
        return 0
    if query.strip() in words:
        return 1
    letters = iter(words)
    return 2 if all(letter in letters for letter in query if not letter.isspace()) else None


def _of_menu(menu: QMenu, left_out: Container[QAction], heading: str = "") -> Iterator[Command]:
    """Yield the commands of a menu and, under their names as headings, those of its submenus."""
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            below.aboutToShow.emit()  # some menus find out only now what they hold
            yield from _of_menu(below, left_out, f"{name_of(action)}: ")
        elif not action.isSeparator() and action not in left_out:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            act = action.trigger if action.isEnabled() else None
            yield Command(heading + name_of(action), keys, action.toolTip(), act)


def _panels(window: Workbench) -> Iterator[Command]:
    for dock in window.docks.values():
        tip = f"Bring {dock.windowTitle()} forward" if dock.offered else dock.view_action.toolTip()
        yield Command(f"Panel: {dock.windowTitle()}", "", tip, dock.choose if dock.offered else None)


def _of_panels(window: Workbench) -> Iterator[Command]:
    """Yield the commands of the panels that have something to show; each brings its panel forward first."""
    for panel in window.findChildren(Panel):
        dock = window.docks[panel.name]
        for command in panel.commands() if dock.offered else ():
            yield command._replace(act=command.act and partial(_do_in, dock, command.act))


def _do_in(dock: Dock, act: Callable[[], object]) -> None:
    dock.choose()
    act()


def _settings(window: Workbench) -> Iterator[Command]:
    session = window.session
    for setting in () if session.current.from_script else session.settings:
        value = format_value(session.values[setting.key])
        act = partial(window.spotlight.open, f"settings:{setting.key}")
        yield Command(f"Setting: {setting.label}", value, setting.help, act)


def _presets(window: Workbench) -> Iterator[Command]:
    for preset in all_presets():
        yield Command(f"Preset: {preset.title}", "", preset.help, partial(window.choose_preset, preset.name))


def _runs(window: Workbench) -> Iterator[Command]:
    for run in window.session.runs:
        choose = partial(window.session.runs.choose, run)
        yield Command(f"Run: {run.model.title}", run.model.state or "starting", "Show this run", choose)
