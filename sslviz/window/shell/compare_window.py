"""The window in which runs are compared, with the menu that chooses them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from sslviz.core.messages import Notice
from sslviz.window.compare.comparison import Comparison
from sslviz.window.runs.comparison import FEWEST, MOST
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.session import Session
from sslviz.window.share import Share
from sslviz.window.shell.keyboard import move_focus, move_in_row
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested

SIZE, ROOM = QSize(1240, 660), QSize(40, 60)
"""Size of the window in pixels, and how much smaller than the main window it is at most."""


class CompareWindow(QDialog):
    """Shows a :class:`Comparison` above which the user chooses runs, tools and colours; closing it ends that."""

    chosen = Signal(object)
    """tuple[LiveRun, ...]: the runs that the user wants to compare; none when the window was closed."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._session = session
        self.view = Comparison()
        self.button = small_action("runs ▾", f"Choose which of the open runs are compared, {FEWEST} to {MOST} of them")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.button)
        self.menu.aboutToShow.connect(self._offer)
        self.button.setMenu(self.menu)
        self.said = label(role="dim", elided=True)
        self.said.setMinimumWidth(1)
        self.view.noticed.connect(self._say)
        QShortcut(QKeySequence.StandardKey.Close, self).activated.connect(self.close)
        self._lay_out()
        self.resize(SIZE.expandedTo(parent.size() - ROOM).boundedTo(parent.size()))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        frame = QFrame()
        frame.setObjectName("dockBody")
        column.addWidget(frame)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(0, 6, 0, 0)
        inside.setSpacing(0)
        row = nested(inside, QHBoxLayout())
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        tools, *controls = self.view.title_widgets()
        row.addWidget(self.button)
        row.addWidget(tools)
        row.addWidget(self.said, 1)
        for control in (*controls, Share(self.view).button):
            row.addWidget(control)
        inside.addWidget(self.view, 1)

    def compare(self, runs: tuple[LiveRun, ...]) -> None:
        """Compare these runs from now on."""
        self.view.compare(runs)
        self.name_runs()

    def name_runs(self) -> None:
        """Show the titles of the runs in the title of the window."""
        self.setWindowTitle(f"Compare {', '.join(run.model.title for run in self.view.runs)} – sslviz")

    def _offer(self) -> None:
        """List all runs that are open; those that are compared are checked."""
        self.menu.clear()
        count = len(self.view.runs)
        for run in self._session.runs:
            action = self.menu.addAction(run.model.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(run in self.view.runs)
            action.setEnabled(count > FEWEST if action.isChecked() else count < MOST)
            action.toggled.connect(partial(self._switch, run))

    def _switch(self, run: LiveRun, on: bool) -> None:
        others = tuple(each for each in self.view.runs if each is not run)
        self.chosen.emit((*others, run) if on else others)

    def _say(self, notice: Notice) -> None:
        self.said.setText(notice.text)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # spontaneous: the window was minimised
            self.chosen.emit(())

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along a row of buttons; Escape, which lets go of samples, does not close the window."""
        if event.key() != Qt.Key.Key_Escape and not move_in_row(self, event):
            super().keyPressEvent(event)
