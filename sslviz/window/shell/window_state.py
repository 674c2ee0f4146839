"""Restores the saved preferences when the window starts; saves them when the theme changes or the window closes."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QObject, QThreadPool, QTimer, Signal
from PySide6.QtWidgets import QAbstractButton

from sslviz.core.catalogue import resolve_values
from sslviz.core.lessons import belongs_to_lesson
from sslviz.core.log import logger
from sslviz.core.settings import SettingError, Values
from sslviz.window.panel import Panel
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.own_data import MOST_RECENT
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.shell.preferences import Placement, Preferences, PreferencesFile
from sslviz.window.style.theme import theme

DEBOUNCE_MS = 500
"""Delay between a change of theme and the saving, in milliseconds."""
LAST_WRITE_MS = 2_000
"""Maximum time to wait for the last write, in milliseconds."""


class WindowState(QObject):
    """Restores the preferences of a window from a file, and writes them to this file in a background thread.

    ``kept`` are the preferences that were read from the file at the start.
    """

    _failed = Signal(str)

    def __init__(self, window: MainWindow, file: PreferencesFile, kept: Preferences) -> None:
        super().__init__(window)
        self._window, self._file, self._kept = window, file, kept
        self._problem_shown = False
        self._problem = ""
        self._values_pending = bool(kept.values)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # one after the other
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._write)
        self._failed.connect(self._show_problem)
        window.closing.connect(self._write)

    def restore(self) -> None:
        """Restore text size, geometry and layout of the window and, now or a little later, the run's settings.

        To be called before the window is shown. The settings are restored as soon as the window has the catalogue: at
        once if it was cached, otherwise when the engine has sent it.
        """
        theme().set_text(self._kept.text_percent)
        self._window.restoreGeometry(QByteArray(self._kept.placement.geometry))  # Qt moves it onto an existing screen
        self._window.arrangement.restore(self._kept.placement.layout)
        self._window.headline.put_below(self._window)
        self._window.lead.fold(on=self._kept.lead_folded)
        self._window.lesson_offer.made = self._kept.lesson_offered
        self._window.session.verdicts.switch(on=self._kept.verdicts)
        self._window.sounds.play_pinned = self._kept.play_pinned
        self._window.own_data.recent = self._kept.recent_data[:MOST_RECENT]
        self._window.panel_docks.added.connect(self._restore_switches)
        self._window.session.settings_changed.connect(self._restore_values)
        self._restore_values()
        theme().changed.connect(self._debounce.start)

    def say_notice(self) -> None:
        """Show a message if the preferences file could not be read or used."""
        if self._file.notice:
            self._window.messages.say(self._file.notice, "warning")

    def finish(self) -> None:
        """Wait until the preferences file is written; to be called after the window has closed.

        The wait ends after :data:`LAST_WRITE_MS` at the latest. If the file could not be written and no message in the
        window has told the user, the error is logged.
        """
        self._pool.waitForDone(LAST_WRITE_MS)
        if self._problem and not self._problem_shown:
            logger("window").warning("%s", self._problem)

    def _restore_switches(self, panel: Panel) -> None:
        for key, switch in _switches((panel,)).items():
            switch.setChecked(self._kept.switches.get(key, switch.isChecked()))

    def _restore_values(self) -> None:
        """Restore the settings once the window has the catalogue, unless the user has chosen another preset.

        This is done at most once. If the saved settings do not fit the catalogue, the preferences file is renamed and a
        message tells the user.
        """
        session = self._window.session
        if not self._values_pending or session.catalogue is None:
            return
        self._values_pending = False
        if session.preset.name != self._kept.preset:
            return
        try:
            session.take_values(resolve_values(session.catalogue, self._kept.values))
        except SettingError:
            self._file.set_aside("has run settings that cannot be used here", "those of the preset hold")
            self.say_notice()

    def _write(self) -> None:
        self._debounce.stop()
        preferences = self._present()
        self._pool.start(lambda: self._write_file(preferences))

    def _present(self) -> Preferences:
        """Return preferences made of the present theme, preset, settings, window geometry and dock layout."""
        window, session = self._window, self._window.session
        preset, values = self._present_settings()
        return Preferences(
            theme=theme().name,
            preset=preset,
            placement=Placement.of(bytes(window.saveGeometry().data()), window.arrangement.save()),
            values=values,
            lead_folded=window.lead.folded,
            lesson_offered=window.lesson_offer.made,
            verdicts=session.verdicts.on,
            play_pinned=window.sounds.play_pinned,
            switches=self._kept.switches
            | {key: switch.isChecked() for key, switch in _switches(window.panels.values()).items()},
            recent_data=window.own_data.recent,
            text_percent=theme().text_percents[False],
        )

    def _present_settings(self) -> tuple[str, Values]:
        """Return the name of the preset and the settings of the run in view.

        If that is a recorded run of a lesson, they are those of the newest run that is none, or else the kept ones.
        """
        runs = self._window.session.runs
        own = (run for run in (runs.current, *reversed(runs)) if not _belongs_to_lesson(run))
        config = next((run.config for run in own), None)
        if config is None:
            return self._kept.preset, self._kept.values
        kept = self._kept.values if config.preset.name == self._kept.preset else {}
        return config.preset.name, dict(config.values) or kept

    def _write_file(self, preferences: Preferences) -> None:
        """Write the preferences file, and report an error by a signal; runs in a background thread."""
        try:
            self._file.write(preferences)
        except OSError as error:
            self._problem = f"The settings could not be kept in {self._file.path}: {error.strerror or error}."
            self._failed.emit(self._problem)

    def _show_problem(self, text: str) -> None:
        if not self._problem_shown:
            self._problem_shown = True
            self._window.messages.say(text, "warning")


def _belongs_to_lesson(run: LiveRun) -> bool:
    return run.model.folder is not None and belongs_to_lesson(run.model.folder)


def _switches(panels: Iterable[Panel]) -> dict[str, QAbstractButton]:
    """Return the switches of panels by their keys in :attr:`Preferences.switches`."""
    return {f"{panel.name}.{key}": switch for panel in panels for key, switch in panel.switches().items()}
