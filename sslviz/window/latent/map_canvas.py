"""The plot of the map with all that is drawn in it: points or pictures, names of classes, rings, trails and more."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QSizeF, QTimer

from sslviz.core.panel_data import LatentMap
from sslviz.window.latent.class_names import ClassNames
from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.colours import Colours
from sslviz.window.latent.common_samples import Onto, aligned
from sslviz.window.latent.lasso import Lasso
from sslviz.window.latent.map_note import MapNote
from sslviz.window.latent.map_range import MapRange
from sslviz.window.latent.neighbours import neighbours_of
from sslviz.window.latent.pictures import Pictures
from sslviz.window.latent.points import NO_INDICES, NO_POINTS, Points, points_of
from sslviz.window.latent.rings import Rings
from sslviz.window.latent.trails import MAX_MAPS, Trails
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.run_model import RunModel


class MapCanvas(QObject):
    """Draws the map in view of a run in :attr:`plot`, a widget for the layout of the panel."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.plot = Plot("Map of the latent space", back=False)
        self.cloud = PointCloud(self.plot)
        self.rings = Rings(self.plot, self.cloud)
        self.trails = Trails(self.plot, self.cloud)
        self.lasso = Lasso(self.plot)
        self.names = ClassNames(self.plot, self.cloud)
        self.pictures = Pictures(self.plot, self.cloud)
        self.note = MapNote(self.plot)
        self._range = MapRange(self.plot, self.cloud)
        self._run: RunModel | None = None
        self._is_new = False
        """Whether the run is new in view: its points then do not glide, as if they had moved there from another run."""
        for axis in ("left", "bottom"):
            self.plot.hideAxis(axis)
        self.plot.getViewBox().setAspectLocked(True)
        for follow in (self._move_along, self.rings.follow, self.trails.follow):
            self.cloud.moved.connect(follow)
        self.pictures.replaced.connect(self._replace_points)
        self._range_changed = QTimer(self, singleShot=True, interval=0)  # once for several changes in a row
        self._range_changed.timeout.connect(self._settle)
        self.plot.getViewBox().sigRangeChanged.connect(self._range_changed.start)

    def show_run(self, run: RunModel) -> None:
        """Prepare for the maps of ``run``: they are shown whole, or as far as the user has zoomed them before."""
        self._range.show_run(run)
        self._is_new = self._is_new or run is not self._run
        self._run = run

    def show(self, run: RunModel, colours: Colours, onto: Onto | None = None) -> None:
        """Show the map in view of ``run``, with its points in these ``colours``; nothing if the run has no map.

        If there is a map ``onto`` which it shall fit, it is aligned with it.
        """
        self.names.of = colours.class_names
        self.note.say((colours.missing or colours.note) if run.latent_map is not None else "")
        if run.latent_map is None or run.probe is None:
            self._clear()
        else:
            before = map(points_of, run.map_view.maps_before(MAX_MAPS - 1))
            maps = [points_of(run.latent_map), *before]
            self._show_map(run, run.latent_map, colours, maps if onto is None else aligned(maps[0], onto, *maps[1:]))

    def apply_theme(self) -> None:
        """Draw rings and trails in the colours of the current theme; points and names do so by themselves."""
        self.rings.apply_theme()
        self.trails.apply_theme()

    def _clear(self) -> None:
        self.pictures.show(None)
        self.cloud.move_to(NO_POINTS, np.empty(0, np.int32))
        self.rings.show(None, NO_INDICES)
        self.cloud.select(NO_INDICES)
        self.trails.show(NO_INDICES)

    def _show_map(self, run: RunModel, latent_map: LatentMap, colours: Colours, maps: list[Points]) -> None:
        """Show a map; ``maps`` are the positions of its points, followed by their positions on earlier maps."""
        pinned = () if run.pinned is None else (run.pinned,)
        neighbours = NO_INDICES if run.pinned is None else neighbours_of(run, run.pinned)[0]
        self.pictures.show(run.probe)
        self.cloud.move_to(maps[0], colours.labels, colours.styles)
        self.names.update()
        if self._is_new:
            self.cloud.arrive()
            self._is_new = False
        self.rings.show(run.pinned, neighbours)
        self.pictures.mark(run.pinned, neighbours)
        self.cloud.select(np.array(run.selection.indices, np.intp), fade=not colours.learned_from_selection)
        self.trails.show(np.array((*run.selection.indices, *pinned), np.intp), maps[1:])
        self._range.fit(f"{latent_map.space} {latent_map.method}")
        if self._range_changed.isActive():
            self._settle()  # at once, so that a picture of the panel shows the result

    def _move_along(self) -> None:
        if not self.cloud.gliding:
            self._range.follow()
        self._settle()

    def _settle(self) -> None:
        """Move the names along, and adapt names, outlines and pictures to the visible range unless the points glide."""
        if not self.cloud.gliding:
            self.cloud.adapt_outlines()
            self.pictures.adapt()
            self.names.free = QSizeF(*self.pictures.item.size())
        self.names.follow()
        if not self.cloud.gliding:
            self.pictures.words.avoid(self.names.item.texts)

    def _replace_points(self, replaced: bool) -> None:
        """React to the fact that pictures have replaced the points, or are no longer in their place."""
        self.rings.hide(replaced)
        self._range_changed.start()  # there is less room for names, or more
