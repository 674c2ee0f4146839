"""Where the docks lie: the arrangement of the first start, its proportions, and one that was kept."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QMainWindow

from sslviz.window.shell.dock import Dock

SETTINGS_WIDTH, SETTINGS_NARROW = 316, 280
RIGHT_LEAST = 408
VIEWS_MOST = 300
THIRD = 0.3
"""of its column's height, for a dock that has not been seen yet and shares its place with none"""
ROOMY = 1200
"""px; a narrower window leaves the map what the form can spare"""
BEHIND_VIEWS = frozenset({"sample", "selection", "microscope", "few_labels", "false_negatives", "sample_losses"})
"""docks that lie behind the views, all others that share a place behind the figures of health"""
ASKED_FOR = BEHIND_VIEWS | {"log", "diagnosis", "spectrum"}
"""not shown until somebody asks for it (View, a click on the map or on a verdict): its tab would take a line from
others"""
SHARED = {"prediction": "views", "steps_ahead": "similarity"}
"""Docks that lie over another one, and stay away until the objective is known to give them something to show: what the
default objective has is there from the first paint on."""
FIRST = frozenset({"settings", "latent_map", "loss", "views", "similarity", "health"})


class Away(NamedTuple):
    """A dock that has nothing to show: how it is shown as soon as it has.

    ``front``: before those it shares a place with. ``height``: px, 0 where it is not known.
    """

    shown: bool = True
    front: bool = True
    height: int = 0


class Kept(msgspec.Struct, frozen=True):
    """A layout: Qt's own bytes, and the docks that had nothing to show then."""

    state: bytes
    away: dict[str, Away]


