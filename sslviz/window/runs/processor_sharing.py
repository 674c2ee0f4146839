"""Sharing the CPU between runs: one run at a time trains on it, unless the user lets runs train side by side."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_list import RunList


class ProcessorSharing(QObject):
    """Pauses a run on the CPU when another run starts, since two runs at once would train at less than half speed."""

    paused = Signal(object, object)
    """LiveRun, LiveRun: the first run was paused so that the second has the CPU to itself."""

    def __init__(self, runs: RunList) -> None:
        super().__init__(runs)
        self._runs = runs
        self.side_by_side = False
        """Whether runs may train at the same time."""

    def run_side_by_side(self, *, on: bool) -> None:
        """Set whether runs train on the CPU at the same time or one at a time.

        When switched on, the runs that gave way to another run resume; runs that the user has paused stay paused. When
        switched off, all training runs but one pause.
        """
        self.side_by_side = on
        if on:
            for run in self._runs:
                if run.gave_way and run.model.active:
                    run.control("resume")
            return
        training = [run for run in (self._runs.current, *self._runs) if run.on_cpu and run.trains]
        if training:
            self.make_room(training[0])

    def note_training(self, run: LiveRun) -> None:
        """Pause other runs on the CPU in favour of a run that has just begun or resumed training."""
        if run.trains:
            self.make_room(run)

    def make_room(self, run: LiveRun) -> None:
        """Pause all other runs on the CPU, if ``run`` uses the CPU too and runs may not train at the same time."""
        if self.side_by_side or not run.on_cpu:
            return
        for other in self._runs:
            if other is not run and other.on_cpu and other.trains:
                other.give_way()
                self.paused.emit(other, run)
