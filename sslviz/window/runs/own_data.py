"""Data of the user's own in the runs of a session: which to use, which were used last, and what was found in them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from sslviz.core.catalogue import data_named, dataset_entry
from sslviz.core.settings import SettingError
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.session import Session
from sslviz.window.runs.survey_requests import NO_SURVEY

MOST_RECENT = 8
WAITING = "{} is opened as soon as the engine is there."


class OwnData(QObject):
    """Has runs of a session learn from data of the user's own."""

    surveyed = Signal(object)
    """LiveRun: its data of the user's own were looked at, see :attr:`RunConfig.found`."""
    noticed = Signal(str, str)
    """Level and text of a message that the user should read."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting = ""
        self.recent: tuple[str, ...] = ()
        """Paths of the data that were used last, newest first; at most :data:`MOST_RECENT`."""
        session.runs.added.connect(self._follow)
        session.settings_changed.connect(self._use_waiting)
        for run in session.runs:
            self._follow(run)

    def use(self, name: str) -> None:
        """Have the current run learn from the data called ``name``: a data set, or the path of a folder or a file.

        If that run was started, another one learns from them, which has not started and becomes the current run; a
        training goes on. Data of the user's own are looked at once more, also if the run uses them already. If there
        are no such data, :attr:`noticed` says so. Before the catalogue is known, they wait for it.
        """
        catalogue = self._session.catalogue
        if catalogue is None:
            self._waiting = name
            self.noticed.emit("info", WAITING.format(name))
            return
        try:
            chosen = data_named(catalogue, name)
        except SettingError as error:
            self.noticed.emit("refused", str(error))
            return
        self._session.stand_ready(dataset_entry(catalogue, str(chosen["data"])).title)
        self._session.current.use_data(chosen)

    def cancel(self, run: LiveRun) -> None:
        """Cancel the look at the data of ``run``, a start that waits for it, and the choice that it follows from."""
        run.withdraw_request()
        run.training_thread.send(NO_SURVEY)
        QTimer.singleShot(0, run, run.edits.take_back_data)  # the form is shown anew, which takes a moment

    def _use_waiting(self) -> None:
        if self._waiting and self._session.catalogue is not None:
            name, self._waiting = self._waiting, ""
            QTimer.singleShot(0, self, lambda: self.use(name))  # after the settings of the last time are back

    def _follow(self, run: LiveRun) -> None:
        run.surveyed.connect(lambda: self._note(run))

    def _note(self, run: LiveRun) -> None:
        found = run.config.found
        if found is not None:
            others = (path for path in self.recent if path != found.path)
            self.recent = (found.path, *others)[:MOST_RECENT]
            self.surveyed.emit(run)