class Arrangement:
    """The docks of one window, at their places from the first paint on."""

    def __init__(self, window: QMainWindow, docks: dict[str, Dock]) -> None:
        self._window, self._docks = window, docks
        self._restored = False
        self._away: dict[str, Away] = {}
        self._behind: set[str] = set()
        """docks that lay behind another one when they last shared their place with any"""
        window.setDockNestingEnabled(True)
        option = QMainWindow.DockOption
        window.setDockOptions(option.AllowNestedDocks | option.AllowTabbedDocks | option.AnimatedDocks)
        self._arrange(tuple(SHARED))

    def settle(self) -> None:
        """Give the docks their proportions, unless a layout was restored. The window has its size and is unpainted."""
        if not self._restored:
            self._proportion()
        QTimer.singleShot(0, self._window, self._bring_forward)

    def _bring_forward(self) -> None:
        """Those that float were shown before the window there is now, which would lie over them."""
        for dock in self._docks.values():
            if dock.isFloating() and not dock.isHidden():
                dock.hide()
                dock.show()

    def fit(self, fits: Mapping[str, bool]) -> None:
        """Take docks away that have nothing to show, and bring those back that have again, as a person had them."""
        coming = [name for name, fit in fits.items() if fit and name in self._away]
        self._note_fronts()
        going = {name: self._as_it_is(name) for name, fit in fits.items() if not fit and name not in self._away}
        heights = {name: self._away[name].height for name in coming}
        for name in coming:  # before the others go, so that a place they share stays as large as it is
            self._bring_back(name)
        anew = [name for name in coming if self._has_place_alone(name, coming)]
        for name, how in going.items():
            self._take_away(name, how)
        for name in anew:
            self._give_height(name, heights[name])

    def _as_it_is(self, name: str) -> Away:
        dock = self._docks[name]
        return Away(not dock.isHidden(), name not in self._behind, dock.height())

    def _note_fronts(self) -> None:
        for name, dock in self._docks.items():
            if self._window.tabifiedDockWidgets(dock):
                (self._behind.discard if _is_seen(dock) else self._behind.add)(name)

    def _has_place_alone(self, name: str, coming: list[str]) -> bool:
        """Whether a dock has come to where none was, being the first of those that did."""
        dock = self._docks[name]
        there = [other.objectName() for other in self._window.tabifiedDockWidgets(dock)]
        names = [self._docks[each].objectName() for each in coming]
        return not dock.isHidden() and set(there) <= set(names[names.index(dock.objectName()) :])

    def _give_height(self, name: str, height: int) -> None:
        """Make room for a dock in its column, the others in it giving up the same share of theirs each."""
        self._settle_layout()
        place = self._docks[name].geometry()
        column = [dock for dock in self._docks.values() if _is_seen(dock) and dock.x() == place.x()]
        above = [dock for dock in column if dock is not self._docks[name]]
        whole, others = sum(dock.height() for dock in column), sum(dock.height() for dock in above)
        height = height or round(THIRD * whole)
        if not above or height >= whole:
            return
        shares = [round((whole - height) * dock.height() / others) for dock in above]
        self._window.resizeDocks([self._docks[name], *above], [height, *shares], Qt.Orientation.Vertical)

    def reset(self) -> None:
        """All docks where they were at the first start, but for those that have nothing to show."""
        self._arrange(tuple(self._away))
        self._settle_layout()
        self._proportion()

    def _settle_layout(self) -> None:
        """Sizes can be given only to what has its place."""
        layout = self._window.layout()
        assert layout is not None
        layout.activate()

    def save(self) -> bytes:
        """What :meth:`restore` takes."""
        return msgspec.msgpack.encode(Kept(bytes(self._window.saveState(self._version()).data()), self._away))

    def restore(self, state: bytes) -> None:
        """Put the docks where they were; one of other docks, or no layout at all, is passed over."""
        try:
            kept = msgspec.msgpack.decode(state, type=Kept)
        except msgspec.MsgspecError:
            return
        self._restored = self._window.restoreState(QByteArray(kept.state), self._version())
        if self._restored:
            self._offer_all()
            for name in kept.away.keys() & self._docks.keys():
                self._take_away(name, kept.away[name])

    def _offer_all(self) -> None:
        self._away.clear()
        for dock in self._docks.values():
            dock.offer(on=True)

    def _take_away(self, name: str, how: Away) -> None:
        self._away[name] = how
        self._docks[name].hide()
        self._docks[name].offer(on=False)

    def _bring_back(self, name: str) -> None:
        dock, how = self._docks[name], self._away.pop(name)
        dock.offer(on=True)
        dock.setVisible(how.shown)
        if how.shown and how.front:
            dock.raise_()

    def _version(self) -> int:
        """Differs where the docks do."""
        return zlib.crc32(" ".join(self._docks).encode()) & 0x7FFFFFFF

    def _arrange(self, away: tuple[str, ...]) -> None:
        """Sliders → views → loss → map in one eye-path; ``away`` are docks that have nothing to show."""
        window, docks = self._window, self._docks
        self._offer_all()
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        for dock in docks.values():
            dock.setFloating(False)
            dock.show()
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["settings"])
        window.splitDockWidget(docks["settings"], docks["latent_map"], across)
        window.splitDockWidget(docks["latent_map"], docks["loss"], across)
        window.splitDockWidget(docks["latent_map"], docks["views"], down)
        window.splitDockWidget(docks["loss"], docks["similarity"], down)
        window.splitDockWidget(docks["similarity"], docks["health"], down)
        for name in sorted(docks.keys() - FIRST):
            below = "views" if name in BEHIND_VIEWS else SHARED.get(name, "health")
            window.tabifyDockWidget(docks[below], docks[name])
            if name not in SHARED:
                docks[below].raise_()  # the dock that is tabbed last would hide it
        for name in ASKED_FOR:
            docks[name].hide()
        for name in away:
            self._take_away(name, Away(shown=name not in ASKED_FOR))

    def _proportion(self) -> None:
        window = self._window
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        width, height = window.width(), window.height()
        left = SETTINGS_WIDTH if width >= ROOMY else SETTINGS_NARROW
        right = max(RIGHT_LEAST, round(width * 0.31))
        window.resizeDocks(self._seen("settings", "latent_map", "loss"), [left, width - left - right, right], across)
        views = min(round(height * 0.36), VIEWS_MOST)
        window.resizeDocks(self._seen("latent_map", "views"), [height - views, views], down)
        third = [round(height * share) for share in (0.36, 0.32, 0.32)]
        window.resizeDocks(self._seen("loss", "similarity", "health"), third, down)

    def _seen(self, *places: str) -> list[Dock]:
        """For each of these docks one at its place that is not away."""
        sharing = {below: name for name, below in SHARED.items()}
        return [self._docks[sharing.get(name, name) if name in self._away else name] for name in places]


def _is_seen(dock: Dock) -> bool:
    """Whether a dock lies in the window and before all others at its place."""
    return not (dock.isFloating() or dock.isHidden() or dock.visibleRegion().isEmpty())
