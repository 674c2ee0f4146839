"""Whether verdicts on runs are shown: the user may switch all off, and a lesson hides those that it asks about."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_list import RunList


class VerdictVisibility(QObject):
    """Decides which runs of a list show their verdicts."""

    changed = Signal()

    def __init__(self, runs: RunList) -> None:
        super().__init__(runs)
        self._runs = runs
        self._withheld: Collection[Path] = ()
        self.on = True
        """Whether verdicts on runs are shown."""
        runs.added.connect(self.apply)

    def switch(self, *, on: bool) -> None:
        """Show verdicts on all runs, or none: neither in panels and headline nor as warnings."""
        self.on = on
        self._apply_to_all()

    def withhold(self, folders: Collection[Path]) -> None:
        """Hide the verdicts on the recorded runs in these folders, so that the user may judge; show all others.

        This also holds for runs that are opened from these folders later.
        """
        self._withheld = folders
        self._apply_to_all()

    def apply(self, run: LiveRun) -> None:
        """Tell a run whether it shows its verdict; to be called again when its folder is known."""
        run.model.judged = self.on
        run.model.verdict_withheld = run.model.folder in self._withheld

    def _apply_to_all(self) -> None:
        for run in self._runs:
            self.apply(run)
        self.changed.emit()
