"""The slider in the map's title bar that chooses a snapshot of a recorded run."""

from __future__ import annotations

from PySide6.QtCore import Signal

from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.step_slider import StepSlider
from sslviz.window.style.title_controls import offer

HELP = "Which snapshot of the recorded run is shown; the last one follows a run that goes on"


class SnapshotSlider(StepSlider):
    """Lets the user choose a snapshot by its number, counted from 1, and sets :attr:`RunModel.snapshot` to this number.

    The last position of the slider sets 0 instead: the newest snapshot, also when the run gets more snapshots later.
    """

    chosen = Signal()
    """The user has chosen a snapshot."""

    def __init__(self, run: RunModel) -> None:
        super().__init__("Snapshot", HELP, "{}")
        self.run = run
        self.changed.connect(self._choose)

    def refresh(self) -> None:
        """Offer all snapshots that the run has now; hide the slider if there are fewer than two."""
        count = self.run.prepared.snapshots if self.run.prepared is not None else 0
        offer(self, offered=count > 1)
        self.set_steps(1, max(count, 1), self.run.snapshot or count)

    def _choose(self, number: int) -> None:
        self.run.snapshot = number % self.slider.maximum()
        self.chosen.emit()
