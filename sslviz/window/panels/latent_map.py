"""The map of the latent space: where the network puts a fixed set of samples, as it learns."""

from __future__ import annotations

import math
import time
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslviz.core.messages import Prepared
from sslviz.core.panel_data import Clusters, FewLabels, LatentMap, Losses, Probe
from sslviz.core.requests import MapRequest
from sslviz.core.wire import Frozen
from sslviz.window.latent.class_names import ClassNames
from sslviz.window.latent.cloud import PointCloud, Points
from sslviz.window.latent.colour_choice import ColourChoice
from sslviz.window.latent.colouring import SAID, colouring, data_of_colours
from sslviz.window.latent.labels import Colours, column, told
from sslviz.window.latent.lasso import Corners, Lasso, Shape, inside
from sslviz.window.latent.map_options import MapOptions
from sslviz.window.latent.neighbours import neighbours_of
from sslviz.window.latent.rings import NONE, Rings
from sslviz.window.latent.trails import Trails
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_pixmap
from sslviz.window.plotting.legend import Legend
from sslviz.window.plotting.plots import Plot, SteadyRange
from sslviz.window.plotting.shade_legend import ShadeLegend
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import Named, Pin, RunModel, Selected
from sslviz.window.style.hover_card import HoverCard
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.step_slider import StepSlider
from sslviz.window.style.title_controls import offer

FEW_LABELS = "Select about ten samples, or name some in Few labels: a probe on these colours the others."
HERE = "The map of the latent space grows here.\nPress Train; sliders act on the very next step."
NOTHING = "No embeddings were recorded: log h to see their map here."
UNREAD = "None of the snapshots of this run can be read: they may be cut off, or not of one another's samples."
REACH_PX = 12

TRUST_HELP = (
    "Trustworthiness: 1 where all that lies near on the map is near in the latent space too, about ½ for a map by "
    "chance. Neighbours kept: how many of a sample's nearest in the latent space are its nearest on the map. Moved: "
    "how far the median point went since the map before, of the map's width."
)
SNAPSHOT_HELP = "Which snapshot of the recorded run is shown; the last one follows a run that goes on"


