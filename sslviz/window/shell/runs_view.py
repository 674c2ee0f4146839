"""The list of all runs, those of the window and those on disk: open, rename, note, or move to the bin."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from sslviz.core.lessons import belongs_to_lesson
from sslviz.core.log import logger
from sslviz.core.memory import size_text
from sslviz.core.messages import Notice
from sslviz.core.run_note import note_of
from sslviz.window.runs.comparison import FEWEST, MOST
from sslviz.window.runs.run_shelf import RunShelf, move_to_bin
from sslviz.window.runs.session import Session
from sslviz.window.shell.confirm import ask_title
from sslviz.window.shell.run_delegate import ENTRY
from sslviz.window.shell.run_entries import RunEntries, RunEntry
from sslviz.window.shell.runs_list import RunsList
from sslviz.window.shell.show_folder import show_folder
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.theme import theme

HELP = "All runs: those in tabs, with a dot in their colour, and those in folders on disk."
SELECT = f"Select {FEWEST} to {MOST} runs by Ctrl or Shift and a click, to compare them"
REFRESH_MS = 3_000
"""Interval between two looks at the folders while the list is visible, in milliseconds."""
WRITING_S = 60.0
"""A folder whose logs have changed within this time in seconds, and whose run has not ended, is being written."""
BIN_MS = 200
"""Interval at which a folder whose run is being closed is looked at, in milliseconds."""


class RunsView(QWidget):
    """Lists the runs in the folder of the session's runs and those in its tabs; looks at the folders while visible."""

    opened = Signal(object)
    """Path: the folder of the run that the user wants to see."""
    compared = Signal(object)
    """list[RunEntry]: the user wants to compare these runs."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.shelf = RunShelf(session.runs.folder, self)
        self._entries = RunEntries(session)
        keys = {
            Qt.Key.Key_F2.value: self.rename,
            Qt.Key.Key_N.value: self.note,
            Qt.Key.Key_Delete.value: self.bin,
            Qt.Key.Key_C.value: self.compare,
        }
        self.list = RunsList(self._menu, keys)
        self.list.itemActivated.connect(self.open)
        self.list.currentItemChanged.connect(self._show_actions)
        self.list.itemSelectionChanged.connect(self._show_actions)
        self.count = label("", "dim", elided=True)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find: preset, setting, note")
        self.search.setAccessibleName("Find runs")
        self.search.setToolTip("Show only the runs in whose title, settings, figures or note all these words occur.")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self._compare = self._button("compare", "", self.compare)
        self._rename = self._button("rename", "Rename the run (F2)", self.rename)
        self._note = self._button("note", "Write a note about the run (N)", self.note)
        self._bin = self._button("delete", "", self.bin)
        self._leaving: list[Path] = []
        self._lay_out()
        self._clock = self._timer(REFRESH_MS, self.refresh)
        self._bin_clock = self._timer(BIN_MS, self._empty)
        self.shelf.changed.connect(self._show)
        for signal in (session.runs.changed, session.runs.legend_changed, session.state_changed):
            signal.connect(self._session_changed)
        theme().changed.connect(self.list.viewport().update)
        self._show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(6)
        row = nested(column, QHBoxLayout())
        row.addWidget(self.count, 1)
        row.addWidget(self._compare)
        row.addWidget(self._button("show folder", "Show the folder that holds all runs", self._show_folder))
        column.addWidget(self.search)
        column.addWidget(self.list, 1)

    def title_widgets(self) -> tuple[QWidget, ...]:
        """Return the buttons that act on the current run of the list, for the title bar of the dock."""
        return self._rename, self._note, self._bin

    def close_shelf(self) -> None:
        """Look at no more folders, and wait until the thread that does has ended."""
        self._clock.stop()
        self._bin_clock.stop()
        self.shelf.close()

    def empty_waiting(self) -> None:
        """Move the folders to the bin that still wait for it, when the window has closed and all engines have ended."""
        for path in self._leaving:
            if reason := move_to_bin(path):
                logger("window").warning("the bin does not take %s (%s)", path, reason)
        self._leaving.clear()

    def refresh(self) -> None:
        """Look at all folders; the list shows what has changed once they have been read."""
        folders = (run.model.folder for run in self._session.runs)
        self.shelf.refresh(folder.resolve() for folder in folders if folder is not None)

    # ------------------------------------------------------------------ the list

    def _session_changed(self) -> None:
        if self.isVisible():
            self._show()
            self.refresh()

    def _show(self) -> None:
        entries = self._entries.of(self.shelf.summaries)
        self.list.show_entries(entries)
        self._find()

    def _find(self) -> None:
        """Hide the runs that the user does not look for."""
        words = self.search.text()
        for item in self.list.all_items():
            item.setHidden(bool(words) and not item.data(ENTRY).matches(words))
        self._show_actions()
        self.count.setText(self._counted())

    def _counted(self) -> str:
        """Return how many runs are listed and how large they are; while some are hidden, of how many."""
        items = self.list.all_items()
        sizes = [item.data(ENTRY).summary.size_bytes for item in items if not item.isHidden()]
        if not items:
            return "Reading the folders …" if self.shelf.reading else "No runs yet"
        of_all = f" of {len(items)}" if len(sizes) < len(items) else ""
        return f"{len(sizes)}{of_all} {'run' if len(items) == 1 else 'runs'}, {size_text(sum(sizes))}"

    def _show_actions(self) -> None:
        entry = self.current
        can_compare = FEWEST <= len(self.chosen) <= MOST
        self._compare.setEnabled(can_compare)
        self._compare.setToolTip("Compare the selected runs (C)" if can_compare else SELECT)
        self._compare.setAccessibleName("Compare the selected runs")
        self._rename.setEnabled(entry is not None)
        self._note.setEnabled(entry is not None)
        reason = next(filter(None, map(self._why_kept, self.chosen)), "")
        self._bin.setEnabled(bool(self.chosen) and not reason)
        self._bin.setToolTip(reason or "Move the folders of the selected runs to the bin (Delete)")
        self._bin.setAccessibleName("Move the selected runs to the bin")

    @property
    def current(self) -> RunEntry | None:
        """The run on which the buttons and keys act."""
        item = self.list.currentItem()
        return item.data(ENTRY) if item is not None and not item.isHidden() else None

    @property
    def chosen(self) -> list[RunEntry]:
        """The runs that are selected, from top to bottom."""
        items = self.list.all_items()
        return [item.data(ENTRY) for item in items if item.isSelected() and not item.isHidden()]

    def _why_kept(self, entry: RunEntry) -> str:
        """Return why a run cannot be moved to the bin now; empty if it can."""
        if belongs_to_lesson(entry.summary.path):
            return "This run belongs to a lesson of sslviz. Close its tab instead."
        if entry.run is not None and entry.run.running:
            return "This run is training or paused. Stop it first."
        recent = time.time() - entry.summary.changed_at < WRITING_S
        by_other = entry.run is None or entry.run.model.recorded
        return (
            "A program still writes this run. End it first." if by_other and recent and not entry.summary.ended else ""
        )

    # ------------------------------------------------------------------ actions of the user

    def open(self) -> None:
        """Show the current run of the list: in its tab, or in a new one."""
        entry = self.current
        if entry is None:
            return
        if entry.run is not None:
            self._session.runs.choose(entry.run)
        else:
            self.opened.emit(entry.summary.path)

    def compare(self) -> None:
        """Compare the selected runs side by side."""
        self.compared.emit(self.chosen)

    def rename(self) -> None:
        """Ask the user for a title of the current run of the list; it is kept in the folder of the run."""
        entry = self.current
        if entry is None:
            return
        title = ask_title(self, entry.title)
        if title is None or title == entry.title:
            return
        if entry.run is not None:
            self._session.rename(entry.run, title)
            self.refresh()
        else:
            self._annotate(entry, title=title)

    def note(self) -> None:
        """Ask the user for a note about the current run of the list; it is kept in the folder of the run."""
        entry = self.current
        if entry is None:
            return
        question, mode = f"Note about {entry.title}", QLineEdit.EchoMode.Normal
        text, accepted = QInputDialog.getText(self, question, "Note", mode, entry.summary.note.text)
        if accepted:
            self._annotate(entry, text=text)

    def bin(self) -> None:
        """Close the selected runs where they are in tabs, and move their folders to the bin."""
        entries = [entry for entry in self.chosen if entry.summary.path not in self._leaving]
        if reason := next(filter(None, map(self._why_kept, entries)), ""):
            self.noticed.emit(Notice(level="refused", text=reason))
            return
        for entry in entries:
            if entry.run is not None and entry.run in self._session.runs:
                self._session.runs.remove(entry.run)
            self._leaving.append(entry.summary.path)
        if entries:
            self._bin_clock.start()
            self._empty()

    def _empty(self) -> None:
        """Move the folders that shall go to the bin, except those whose engines have not ended yet."""
        busy = {run.model.folder.resolve() for run in self._session.runs.retired if run.model.folder is not None}
        for path in [path for path in self._leaving if path not in busy]:
            self._leaving.remove(path)
            reason = move_to_bin(path)
            moved = Notice(level="info", text=f"Moved {path.name} to the bin.")
            kept = Notice(level="warning", text=f"The bin does not take it ({reason}). Delete {path} yourself.")
            self.noticed.emit(kept if reason else moved)
            self.refresh()
        if not self._leaving:
            self._bin_clock.stop()

    def _annotate(self, entry: RunEntry, **parts: str) -> None:
        """Write the given fields of a :class:`RunNote` into the folder of a run, beside those that are there."""
        path = entry.summary.path
        self._session.annotate(path, note_of(path)._replace(**parts))
        self.refresh()

    def _show_folder(self) -> None:
        if refusal := show_folder(self._session.runs.folder):
            self.noticed.emit(Notice(level="info", text=refusal))

    def _menu(self) -> QMenu | None:
        """Return the menu of the current run of the list; None if there is none."""
        if self.current is None:
            return None
        menu = QMenu(self.list)
        menu.addAction("Open").triggered.connect(self.open)
        for button, text in (
            (self._compare, "Compare"),
            (self._rename, "Rename …"),
            (self._note, "Note …"),
            (self._bin, "Move to the bin"),
        ):
            action = menu.addAction(text)
            action.triggered.connect(button.click)
            action.setEnabled(button.isEnabled())
        return menu

    # ------------------------------------------------------------------ inside

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()
        self.refresh()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    def _button(self, text: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = small_action(text, tip)
        button.clicked.connect(act)
        return button

    def _timer(self, interval_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self, interval=interval_ms)
        timer.timeout.connect(act)
        return timer
