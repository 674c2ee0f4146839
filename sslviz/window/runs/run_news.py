"""Notices about runs: what a run says itself, and what has happened to runs that are not in view."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal

from sslviz.core.messages import Notice
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.processor_sharing import ProcessorSharing
from sslviz.window.runs.run_list import MOST_RUNS, RunList
from sslviz.window.runs.run_model import RunModel


class RunNews(QObject):
    """Puts into words what the user should know of the runs of a list, and passes on the notices of each run."""

    noticed = Signal(object, object)
    """Notice, RunModel | None: a message that the user should read, and the run that it is about, if any."""

    def __init__(self, runs: RunList, sharing: ProcessorSharing) -> None:
        super().__init__(runs)
        self._runs = runs
        runs.added.connect(self._follow)
        runs.left.connect(self._tell_left)
        sharing.paused.connect(self._tell_paused)

    def say(self, text: str) -> None:
        """Tell the user something that is about no single run."""
        self.noticed.emit(Notice(level="info", text=text), None)

    def _follow(self, run: LiveRun) -> None:
        run.noticed.connect(lambda notice: self._tell(run, notice))
        run.troubled.connect(lambda: self._tell_trouble(run))

    def _tell(self, run: LiveRun, notice: Notice) -> None:
        """Pass on a notice of ``run``; if that is not the current run, its title precedes the text."""
        titled = msgspec.structs.replace(notice, text=f"{run.model.title}: {notice.text}", key="")
        self.noticed.emit(notice if run is self._runs.current else titled, run.model)

    def _tell_trouble(self, run: LiveRun) -> None:
        """Tell the user that a run of the list which is not in view is in trouble.

        The headline tells it of the current run; a removed run is only being saved.
        """
        diagnosis = run.model.diagnosis
        if diagnosis is None or run is self._runs.current or run not in self._runs:
            return
        text = " ".join(filter(None, (f"{diagnosis.title}.", diagnosis.text, diagnosis.advice)))
        self._tell(run, Notice(level="warning", text=text))

    def _tell_left(self, run: RunModel) -> None:
        self.say(f"{run.title} has left the tabs, which hold {MOST_RUNS} runs; the panel Runs (View, Runs) lists it.")

    def _tell_paused(self, paused: LiveRun, training: LiveRun) -> None:
        titles = paused.model.title, training.model.title
        self.say("{} is paused, so that {} has the processor to itself.".format(*titles))
