"""Selecting samples of the map: with the lasso, by their class in the legend, or one by one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from sslviz.core.entries import name_of
from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.colours import Colours
from sslviz.window.latent.lasso import Corners, inside
from sslviz.window.latent.points import NO_INDICES, Indices
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import RunModel


class MapSelection(QObject):
    """Turns a lasso or a click with Ctrl on the map, or a click in its legend, into a new selection of samples."""

    selected = Signal(object)
    """Emitted with the new selection (Selected), which is empty if the user ends the selection."""

    def __init__(self, parent: QObject, cloud: PointCloud, run: RunModel) -> None:
        super().__init__(parent)
        self._cloud = cloud
        self.run = run
        self.colours = Colours()
        """Colours of the points; ``colours.names`` are the entries of the legend."""

    def clear(self) -> bool:
        """Select no samples; return whether any were selected before."""
        if not self.run.selection.indices:
            return False
        self._select(NO_INDICES, "")
        return True

    def select_inside(self, corners: Corners) -> None:
        """Select the samples within a closed line with corners float64[n, 2], in the units of the map."""
        self._select(np.flatnonzero(inside(self._cloud.xy, corners)), "drawn on the map")

    def toggle(self, index: int) -> None:
        """Add a sample to the selection, or remove it if it is already selected."""
        indices = set(self.run.selection.indices) ^ {index}
        self._select(np.array(sorted(indices), np.intp), "clicked one by one")

    def select_class(self, label: int, more: bool) -> None:
        """Select the samples with this ``label``, a class number or, for points coloured by a number, an interval.

        Usually these samples replace the selection. A second call with the same label makes the selection empty.
        With ``more``, the samples are added to the selection; if all of them are already in it, they are removed.
        """
        name, before = name_of(self.colours.names, label), self.run.selection
        members = np.flatnonzero(self._cloud.labels == label)
        if more and before.indices:
            self._combine(np.array(before.indices, np.intp), members, before.origin, name)
        elif before.origin == name:
            self._select(NO_INDICES, "")
        else:
            self._select(members, name)

    def _combine(self, before: Indices, members: Indices, origin: str, name: str) -> None:
        if np.isin(members, before).all():
            self._select(np.setdiff1d(before, members), f"{origin} without {name}")
        else:
            self._select(np.union1d(before, members), f"{origin} and {name}")

    def _select(self, indices: Indices, origin: str) -> None:
        self.selected.emit(Selected(indices=tuple(indices.tolist()), origin=origin))