@panels.register
class LatentMapPanel(Panel):
    """The hero: clusters appear where the network has learned that things belong together."""

    name: ClassVar[str] = "latent_map"
    title: ClassVar[str] = "Latent map"
    help: ClassVar[str] = (
        "Each point is one sample; near points are samples the encoder finds alike (UMAP of h). Colours are labels "
        "the network never sees, or what is chosen above. Distances between far clusters mean little. Point at a "
        "sample to see it, or go from one to the next with the arrow keys; a click or Enter keeps it in view beside "
        "its true neighbours. Shift and drag selects what you draw around, with Ctrl too as a rectangle; so does a "
        "click on the legend, and Ctrl and click one by one. Lines lead from where those were on the maps before. "
        "Wheel and drag zoom, a double click shows all. Escape lets go of the selection, then of the sample in view."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (
        LatentMap,
        Probe,
        Prepared,
        Pin,
        Selected,
        Named,
        Losses,
        Clusters,
        FewLabels,
    )
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips", "speech", "text")
    min_interval_s = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.plot = Plot("Map of the latent space")
        self.cloud = PointCloud(self.plot)
        self.rings = Rings(self.plot, self.cloud)
        self.trails = Trails(self.plot, self.cloud)
        self.lasso = Lasso(self.plot)
        self.legend, self.scale = Legend(), ShadeLegend()
        self._caption, self._trust = (label(role="small", numbers=True, elided=True) for _ in range(2))
        self._card = HoverCard(self)
        self._by = ColourChoice()
        self.snapshot = StepSlider("Snapshot", SNAPSHOT_HELP, "{}")
        self.snapshot.changed.connect(self._look_back)
        self.options = MapOptions()
        self.options.changed.connect(self.request_changed)
        self.options.drawing.connect(self._draw_with)
        self.options.trails.connect(self._show_trails)
        self._shown = Colours()
        self._pointed, self._by_keys = 0, False
        self._told: Probe | None = None
        self.names = ClassNames(self.plot, self.cloud)
        self._ranges = (SteadyRange(0.04), SteadyRange(0.04))
        self._build()
        self._age = QTimer(self)
        self._age.setInterval(1000)
        self._age.timeout.connect(self._say_age)
        self._age.start()

    def _build(self) -> None:
        for axis in ("left", "bottom"):
            self.plot.hideAxis(axis)
        self.plot.getViewBox().setAspectLocked(True)
        self.plot.hovered.connect(self._hover)
        self.plot.left.connect(self._card.hide)
        self.plot.escaped.connect(self._let_go)
        self.plot.stepped.connect(self._step)
        self.plot.pressed.connect(self._press)
        self.plot.added.connect(self._add)
        self.plot.entered.connect(self._enter)
        self.plot.zoomed.connect(self.mark_dirty)
        for legend in (self.legend, self.scale):
            legend.pointed.connect(self.cloud.highlight)
            legend.pressed.connect(self._select_class)
        self.lasso.drawn.connect(self._select_inside)
        self.scale.hide()
        self.cloud.moved.connect(self.names.place)
        self.cloud.moved.connect(self.rings.follow)
        self.cloud.moved.connect(self.trails.follow)
        self.cloud.moved.connect(self._point_again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 6)
        layout.setSpacing(2)
        across = nested(layout, QHBoxLayout(), 1)
        across.addWidget(self.plot, 1)
        across.addWidget(self.legend)
        across.addWidget(self.scale)
        for line in (self._caption, self._trust):
            line.setMinimumWidth(1)
            line.setContentsMargins(6, 0, 0, 0)
            layout.addWidget(line)
        self._trust.setToolTip(TRUST_HELP)
        self._by.currentIndexChanged.connect(self._recolour)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._by, self.snapshot, self.options)

    def wanted_data(self) -> tuple[type[Frozen], ...]:
        return (LatentMap, *data_of_colours(self._by.key))

    def request(self) -> MapRequest:
        return self.options.request

    def apply_theme(self) -> None:
        self.rings.apply_theme()
        self.trails.apply_theme()
        self.names.place()

    def empty_text(self, run: RunModel) -> str:
        if run.latent_map is not None:
            return ""
        if run.state == "preparing":
            return run.progress.text if run.progress else "Preparing the run …"
        if run.recorded and run.probe is None:
            return UNREAD if run.prepared is not None and run.prepared.snapshots else NOTHING
        if run.recorded:
            return "The map is being made …"
        return "The first map is being made …" if run.state == "training" else HERE

    def table(self) -> Table | None:
        """Which sample lies where on the map that came last, and its labels."""
        latent_map, probe = self.run.latent_map, self.run.probe
        if latent_map is None or probe is None or latent_map.xy.shape[0] != probe.ids.shape[0]:
            return None
        x, y = latent_map.xy.numpy().T.tolist()
        own = {"sample": probe.ids.numpy().tolist(), "x": x, "y": y}
        labels = {
            f"label {entry.name}" if entry.name in own else entry.name: column(probe, entry)
            for entry in probe.label_entries
        }
        return {"sample": own.pop("sample"), **labels, **own}

    def refresh(self, run: RunModel) -> None:
        latent_map, probe = run.latent_map, run.probe
        self._by.offer(run)
        self._offer_snapshots(run)
        self._shown = colouring(run, self._by.key)
        self.names.of = () if self._shown.shades else self._shown.names
        self._explain_colours()
        self._say_age()
        self._trust.setText(trust(latent_map) if latent_map is not None else "")
        if latent_map is None or probe is None:
            self.cloud.move_to(np.empty((0, 2), np.float32), np.empty(0, np.int32))
            self.rings.show(None, NONE)
            self.cloud.select(NONE)
            self.trails.show(NONE)
            return
        xy = np.asarray(latent_map.xy.numpy(), np.float32).reshape(-1, 2)
        self.cloud.move_to(xy, self._shown.labels, self._shown.shades)
        self.rings.show(run.pinned, neighbours_of(run, run.pinned)[0] if run.pinned is not None else NONE)
        self.cloud.select(np.array(run.selection.indices, np.intp))
        self.trails.remember(latent_map.step, self.cloud.target, probe, latent_map.method)
        pinned = () if run.pinned is None else (run.pinned,)
        self.trails.show(np.array((*run.selection.indices, *pinned), np.intp))
        self._follow()

    def _explain_colours(self) -> None:
        shown = self._shown
        self.legend.setVisible(bool(shown.names and not shown.shades))
        self.scale.setVisible(bool(shown.shades and shown.names))
        if shown.shades:
            self.scale.show_steps(shown.names, shown.ends)
        else:
            self.legend.show_names(shown.names)

    def _recolour(self) -> None:
        if self._by.key == SAID and not (self.run.selection.indices or self.run.named):
            self.said.emit(FEW_LABELS, "info")
        self.request_changed.emit()
        self.mark_dirty()
        self.draw()

    def _follow(self) -> None:
        """Fit all but the farthest hundredth, so that one stray point does not shrink the rest."""
        xy = self.cloud.target
        if not len(xy) or not self.plot.follows:
            return
        low, high = np.quantile(xy, [0.002, 0.998], axis=0)
        x, y = (self._ranges[axis].fit(float(low[axis]), float(high[axis])) for axis in (0, 1))
        self.plot.getViewBox().setRange(xRange=x, yRange=y, padding=0.02, disableAutoRange=False)

    def _hover(self, x: float, y: float) -> None:
        self._by_keys = False
        self._point_at(self._beneath(x, y))

    def _point_again(self) -> None:
        """Points have moved under a mouse that rests; what keys have come to is gone on with."""
        if self._card.isVisible() and not self._by_keys:
            point = self.plot.getViewBox().mapSceneToView(self.plot.mouse)
            self._point_at(self._beneath(point.x(), point.y()))
        elif self._card.isVisible():
            self._card.move_to(self._place_of(self._pointed))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Of what lies beside the map and has no use for it."""
        if event.key() == Qt.Key.Key_Escape:
            self._let_go()
        else:
            event.ignore()

    def _let_go(self) -> None:
        """First of the card, then of what is selected, then of the sample in view."""
        if self._card.isVisible():
            self._card.hide()
        elif self.run.selection.indices:
            self._select(NONE, "")
        elif self.run.pinned is not None:
            self.pinned.emit(None)

    def _beneath(self, x: float, y: float) -> int | None:
        width, height = self.plot.getViewBox().viewPixelSize()
        return self.cloud.nearest(x, y, REACH_PX * max(width, height))

    def _press(self, x: float, y: float) -> None:
        self._keep(self._beneath(x, y))

    def _enter(self) -> None:
        if self._card.isVisible():
            self._keep(self._pointed)

    def _keep(self, index: int | None) -> None:
        """Take a sample into view. A click beside all points changes nothing: it may be the first of two."""
        if index is not None:
            self.pinned.emit(index)

    def _add(self, x: float, y: float) -> None:
        """One sample more, or one less, in the selection."""
        index = self._beneath(x, y)
        if index is not None:
            chosen = set(self.run.selection.indices) ^ {index}
            self._select(np.array(sorted(chosen), np.intp), "clicked one by one")

    def _draw_with(self, shape: Shape | None) -> None:
        """What a drag without Shift draws; None: it moves the map."""
        self.lasso.shape = shape

    def _show_trails(self, on: bool) -> None:
        self.trails.on = on
        self.trails.follow()

    def _select_inside(self, corners: Corners) -> None:
        self._select(np.flatnonzero(inside(self.cloud.xy, corners)), "drawn on the map")

    def _select_class(self, label: int, more: bool) -> None:
        """All of a class or step of a number, none where they are selected; ``more`` leaves others as they were."""
        chosen, origin = self.run.selection, self._shown.names[label]
        of_class = np.flatnonzero(self.cloud.labels == label)
        if more and chosen.indices:
            before = np.array(chosen.indices, np.intp)
            taken = np.isin(of_class, before).all()
            together = np.setdiff1d(before, of_class) if taken else np.union1d(before, of_class)
            self._select(together, f"{chosen.origin} {'without' if taken else 'and'} {origin}")
        elif chosen.origin == origin:
            self._select(NONE, "")
        else:
            self._select(of_class, origin)

    def _select(self, indices: np.ndarray, origin: str) -> None:
        self.selected.emit(Selected(indices=tuple(indices.tolist()), origin=origin))
        self.draw()  # at once where one has drawn; other panels in their turns

    def _step(self, right: int, down: int) -> None:
        """By keys, from point to point; the first press shows where one is."""
        shown = self._card.isVisible() and self._pointed < len(self.cloud.xy)
        self._by_keys = True
        self._point_at(beside(self.cloud.xy, self._pointed, right, -down) if shown else 0)

    def _point_at(self, index: int | None) -> None:
        probe = self.run.probe
        if index is None or probe is None or index >= len(probe.ids.numpy()):
            self._card.hide()
            return
        if index == self._pointed and probe is self._told and self._card.isVisible():
            return  # a film does not begin anew with each move of the mouse
        self._pointed, self._told = index, probe
        frames = [to_pixmap(frame, 72) for frame in probe.pictures.numpy()[index]]
        self._card.show_at(self._place_of(index), frames[:1] or [QPixmap()], told(probe, index))
        self._card.play(frames)

    def _place_of(self, index: int) -> QPoint:
        """Where a sample lies in the panel."""
        scene = self.plot.getViewBox().mapViewToScene(pg.Point(*self.cloud.xy[index].tolist()))
        return QPoint(self.plot.mapTo(self, self.plot.mapFromScene(scene)))

    def _offer_snapshots(self, run: RunModel) -> None:
        count = run.prepared.snapshots if run.prepared is not None else 0
        offer(self.snapshot, offered=count > 1)
        wanted = run.snapshot or max(count, 1)
        self.snapshot.set_steps(1, max(count, 1))
        self.snapshot.slider.setValue(wanted)

    def _look_back(self, number: int) -> None:
        """The last one follows a run that goes on."""
        self.run.snapshot = number % self.snapshot.slider.maximum()
        self.request_changed.emit()

    def _say_age(self) -> None:
        self._caption.setText(caption(self.run, time.monotonic()))


def beside(xy: Points, index: int, right: int, up: int) -> int:
    """The nearest point within 45° of a direction, the same one where there is none."""
    away = xy - xy[index]
    along, across = away @ np.array([right, up]), np.abs(away @ np.array([up, right]))
    there = np.flatnonzero((along > 0) & (across <= along))
    return int(there[np.argmin((away[there] ** 2).sum(axis=1))]) if len(there) else index


def caption(run: RunModel, now: float) -> str:
    """What is shown, of which step, and how old it is."""
    if run.latent_map is None or run.probe is None:
        return ""
    shown, of = run.probe.ids.shape[0], run.probe.of
    method = run.latent_map.method.upper()
    status = run.pulse.map_status if run.pulse is not None and not run.ended else ""
    samples = f"{shown:,} of {of:,}" if shown < of else f"{of:,}"
    text = f"{method} of {samples} samples   step {run.latent_map.step:,}{age(run, now)}"
    return f"{text}   {status}" if status else text


def age(run: RunModel, now: float) -> str:
    """How long ago the map was so; of a recorded run that says nothing."""
    if run.latent_map is None or run.recorded:
        return ""
    seconds = max(0.0, now - run.map_arrived + run.latent_map.age_s)
    return f", {seconds:.0f} s ago" if seconds < 120 else f", {seconds / 60:.0f} min ago"


def trust(latent_map: LatentMap) -> str:
    """How far the map can be trusted; what is not known is left out."""
    figures = (
        ("trustworthiness", latent_map.trustworthiness, "{:.3f}"),
        ("neighbours kept", latent_map.agreement, "{:.0%}"),
        ("moved", latent_map.movement, "{:.1%}"),
    )
    return "   ".join(f"{name} {form.format(value)}" for name, value, form in figures if not math.isnan(value))


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(LatentMapPanel))
