"""The panel of health figures: small plots of metrics that show whether the latent space is useful or has collapsed."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Prepared, References, Scalars
from sslviz.core.panel_data import Health
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.run_legend import RunLegend
from sslviz.window.plotting.small_multiple import SmallMultiple, line_of
from sslviz.window.plotting.table import Table, by_run
from sslviz.window.runs.comparison import Compared
from sslviz.window.runs.figures import curve_of, figures_of
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_status import TOO_SHORT
from sslviz.window.style.labels import label

COLUMNS = 3
"""Number of plots in a row."""
NOTHING = "Nothing was recorded that figures could be taken of: log h, or numbers of your own."
UNSAVED = f"No figures of this run were saved: {TOO_SHORT}"


@panels.register
class HealthPanel(Panel):
    """Plots each health figure over the steps, with reference lines such as chance or the untrained network's value."""

    name: ClassVar[str] = "health"
    title: ClassVar[str] = "Health"
    help: ClassVar[str] = "Whether the latent space is becoming useful, and whether it is still alive."
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Health, Prepared, References, Scalars, Compared)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips", "speech", "collapse")
    min_interval_s = 0.9

    def __init__(self) -> None:
        super().__init__()
        column, grid = QVBoxLayout(self), QGridLayout()
        column.setContentsMargins(12, 2, 12, 8)
        column.setSpacing(2)
        self.legend = RunLegend()
        self.legend.toggled.connect(self.run_toggled)
        self.legend.pointed.connect(self.draw)
        column.addWidget(self.legend)
        column.addLayout(grid, 1)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        self._grid = grid
        self.step_label = label(role="small", numbers=True)
        self.step_label.setToolTip("The step of the figures; those of the gradient are of every step")
        self._figures: tuple[FigureEntry, ...] = ()
        self.multiples: dict[str, SmallMultiple] = {}

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.step_label,)

    def apply_theme(self) -> None:
        self.update()

    def empty_text(self, run: RunModel) -> str:
        if self._has_content(run):
            return ""
        if run.recorded:
            return NOTHING if run.by_script else UNSAVED
        return "Figures of the latent space appear here in a moment."

    def refresh(self, run: RunModel) -> None:
        figures, has_content = figures_of(run), self._has_content(run)
        last = max((int(curve.steps[-1]) for curve in run.health_curves.values() if len(curve)), default=None)
        shown = last if last is None or run.cursor_step is None else min(last, run.cursor_step)
        begins = "untrained" if run.learns else ""
        self.step_label.setText("" if shown is None else f"step {shown:,}" if shown else begins)
        if figures != self._figures:
            self._build(figures)
        others = [other for other in self.others if self._has_content(other)]
        self.legend.show_runs([run, *others] if has_content else [])
        pointed = self.legend.pointed_run
        for figure in figures:
            multiple = self.multiples[figure.key]
            multiple.setVisible(has_content)
            levels = [(line.value, line.label) for line in run.reference_lines(figure.key)]
            beside = [line_of(other, figure)._replace(bold=other is pointed) for other in self.drawn_others]
            multiple.show_line(line_of(run, figure), levels, beside, run.cursor_step)

    def _build(self, figures: tuple[FigureEntry, ...]) -> None:
        self._figures = figures
        for multiple in self.multiples.values():
            self._grid.removeWidget(multiple)
            multiple.hide()
            multiple.deleteLater()
        self.multiples = {figure.key: SmallMultiple(figure.title, figure.form, figure.help) for figure in figures}
        for index, multiple in enumerate(self.multiples.values()):
            self._grid.addWidget(multiple, index // COLUMNS, index % COLUMNS)
        for index in range(COLUMNS):
            self._grid.setColumnStretch(index, 1 if index < len(figures) else 0)

    def table(self) -> Table | None:
        """Return one row for each point of the figures' curves of all runs that are drawn.

        The columns are run, figure, step, and the raw and smoothed value. In a short run, there is a point for each
        step at which the figure was computed. In a long run, the curves keep only some of their points, see
        :class:`~sslviz.window.runs.curve.Curve`.
        """
        return by_run([(run.title, table_of(run)) for run in (self.run, *self.drawn_others)])

    @staticmethod
    def _has_content(run: RunModel) -> bool:
        return bool(run.health_curves) or any(
            figure.per_step and figure.key in run.curves for figure in figures_of(run)
        )


def table_of(run: RunModel) -> Table | None:
    """Return the columns figure, step, value and smoothed of one run; None if it has no points."""
    rows = []
    for figure in figures_of(run):
        curve = curve_of(run, figure)
        if curve is not None:
            rows += [(figure.key, *point) for point in zip(curve.steps, curve.values, curve.smoothed, strict=True)]
    if not rows:
        return None
    figures, steps, values, smoothed = zip(*rows, strict=True)
    floats = {"value": [float(value) for value in values], "smoothed": [float(value) for value in smoothed]}
    return {"figure": figures, "step": [int(step) for step in steps], **floats}


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(HealthPanel))
