"""Sharing the CPU between runs: only one run at a time trains on it, unless the user lets several train at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_list import RunList


class ProcessorSharing(QObject):
    """Pauses a run on the CPU when another run starts to train on the CPU.

    If both trained at the same time, each would reach less than half the speed that it has alone.
    """

    paused = Signal(object, object)
    """LiveRun, LiveRun: the first run was paused so that the second has the CPU to itself."""

    def __init__(self, runs: RunList) -> None:
        super().__init__(runs)
        self._runs = runs
        self.side_by_side = False
        """Whether runs may train at the same time."""

    def run_side_by_side(self, *, on: bool) -> None:
        """Set whether runs train on the CPU at the same time or one at a time.

        If ``on``, all runs that were paused automatically in favour of another run resume; runs that the user has
        paused stay paused. Otherwise all runs that train on the CPU are paused except one: the current run if it is
        among them, else the first of the list.
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
        """Call :meth:`make_room` for ``run`` if it trains and goes on to, see :attr:`LiveRun.trains`."""
        if run.trains:
            self.make_room(run)

    def make_room(self, run: LiveRun) -> None:
        """Pause all other runs that train on the CPU.

        Nothing happens if ``run`` does not use the CPU, or if the user lets runs train at the same time.
        """
        if self.side_by_side or not run.on_cpu:
            return
        for other in self._runs:
            if other is not run and other.on_cpu and other.trains:
                other.give_way()
                self.paused.emit(other, run)
