"""The window of a sweep: its view, how far it is, and the buttons that stop and continue it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QVBoxLayout

from sslviz.core.entries import Catalogue
from sslviz.core.messages import Notice
from sslviz.core.settings import SettingError
from sslviz.core.sweep.plan import Sweep
from sslviz.core.sweep.sentences import SweepWords
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.share import Share
from sslviz.window.shell.confirm import confirm_stop_of_sweep
from sslviz.window.shell.keyboard import move_focus, move_in_row
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized
from sslviz.window.sweep.process import SweepProcess
from sslviz.window.sweep.reader import INTERVAL_MS, SweepReader
from sslviz.window.sweep.results import RunResult, SweepResult
from sslviz.window.sweep.time_to_go import progress_text
from sslviz.window.sweep.view import SweepView

SMALLEST, LARGEST = (900, 560), QSize(1600, 1000)
"""Minimum size, and maximum size at first, in pixels."""
MARGIN = QSize(40, 60)
"""By how much the window is smaller than the main window, in pixels."""


class SweepWindow(QFrame):
    """Shows the sweep in a folder, whoever trains it; deletes itself when it is closed.

    It has no parent, so that the main window can lie in front of it. ``catalogue`` returns the catalogue of settings
    as soon as it is known, and ``room`` is the size of the main window.
    """

    run_wanted = Signal(object)
    """Path: the run folder of the run that the user wants to see."""
    closed = Signal()
    """The window has closed; its process has ended."""

    def __init__(self, folder: Path, sweep: Sweep, catalogue: Callable[[], Catalogue | None], room: QSize) -> None:
        super().__init__()
        self.setObjectName("dockBody")
        self.setWindowTitle(f"Sweep: {folder.name} – sslviz")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.folder, self._sweep = folder, sweep
        self._catalogue = catalogue
        self._words: SweepWords | None = None
        self.process = SweepProcess(self)
        self.process.ended.connect(self._ended)
        self.view = SweepView(sweep, folder)
        self.reader = SweepReader(folder, sweep, self)
        self.reader.changed.connect(self._show)
        self.progress, self.bar = label(role="dim", numbers=True), QProgressBar()
        self.button = QPushButton("Stop")
        self.share = Share(self.view)
        self.share.button.shy = False
        self._lay_out()
        self._connect()
        sized(self.setMinimumSize, *SMALLEST)
        self.resize((room - MARGIN).boundedTo(LARGEST).expandedTo(self.minimumSize()))
        self.reader.look()

    def _lay_out(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Progress of the sweep")
        sized(self.bar.setFixedWidth, 140)
        for widget in (self.progress, self.bar, self.button, self.share.button):
            widget.setProperty(ON_SCREEN_ONLY, True)
            self.view.header.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self.view)

    def _connect(self) -> None:
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._stop_or_continue)
        self.view.run_chosen.connect(self._want)
        self.view.noticed.connect(self._notice)
        QShortcut(QKeySequence.StandardKey.Close, self, self.close)
        self._show_progress(None)

    # ------------------------------------------------------------------ training

    def train(self) -> None:
        """Train the runs that are missing, in a process of its own."""
        self.process.start(self.folder)
        self._show_progress(self.view.result)

    def _stop_or_continue(self) -> None:
        if self.process.running:
            self.process.stop()
            self._show_progress(self.view.result)
        else:
            self.train()

    def _ended(self, failure: str) -> None:
        self.reader.look_anew()
        if failure:
            self._notice(Notice(level="warning", text=f"The sweep has ended: {failure}"))

    # ------------------------------------------------------------------ what is shown

    def _show(self, result: SweepResult) -> None:
        self._words = self._words or _words(self._sweep, self._catalogue())
        self.view.show_sweep(result, self._words)
        if self._catalogue() is None:  # a complete sweep is not looked at again otherwise
            QTimer.singleShot(INTERVAL_MS, self.reader.look)
        self._show_progress(result)

    def _show_progress(self, result: SweepResult | None) -> None:
        own = self.process.running
        active = own or (result is not None and result.active)
        complete = result is not None and result.complete and not own
        self.button.setVisible(not complete)
        self.button.setText("Stop" if active else "Continue")
        self.button.setAccessibleName(self.button.text())
        self.button.setEnabled((own and not self.process.stopping) or not active)
        self.button.setToolTip(_tip(own=own, active=active))
        self.bar.setValue(round(1000 * result.done) if result is not None else 0)
        stopping = "stopping …" if self.process.stopping else ""
        self.progress.setText(stopping or ("reading …" if result is None else progress_text(result, active=active)))

    def _notice(self, notice: Notice) -> None:
        self.view.readout.setText(notice.text)

    def _want(self, run: RunResult) -> None:
        if run.run.path.is_dir():
            self.run_wanted.emit(run.run.path)
        else:
            self._notice(Notice(level="info", text="This run has not begun yet."))

    # ------------------------------------------------------------------ closing and keys

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.process.running and not confirm_stop_of_sweep(self):
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Stop the sweep, which breaks the present run off, and wait until its process and the reader have ended."""
        self.hide()
        self.process.close()
        self.reader.close()
        self.closed.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not move_in_row(self, event):
            super().keyPressEvent(event)


def _words(sweep: Sweep, catalogue: Catalogue | None) -> SweepWords | None:
    try:
        return SweepWords(sweep, catalogue) if catalogue is not None else None
    except SettingError:
        return None


def _tip(*, own: bool, active: bool) -> str:
    if own:
        return "Break the present run off; those that have ended stay, and the sweep can be continued"
    if active:
        return "Another program trains this sweep: stop it there"
    return "Train the runs that are missing"
