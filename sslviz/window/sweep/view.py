"""The view of a sweep: what can be said of it, its curves, its figures against its values, and its maps."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from sslviz.core.counts import counted
from sslviz.core.entries import Form
from sslviz.core.settings import Values, format_value
from sslviz.core.sweep.plan import Sweep
from sslviz.core.sweep.sentences import SweepWords
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel
from sslviz.window.plotting.line_legend import LineEntry, LineLegend
from sslviz.window.plotting.numbers import figure as number
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label, verbatim
from sslviz.window.style.ownership import nested
from sslviz.window.sweep.by_value import FigureByValue
from sslviz.window.sweep.curves import SweepCurves
from sslviz.window.sweep.figures import SweepFigure, figures_of
from sslviz.window.sweep.map_grid import MapGrid
from sslviz.window.sweep.part import SweepPart
from sslviz.window.sweep.recorded_run import KNN, LOSS, TOP1
from sslviz.window.sweep.results import RunResult, SweepResult

CURVES: dict[str, tuple[str, Form]] = {
    KNN: ("k-NN while training", "share"),
    LOSS: ("Loss", "number"),
    TOP1: ("Contrastive accuracy", "share"),
}
"""Title and form of each curve. The accuracy takes the place of losses that cannot be compared."""
COLUMNS = 2
"""Number of columns of the figures."""
POINT = "Point at a curve, a point or a map to see which run it is; a click opens the run."


class SweepView(Panel):
    """Shows a sweep while it fills. It is a panel of its own window: it is about many runs, not about the current one.

    The run that the user points at in one part is brought forward in all others, and so are all runs of a value in the
    legend.
    """

    name: ClassVar[str] = "sweep"
    title: ClassVar[str] = "Sweep"
    help: ClassVar[str] = "How runs differ that have several values of one setting, each with several seeds."
    message_types: ClassVar[tuple[type[Frozen], ...]] = ()

    run_chosen = Signal(object)
    """RunResult: the run that the user wants to see."""

    def __init__(self, sweep: Sweep, folder: Path) -> None:
        super().__init__()
        self.result: SweepResult | None = None
        """What was shown last; None until the folder was read."""
        self._words: SweepWords | None = None
        self.header = QHBoxLayout()
        """The first line: what the sweep is; the window adds its controls."""
        self.what = label(sweep.text, "value", elided=True)
        self.what.setToolTip(verbatim(f"{sweep.text}\n{folder}"))
        self.lead = label(role="heading")
        self.sentences = label()
        self.legend = LineLegend()
        self.legend.setToolTip("Point at a value to bring its runs forward.")
        self.readout = label(POINT, "small", elided=True)
        self.curves = {key: SweepCurves(key, *how) for key, how in CURVES.items()}
        self.maps = MapGrid()
        self.figures: dict[str, FigureByValue] = {}
        self._figures = QGridLayout()
        self._lay_out()
        for curve in self.curves.values():
            self._connect(curve)
        self._connect(self.maps)
        self.legend.pointed.connect(self._point_at_value)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        self.what.setMinimumWidth(1)
        column.addLayout(self.header)
        self.header.setSpacing(12)
        self.header.addWidget(self.what, 1)
        for text in (self.lead, self.sentences):
            text.setWordWrap(True)
            column.addWidget(text)
        column.addWidget(self.legend)
        row = nested(column, QHBoxLayout(), 1)
        row.setSpacing(16)
        curves = nested(row, QVBoxLayout(), 6)
        for part in self.curves.values():
            curves.addWidget(part, 1)
        row.addLayout(self._figures, 7)
        self._figures.setHorizontalSpacing(12)
        row.addWidget(self.maps, 10)
        self.readout.setProperty(ON_SCREEN_ONLY, True)
        column.addWidget(self.readout)

    def _connect(self, part: SweepPart) -> None:
        part.pointed.connect(self._point_at)
        part.chosen.connect(self._choose)

    @property
    def _parts(self) -> tuple[SweepPart, ...]:
        return (*self.curves.values(), *self.figures.values(), self.maps)

    # ------------------------------------------------------------------ what is shown

    def show_sweep(self, result: SweepResult, words: SweepWords | None) -> None:
        """Show what a sweep has recorded; ``words`` say what can be said of it, None if that is not known."""
        self.result, self._words = result, words
        self.what.setText(result.sweep.text if words is None else words.plan)
        self.draw()

    def name_of(self, values: Values) -> str:
        """Return a combination of values as text."""
        return self._words.name(values) if self._words is not None else ", ".join(map(format_value, values.values()))

    def apply_theme(self) -> None:
        self.update()

    def refresh(self, run: RunModel) -> None:
        result = self.result
        if result is None:
            return
        texts = [self.name_of(values) for values in result.sweep.combinations]
        self.legend.show_entries([LineEntry(text, index) for index, text in enumerate(texts)])
        self.legend.setAccessibleName(f"Values: {', '.join(texts)}")
        self._say(result)
        losses_compare = self._words is None or self._words.losses_compare
        recorded = {key for run in result.runs for key in run.curves}
        shown = {key for key in recorded if key != (TOP1 if losses_compare else LOSS)} or {LOSS}
        for key, curve in self.curves.items():
            curve.setVisible(key in shown)
            curve.show_runs(result.runs)
        self._show_figures(figures_of(result.runs, losses_compare=losses_compare))
        values = [", ".join(map(format_value, each.values())) for each in result.sweep.combinations]
        for plot in self.figures.values():
            plot.show_runs(result.runs, values)
        self.maps.show_runs(result.runs, texts)

    def _say(self, result: SweepResult) -> None:
        said = self._words.sentences([run.run for run in result.runs]) if self._words is not None else []
        self.lead.setText(said[0] if said else "")
        self.sentences.setText(" ".join(said[1:]))
        self.lead.setVisible(bool(said))
        self.sentences.setVisible(len(said) > 1)

    def _show_figures(self, figures: tuple[SweepFigure, ...]) -> None:
        """Make a plot for each figure, unless there are plots of just these figures."""
        if [figure.key for figure in figures] == list(self.figures):
            return
        for plot in self.figures.values():
            self._figures.removeWidget(plot)
            plot.deleteLater()
        self.figures = {figure.key: FigureByValue(figure) for figure in figures}
        for index, plot in enumerate(self.figures.values()):
            self._figures.addWidget(plot, *divmod(index, COLUMNS))
            self._connect(plot)

    def table(self) -> Table | None:
        if self.result is None:
            return None
        runs = self.result.runs
        varied = {key: [run.run.values[key] for run in runs] for key in self.result.sweep.vary}
        keys = dict.fromkeys(key for run in runs for key in run.run.figures)
        figures = {key: [run.run.figures.get(key) for run in runs] for key in keys}
        return {**varied, "seed": [run.run.seed for run in runs], "state": [run.state for run in runs], **figures}

    # ------------------------------------------------------------------ what the user points at

    def _point_at(self, index: int | None) -> None:
        self._bring_forward(frozenset() if index is None else frozenset({index}))
        self.readout.setText(POINT if index is None or self.result is None else self.text_of(self.result.runs[index]))

    def _point_at_value(self, value: int | None) -> None:
        runs = self.result.runs if self.result is not None else ()
        self._bring_forward(frozenset(index for index, run in enumerate(runs) if run.value == value))

    def _bring_forward(self, runs: frozenset[int]) -> None:
        for part in self._parts:
            part.bring_forward(runs)

    def text_of(self, result: RunResult) -> str:
        """Return what is known of a run in one line."""
        figures = result.run.figures
        parts = [f"{self.name_of(result.run.values)}, seed {result.run.seed}", result.state]
        parts += [f"k-NN {figures[KNN]:.1%}"] if KNN in figures else []
        parts += [f"loss {number(figures[LOSS])}"] if LOSS in figures else []
        parts += [counted(result.step, "step")] if result.step else []
        return " · ".join([*parts, result.run.text] if result.run.text else parts)

    def _choose(self, index: int) -> None:
        if self.result is not None:
            self.run_chosen.emit(self.result.runs[index])
