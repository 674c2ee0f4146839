"""Legend of the runs whose curves are drawn in a panel; a click hides or shows the curves of a run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from sslviz.window.plotting.line_legend import LineEntry, LineLegend
from sslviz.window.runs.comparison import short_titles
from sslviz.window.runs.run_model import RunModel


class RunLegend(LineLegend):
    """Shows for each run a line in the run's colour and what tells the run from the others, side by side.

    The first entry is the current run; its title is bold. A click on another entry, or Enter, hides the curves of that
    run or shows them again. The legend is hidden if there are fewer than two runs.
    """

    toggled = Signal(object)
    """RunModel: the user hides or shows the curves of this run."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[RunModel, ...] = ()
        self.setToolTip(
            "Point at a run to bring its curve forward; click it, or press Enter, to hide or show the curve."
        )
        self.pressed.connect(self._toggle)
        self.hide()

    @property
    def pointed_run(self) -> RunModel | None:
        """The run that the user points at; None if the user points at none."""
        return self._runs[self._pointed] if self._pointed is not None else None

    def show_runs(self, runs: Sequence[RunModel]) -> None:
        """List runs, the current run first."""
        self._runs, names = tuple(runs), short_titles(runs)
        texts = (name if run.drawn else f"{name} (hidden)" for run, name in zip(self._runs, names, strict=True))
        self.setAccessibleName(f"Runs: {', '.join(texts)}")
        self.setVisible(len(runs) > 1)
        self.show_entries(
            [
                LineEntry(name, run.colour, bold=not index, hidden=bool(index) and not run.drawn)
                for index, (run, name) in enumerate(zip(runs, names, strict=True))
            ]
        )

    def _toggle(self, index: int) -> None:
        if index:
            self.toggled.emit(self._runs[index])
