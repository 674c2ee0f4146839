"""Compares runs in a window of their own: opens it, keeps it up to date, and closes it with the last but one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from sslviz.core.messages import Notice
from sslviz.core.run_folder import RunFolderError, check_shown
from sslviz.window.runs.comparison import FEWEST, MOST
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.session import Session

if TYPE_CHECKING:
    from sslviz.window.shell.compare_window import CompareWindow
    from sslviz.window.shell.run_entries import RunEntry

TOO_FEW = "Select two to four runs in the panel Runs, by Ctrl or Shift and a click, then Compare in its context menu."
A_SWEEP = (
    "The runs of a sweep are compared in its own window: open it by Enter. To compare runs here, select only runs."
)
ONE_LEFT = "The comparison has ended: only one of its runs is still open."


class Comparing(QObject):
    """Opens the window of compared runs when the user first asks for it; closed, it compares nothing."""

    made = Signal(object)
    """Panel: the view that was just made, to be drawn by the clock of the window."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""
    runs_wanted = Signal()
    """The user has to select runs first, in the list of all runs."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._parent = session, parent
        self.window: CompareWindow | None = None
        session.runs.compared_changed.connect(self._follow)
        session.compared_arrived.connect(self._notify)

    def compare(self, runs: Iterable[LiveRun]) -> None:
        """Compare these runs side by side; if they are too few or too many, say so.

        Runs that have left the list are left out.
        """
        chosen = tuple(run for run in dict.fromkeys(runs) if run in self._session.runs)
        if self._may_compare(len(chosen)):
            self._session.runs.compare(chosen)
            self._show()

    def compare_entries(self, entries: Sequence[RunEntry]) -> None:
        """Compare runs of the list of all runs; those that are not open are opened in tabs."""
        if not self._may_compare(len(entries)):
            return
        if any(entry.summary.sweep for entry in entries):
            self.noticed.emit(Notice(level="info", text=A_SWEEP))
            return
        try:
            for entry in entries:
                if entry.run is None:
                    check_shown(entry.summary.path)
        except RunFolderError as error:
            self.noticed.emit(Notice(level="refused", text=str(error)))
            return
        runs = self._session.runs
        self.compare([entry.run or runs.opened(entry.summary.path) for entry in entries])

    def compare_open(self) -> None:
        """Compare the current run with the runs in the last tabs; those that were not started are left out."""
        runs = self._session.runs
        started = [run for run in runs if run.model.life_cycle.started]
        others = [run for run in started if run is not runs.current]
        self.compare([run for run in (runs.current, *others[1 - MOST :]) if run in started])

    def close(self) -> None:
        """Close the window, if it is open."""
        if self.window is not None:
            self.window.close()

    def _may_compare(self, count: int) -> bool:
        """Return whether so many runs can be compared; if not, say how to select some."""
        fitting = FEWEST <= count <= MOST
        if not fitting:
            self.noticed.emit(Notice(level="info", text=TOO_FEW))
            self.runs_wanted.emit()
        return fitting

    def _show(self) -> None:
        if self.window is None:
            from sslviz.window.shell.compare_window import CompareWindow  # pyqtgraph is slow to import

            self.window = CompareWindow(self._session, self._parent)
            self.window.chosen.connect(self._session.runs.compare)
            self.window.view.samples_chosen.connect(self._session.choose_samples)
            self.window.view.run_toggled.connect(self._session.runs.toggle)
            self.window.view.noticed.connect(self.noticed)
            self.made.emit(self.window.view)
        self._follow()
        self.window.show()
        self.window.activateWindow()
        self.window.raise_()

    def _follow(self) -> None:
        """Show the runs that are compared now; if there are none any more, close the window."""
        if self.window is None:
            return
        runs = self._session.runs.compared
        if runs:
            self.window.compare(runs)
        elif self.window.isVisible():
            self.window.close()
            self.noticed.emit(Notice(level="info", text=ONE_LEFT))

    def _notify(self, message_types: set[type]) -> None:
        if self.window is not None and self.window.isVisible():
            self.window.view.notify(message_types)
            self.window.name_runs()
