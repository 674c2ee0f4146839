"""Brings the window back as it was left, and keeps how it is left."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QThreadPool, QTimer, Signal

from sslviz.core.catalogue import resolve_values
from sslviz.core.log import logger
from sslviz.core.settings import SettingError
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.shell.preferences import Placement, Preferences, PreferencesFile
from sslviz.window.style.theme import theme

DEBOUNCE_MS = 500
LAST_WRITE_MS = 2_000
"""A disk that has not answered by then is not waited for."""


class WindowState(QObject):
    """Between a window and the file. Writes in a thread of its own, so that no slow disk holds the window up."""

    _failed = Signal(str)

    def __init__(self, window: MainWindow, file: PreferencesFile, kept: Preferences) -> None:
        super().__init__(window)
        self._window, self._file, self._kept = window, file, kept
        self._told = False
        self._problem = ""
        self._values_wait = bool(kept.values)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # one after the other
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(DEBOUNCE_MS)
        self._soon.timeout.connect(self._write)
        self._failed.connect(self._tell)
        window.closing.connect(self._write)

    def restore(self) -> None:
        """Before the window is shown: its place, its docks, and the settings as soon as they are known."""
        self._window.restoreGeometry(QByteArray(self._kept.placement.geometry))  # Qt brings it onto a screen there is
        self._window.arrangement.restore(self._kept.placement.layout)
        self._window.session.settings_changed.connect(self._restore_values)
        self._restore_values()
        theme().changed.connect(self._soon.start)

    def say_notice(self) -> None:
        """What the reading of the file came to, if a person should know."""
        if self._file.notice:
            self._window.toast.say(self._file.notice, "warning")

    def finish(self) -> None:
        """Wait for the last writing; the window is closed already."""
        self._pool.waitForDone(LAST_WRITE_MS)
        if self._problem and not self._told:
            logger("window").warning("%s", self._problem)

    def _restore_values(self) -> None:
        """Once, when there are settings to hold them, and the preset they belong to is still the chosen one."""
        session = self._window.session
        if not self._values_wait or session.catalogue is None:
            return
        self._values_wait = False
        if session.preset.name != self._kept.preset:
            return
        try:
            session.take_values(resolve_values(session.catalogue, self._kept.values))
        except SettingError:
            self._file.set_aside()
            self.say_notice()

    def _write(self) -> None:
        self._soon.stop()
        now = self._present()
        self._pool.start(lambda: self._write_there(now))

    def _present(self) -> Preferences:
        window, session = self._window, self._window.session
        same = session.preset.name == self._kept.preset
        return Preferences(
            theme=theme().name,
            preset=session.preset.name,
            placement=Placement.of(bytes(window.saveGeometry().data()), window.arrangement.save()),
            values=dict(session.values) or (self._kept.values if same else {}),
        )

    def _write_there(self, preferences: Preferences) -> None:
        """In the pool's thread."""
        try:
            self._file.write(preferences)
        except OSError as error:
            self._problem = f"The settings could not be kept in {self._file.path}: {error.strerror or error}."
            self._failed.emit(self._problem)

    def _tell(self, text: str) -> None:
        if not self._told:
            self._told = True
            self._window.toast.say(text, "warning")
