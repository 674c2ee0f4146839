"""The view of compared runs: maps side by side, curves below them, and a table of what differs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sslviz.core.exact_map import ExactMap
from sslviz.core.messages import Diagnosis, Mark, Prepared, References, Scalars, State
from sslviz.core.panel_data import EarlierMaps, Health, LatentMap, Probe
from sslviz.core.wire import Frozen
from sslviz.window.compare.compared_curves import ComparedCurves
from sslviz.window.compare.compared_map import ComparedMap
from sslviz.window.compare.compared_table import FIGURE, ComparedTable
from sslviz.window.compare.links import Links
from sslviz.window.compare.rows import LOSS, all_figures, rows_of
from sslviz.window.latent.colouring import colouring
from sslviz.window.latent.lasso import Shape
from sslviz.window.latent.map_tools import MapTools
from sslviz.window.latent.point_colours import PointColours
from sslviz.window.panel import Panel
from sslviz.window.plotting.run_legend import RunLegend
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Pin, Selected, TimeCursor
from sslviz.window.runs.comparison import Compared, loss_caution, short_titles
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_names import numbered
from sslviz.window.style.labels import label, verbatim
from sslviz.window.style.ownership import nested


class Comparison(Panel):
    """Compares two to four runs. It is a panel in a window of its own, so it is no plug-in and has no dock."""

    name: ClassVar[str] = "compare"
    title: ClassVar[str] = "Compare"
    help: ClassVar[str] = (
        "Runs side by side. All maps are aligned with the first, so that a sample lies in a similar place in each; "
        "what you point at, click or select in one map is marked in all. Dashed lines in the curves are levels that "
        "are the same for all runs."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (
        LatentMap,
        EarlierMaps,
        ExactMap,
        Probe,
        Scalars,
        Health,
        References,
        Prepared,
        Mark,
        Diagnosis,
        State,
        Pin,
        Selected,
        TimeCursor,
        Compared,
    )
    min_interval_s = 1.0

    samples_chosen = Signal(object)
    """list[tuple[RunModel, Pin | Selected]]: the user pins or selects these samples, of each run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: tuple[LiveRun, ...] = ()
        self.links = Links()
        self.maps: list[ComparedMap] = []
        self.tools = MapTools(self)
        self.colours = PointColours(self, labels_only=True)
        self.data_caution, self.loss_caution = (label(role="caution", elided=True) for _ in range(2))
        self.legend = RunLegend()
        self.curves = ComparedCurves()
        self.table_view = ComparedTable()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.data_caution)
        self._maps = nested(column, QHBoxLayout(), 5)
        self._maps.setSpacing(10)
        for legend in (self.colours.legend, self.colours.scale):
            self._maps.addWidget(legend)
        column.addWidget(self.loss_caution)
        below = nested(column, QHBoxLayout(), 6)
        below.setSpacing(16)
        self._curves = QWidget()
        left = QVBoxLayout(self._curves)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.legend)
        left.addWidget(self.curves, 1)
        below.addWidget(self._curves, 1)
        below.addWidget(self.table_view, 1)

    def _connect(self) -> None:
        self.tools.drag_chosen.connect(self._draw_with)
        self.tools.fitted.connect(self._fit)
        self.tools.pictures_switched.connect(self._switch_pictures)
        self.colours.chosen.connect(self.draw)
        self.colours.pointed.connect(self._highlight)
        self.colours.pressed.connect(self._select_class)
        self.legend.toggled.connect(self.run_toggled)
        self.legend.pointed.connect(self.draw)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.tools, self.colours.choice)

    def compare(self, runs: Sequence[LiveRun]) -> None:
        """Compare these runs from now on; the maps are aligned with that of the first."""
        self.runs = tuple(runs)
        models = [run.model for run in runs]
        self.links.show_runs(models)
        if models:
            self.show_run(models[0], tuple(models[1:]))
        while len(self.maps) < len(models):
            self._add_map(models[len(self.maps)])
        for index, each in enumerate(self.maps):
            each.setVisible(index < len(models))
            if index < len(models):
                each.show_run(models[index])

    def _add_map(self, run: RunModel) -> None:
        added = ComparedMap(self, run)
        self._maps.insertWidget(len(self.maps), added, 1)
        added.pinned.connect(partial(self._pin, added))
        added.selected.connect(partial(self._select, added))
        added.pointed.connect(partial(self._point_at, added))
        added.canvas.plot.escaped.connect(partial(self._let_go, added))
        added.canvas.plot.zoomed.connect(self.mark_dirty)
        added.canvas.lasso.shape = next(shape for shape, each in self.tools.drags.items() if each.isChecked())
        added.canvas.pictures.switch(self.tools.pictures.isChecked())
        self.maps.append(added)

    @property
    def shown(self) -> list[ComparedMap]:
        """The maps of the runs that are compared."""
        return self.maps[: len(self.runs)]

    # ------------------------------------------------------------------ drawing

    def apply_theme(self) -> None:
        for each in self.maps:
            each.apply_theme()
        self.curves.apply_theme()

    def refresh(self, run: RunModel) -> None:
        models = [each.model for each in self.runs]
        titles = short_titles(models)
        self._show_maps(titles)
        strangers = self._strangers(models)
        self._warn(self.data_caution, _of_other_data([titles[models.index(each)] for each in strangers]))
        self._warn(self.loss_caution, loss_caution(self.runs))
        self._curves.setVisible(any(model.learns for model in models))  # without a training, they have one step
        self.legend.show_runs(models)
        drawn = [model for index, model in enumerate(models) if not index or model.drawn]
        self.curves.show_runs(drawn, [LOSS, *all_figures(models)], self.legend.pointed_run)
        self.table_view.show_rows(models, titles, rows_of(self.runs, same_data=not strangers))

    def _show_maps(self, titles: Sequence[str]) -> None:
        reference = self.links.reference() or self.run
        colours = self.colours.refresh(reference)
        for each, title in zip(self.shown, titles, strict=True):
            own = colours if each.run is reference else colouring(each.run, self.colours.key)
            each.show_map(title, own, self.links.onto(each.run))
        self.tools.offer_fit(zoomed=any(not each.canvas.plot.follows for each in self.shown))
        self.tools.offer_pictures(available=any(each.canvas.pictures.available for each in self.shown))

    def _strangers(self, models: Sequence[RunModel]) -> list[RunModel]:
        """Return the runs with samples of which the first run that has samples has none."""
        known = [model for model in models if model.probe is not None]
        return [model for model in known[1:] if not self.links.linked(model, known[0])]

    def _warn(self, line: QLabel, text: str) -> None:
        line.setText(text)
        line.setToolTip(verbatim(text))
        line.setVisible(bool(text))

    def table(self) -> Table | None:
        """Return the table that is shown: settings that differ and newest figures, with a column for each run."""
        titles = numbered([run.model.title for run in self.runs], [FIGURE])
        return self.table_view.table(titles) if self.runs else None

    # ------------------------------------------------------------------ what the user does in one map

    def _pin(self, source: ComparedMap, index: int | None) -> None:
        self.samples_chosen.emit(self.links.pinned(source.run, index))
        self.draw()

    def _select(self, source: ComparedMap, selected: Selected) -> None:
        self.samples_chosen.emit(self.links.selected(source.run, selected))
        self.draw()

    def _point_at(self, source: ComparedMap, index: int | None) -> None:
        """Mark the sample that the user points at in one map in all others."""
        places = dict(self.links.everywhere(source.run, () if index is None else (index,)))
        for each in self.shown:
            there = next(iter(places.get(each.run, ())), None) if each is not source else None
            each.canvas.rings.point_at(there)

    def _let_go(self, source: ComparedMap) -> None:
        """Hide the card, or else select no samples, or else unpin the pinned one."""
        if not source.pointer.hide() and not source.selecting.clear():
            self._pin(source, None)

    def _select_class(self, label: int, more: bool) -> None:
        """Select the samples of a class of the legend, whose colours are those of the first map."""
        reference = self.links.reference()
        for each in self.shown:
            if each.run is reference:
                each.selecting.select_class(label, more)

    def _highlight(self, label: int | None) -> None:
        names = self.colours.colours.names
        for each in self.shown:
            each.canvas.cloud.highlight(label if each.selecting.colours.names == names else None)

    def _draw_with(self, shape: Shape | None) -> None:
        for each in self.maps:
            each.canvas.lasso.shape = shape

    def _fit(self) -> None:
        for each in self.shown:
            each.canvas.plot.let_go()

    def _switch_pictures(self, on: bool) -> None:
        for each in self.maps:
            each.canvas.pictures.switch(on)


def _of_other_data(titles: Sequence[str]) -> str:
    """Return a sentence that says which runs are of other data than the first."""
    if not titles:
        return ""
    many = len(titles) > 1
    return (
        f"{' and '.join(titles)} {'have' if many else 'has'} other samples than the first run, so "
        f"{'these maps are' if many else 'this map is'} not aligned, no samples are linked, and k-NN does not compare."
    )
