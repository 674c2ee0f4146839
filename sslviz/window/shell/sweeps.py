"""The sweeps of the main window: begins them, opens their windows, and stops them when the main window closes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from sslviz.core.messages import Notice
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.folder import read_sweep, write_sweep
from sslviz.core.sweep.plan import Sweep
from sslviz.window.runs.session import Session
from sslviz.window.shell.confirm import confirm_stop_of_sweep

if TYPE_CHECKING:
    from sslviz.window.shell.sweep_window import SweepWindow

NO_CATALOGUE = "The settings are not known yet: wait until the training engine is ready."
FROM_SCRIPT = "A script trained this run: choose another run or a preset to sweep its settings."


class Sweeps(QObject):
    """Keeps the windows of sweeps, one for each folder."""

    run_wanted = Signal(object)
    """Path: the run folder of a run that the user has chosen in a sweep."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.windows: dict[Path, SweepWindow] = {}
        """The open windows by the folders of their sweeps."""

    def ask(self) -> None:
        """Ask the user what a sweep of the present settings varies, and begin it."""
        from sslviz.window.sweep.dialog import SweepDialog

        session = self._session
        state, catalogue = session.current.in_force, session.catalogue
        if catalogue is None or session.current.from_script:
            text = NO_CATALOGUE if catalogue is None else FROM_SCRIPT
            self.noticed.emit(Notice(level="refused", text=text))
            return
        arguments = (state, session.settings, catalogue, session.runs.folder, _steps_per_second(session))
        dialog = SweepDialog(self._window, *arguments)
        dialog.chosen.connect(self.begin)
        dialog.open()

    def begin(self, folder: Path, sweep: Sweep) -> None:
        """Write the plan of a sweep into its folder, open its window, and train it."""
        try:
            write_sweep(folder, sweep)
        except OSError as error:
            text = f"{folder} could not be written: {error.strerror or error}. Choose another folder."
            self.noticed.emit(Notice(level="warning", text=text))
        else:
            self._show(folder.resolve(), sweep).train()

    def open(self, folder: Path) -> None:
        """Show the sweep in a folder, or tell the user why it cannot be read."""
        try:
            self._show(folder.resolve(), read_sweep(folder))
        except SweepError as error:
            self.noticed.emit(Notice(level="refused", text=str(error)))

    def may_close(self) -> bool:
        """Ask whether sweeps that are being trained may be stopped; return whether the main window may close."""
        training = any(window.process.running for window in self.windows.values())
        return not training or confirm_stop_of_sweep(self._window)

    def close(self) -> None:
        """Stop all sweeps without asking, and close their windows."""
        for window in [*self.windows.values()]:
            window.shut_down()
            window.deleteLater()

    def _show(self, folder: Path, sweep: Sweep) -> SweepWindow:
        """Return the window of a sweep, which is brought forward; make one if there is none yet."""
        from sslviz.window.shell.sweep_window import SweepWindow  # pyqtgraph is slow to import

        if folder not in self.windows:
            window = SweepWindow(folder, sweep, lambda: self._session.catalogue, self._window.size())
            window.run_wanted.connect(self._choose)
            window.closed.connect(lambda: self.windows.pop(folder, None))
            self.windows[folder] = window
        window = self.windows[folder]
        window.show()
        window.view.setFocus()
        window.raise_()
        window.activateWindow()
        return window

    def _choose(self, folder: Path) -> None:
        """Show a run of a sweep in the main window, and bring it forward."""
        self.run_wanted.emit(folder)
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()


def _steps_per_second(session: Session) -> float | None:
    """Return the speed of the current run, None if it does not train."""
    pulse, batch = session.run.pulse, session.values.get("batch_size")
    known = pulse is not None and pulse.samples_per_second > 0 and isinstance(batch, int) and batch > 0
    return pulse.samples_per_second / batch if known and pulse is not None and isinstance(batch, int) else None
