"""The layout of the docks: the default layout of the first start, or the layout restored from the last session."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QRect, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabBar

from sslviz.window.shell.dock import Dock

SETTINGS_WIDTH, SETTINGS_NARROW = 316, 280
"""Usual width of the settings in pixels, and their width in a window narrower than :data:`ROOMY`."""
RIGHT_LEAST = 408
"""Minimum width of the right column in pixels."""
VIEWS_MOST = 300
"""Maximum height of the views in pixels."""
THIRD = 0.3
"""Fraction of its column's height that a dock gets when it is shown for the first time and has a place of its own."""
MAP_SHARE = 1.3
"""Width of the map in the presentation over that of the loss."""
ROOMY = 1200
"""Width of the window in pixels below which the settings are narrow, to leave more room for the map."""
BEHIND_VIEWS = frozenset(
    {"sample", "selection", "microscope", "few_labels", "false_negatives", "sample_losses", "duplicates_and_outliers"}
)
"""Docks that are tabbed behind the views.

Docks that are neither in this set nor in :data:`FIRST` or :data:`SHARED` are tabbed behind the dock ``health``, except
"runs", which is tabbed behind the settings."""
ASKED_FOR = BEHIND_VIEWS | {"runs", "log", "diagnosis", "spectrum"}
"""Docks that are hidden until the user asks for them (menu View, a click on the map or on a verdict).

Shown from the start, they would add a line of tabs, which takes height from the panels at the same place."""
ADDED = {"runs": "settings", "patches": "views", "duplicates_and_outliers": "views"}
"""Docks that layouts saved by version 0.1.0 lack, and behind which dock each is put."""
SHARED = {"patches": "views", "prediction": "views", "steps_ahead": "similarity"}
"""Docks that stay hidden until the objective gives them something to show, and the docks whose places they share.

All docks that are neither here nor in :data:`ASKED_FOR` are open at the first start."""
FIRST = frozenset({"settings", "latent_map", "loss", "views", "similarity", "health"})
"""Docks that have a place of their own at the first start."""


class Away(NamedTuple):
    """The state of a dock that is hidden because the objective provides no data for it.

    The state is restored when an objective provides data. ``shown``: whether the dock was open (else it stays closed).
    ``front``: whether it was in front of the docks that share its place as tabs. ``height``: height of the dock in
    pixels, 0 if unknown.
    """

    shown: bool = True
    front: bool = True
    height: int = 0


class Kept(msgspec.Struct, frozen=True):
    """A saved layout.

    ``state``: the bytes of QMainWindow.saveState. ``away``: names of the docks that are hidden because they have
    nothing to show, each with the state in which the dock is shown again. ``chosen``: see :class:`Arrangement`.
    """

    state: bytes
    away: dict[str, Away]
    chosen: frozenset[str] = frozenset()


class Arrangement:
    """Lays out the docks of the window, by default or as saved, and hides the docks that have nothing to show.

    A dock that the user has brought in front of others at its place is chosen; it stays in front of docks that come
    back by themselves, until the user brings another one forward.
    """

    def __init__(self, window: QMainWindow, docks: dict[str, Dock]) -> None:
        self._window, self._docks = window, docks
        self._restored = False
        self._kept: bytes | None = None
        """The layout before the presentation; None without a presentation."""
        self._away: dict[str, Away] = {}
        self._behind: set[str] = set()
        """Docks that lay behind another one when they last shared a place."""
        self._chosen: set[str] = set()
        """Docks that the user has brought in front of others at their place."""
        for name, dock in docks.items():
            dock.chosen.connect(partial(self.choose, name))
        window.setDockNestingEnabled(True)
        option = QMainWindow.DockOption
        window.setDockOptions(option.AllowNestedDocks | option.AllowTabbedDocks | option.AnimatedDocks)
        self._arrange(tuple(SHARED))

    def settle(self) -> None:
        """Finish the layout when the window has its size; to be called before the window is painted.

        The docks get their default sizes, unless a layout was restored. The detached docks are put in front of the
        window.
        """
        if not self._restored:
            self._proportion()
        QTimer.singleShot(0, self._window, self._bring_forward)

    def _bring_forward(self) -> None:
        """Put the detached docks in front of the window, which would cover them when it appears after them."""
        for dock in self._docks.values():
            if dock.isFloating() and not dock.isHidden():
                dock.hide()
                dock.show()

    def fit(self, fits: Mapping[str, bool]) -> None:
        """Hide docks that have nothing to show; show hidden docks again that now have something to show.

        A dock is shown again as the user left it: open or closed, in front of or behind other tabs, with its height. It
        is not shown in front of a chosen one. In a presentation, nothing changes. ``fits`` maps the name of a dock to
        whether it has something to show.
        """
        if self._kept is not None:
            return
        coming = [name for name, fit in fits.items() if fit and name in self._away]
        everything_chosen = set(self._chosen)  # the tabs report docks that are raised here as chosen by the user
        chosen = [name for name in self._chosen if self._docks[name].in_front]
        self._note_fronts()
        going = {name: self._as_it_is(name) for name, fit in fits.items() if not fit and name not in self._away}
        heights = {name: self._away[name].height for name in coming}
        for name in coming:  # before other docks are hidden, so that a shared place keeps its size
            self._bring_back(name)
        for name in (*chosen, *(name for name in coming if name in everything_chosen)):
            self._docks[name].raise_()
        self._chosen = everything_chosen
        anew = [name for name in coming if self._has_place_alone(name, coming)]
        for name, how in going.items():
            self._take_away(name, how)
        for name in anew:
            self._give_height(name, heights[name])

    def choose(self, name: str) -> None:
        """Keep the dock ``name`` in front of docks that come back by themselves; of those at its place, it alone."""
        tabbed = self._window.tabifiedDockWidgets(self._docks[name])
        self._chosen -= {other for other, dock in self._docks.items() if dock in tabbed}
        self._chosen.add(name)

    def _as_it_is(self, name: str) -> Away:
        dock = self._docks[name]
        return Away(not dock.isHidden(), name not in self._behind, dock.height())

    def _note_fronts(self) -> None:
        """Record in ``_behind`` which of the docks that share a place lie behind another one."""
        for name, dock in self._docks.items():
            if self._window.tabifiedDockWidgets(dock):
                (self._behind.discard if _is_seen(dock) else self._behind.add)(name)

    def _has_place_alone(self, name: str, coming: list[str]) -> bool:
        """Return whether the dock ``name`` is open and was the first of its tab group to be shown again.

        Such a dock opens a place of its own, whose height has to be set; the docks shown after it join its tab group.
        ``coming`` has the names of the docks that :meth:`fit` has just shown again, in this order.
        """
        dock = self._docks[name]
        tabbed = [other.objectName() for other in self._window.tabifiedDockWidgets(dock)]
        names = [self._docks[each].objectName() for each in coming]
        return not dock.isHidden() and set(tabbed) <= set(names[names.index(dock.objectName()) :])

    def _give_height(self, name: str, height: int) -> None:
        """Resize a dock to ``height`` pixels; its column's other docks share the rest in proportion to their heights.

        If ``height`` is 0, the dock gets the fraction :data:`THIRD` of the column's height.
        """
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
        """Put all docks back where they were at the first start; docks that have nothing to show stay hidden."""
        self._chosen.clear()
        self._arrange(tuple(self._away))
        self._settle_layout()
        self._proportion()

    def _settle_layout(self) -> None:
        """Let Qt place the bars and the docks now: only a placed dock can be resized."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # bars may have become higher
        layout = self._window.layout()
        assert layout is not None
        layout.activate()

    def keep(self) -> None:
        """Keep the present layout for :meth:`return_to_kept`, for as long as :meth:`present` shows another one."""
        self._kept = self.save()

    def present(self, *, third: bool) -> None:
        """Show only the map and the loss side by side, and if ``third`` the prediction or the views below the map.

        Of a run that has neither, as one recorded by a script, there is nothing below the map.
        """
        self._arrange(tuple(self._away))
        below = [name for name in ("prediction", "views") if third and name not in self._away][:1]
        shown = [self._docks[name] for name in ("latent_map", "loss", *below)]
        for dock in self._docks.values():
            dock.setVisible(dock in shown)
        self._settle_layout()
        for tabs in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tabs.setGeometry(QRect())  # Qt leaves them where they were if all docks of a place are hidden at once
        size, across, down = self._window.size(), Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._window.resizeDocks(shown[:2], [round(MAP_SHARE * size.width()), size.width()], across)
        if below:
            self._window.resizeDocks(shown[::2], [2 * size.height(), size.height()], down)

    def return_to_kept(self) -> None:
        """Show the layout again that :meth:`keep` has kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            self._settle_layout()  # restored at another height, the docks would get other heights
            self.restore(kept)

    def save(self) -> bytes:
        """Return the layout as bytes for :meth:`restore`. In a presentation, it is the layout before it."""
        if self._kept is not None:
            return self._kept
        state = bytes(self._window.saveState(_version(self._docks)).data())
        return msgspec.msgpack.encode(Kept(state, self._away, frozenset(self._chosen)))

    def restore(self, state: bytes) -> None:
        """Restore the layout that :meth:`save` returned as ``state``.

        If ``state`` is not such a layout, or if it was saved from a window with other docks, nothing changes; it may
        lack those of :data:`ADDED`.
        """
        try:
            kept = msgspec.msgpack.decode(state, type=Kept)
        except msgspec.MsgspecError:
            return
        lacking = self._restore(QByteArray(kept.state))
        self._restored = lacking is not None
        if lacking is not None:
            self._chosen = {*kept.chosen} & self._docks.keys()
            self._offer_all()
            away = {name: Away() for name in lacking & SHARED.keys()} | kept.away
            for name in away.keys() & self._docks.keys():
                self._take_away(name, away[name])

    def _restore(self, state: QByteArray) -> frozenset[str] | None:
        """Restore a layout; return the names of the docks that it lacks, or None if it could not be restored."""
        if self._window.restoreState(state, _version(self._docks)):
            return frozenset()
        if not self._window.restoreState(state, _version(name for name in self._docks if name not in ADDED)):
            return None
        for name, below in ADDED.items():
            self._window.tabifyDockWidget(self._docks[below], self._docks[name])
            self._docks[name].hide()
        return frozenset(ADDED)

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

    def _arrange(self, away: tuple[str, ...]) -> None:
        """Put all docks at their places of the first start, then hide those of :data:`ASKED_FOR` and ``away``.

        ``away`` has the names of the docks that have nothing to show. The window has three columns: at the left the
        settings; in the middle the map above the views; at the right the loss, the similarity and the health figures
        from top to bottom.
        """
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
            below = "views" if name in BEHIND_VIEWS else {**SHARED, **ADDED}.get(name, "health")
            window.tabifyDockWidget(docks[below], docks[name])
            if name not in SHARED:
                docks[below].raise_()  # the dock that is tabbed last would hide it
        for name in ASKED_FOR:
            docks[name].hide()
        for name in away:
            self._take_away(name, Away(shown=name not in ASKED_FOR))

    def _proportion(self) -> None:
        """Give the docks their default widths and heights, which depend on the size of the window."""
        self._settle_layout()
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        width = self._window.width()
        left = SETTINGS_WIDTH if width >= ROOMY else SETTINGS_NARROW
        right = max(RIGHT_LEAST, round(width * 0.31))
        self._window.resizeDocks(
            self._seen("settings", "latent_map", "loss"), [left, width - left - right, right], across
        )
        middle, last = self._seen("latent_map", "views"), self._seen("loss", "similarity", "health")
        height = sum(dock.height() for dock in middle)
        views = min(round(height * 0.36), VIEWS_MOST)
        self._window.resizeDocks(middle, [height - views, views], down)
        height = sum(dock.height() for dock in last)
        third = round(height * 0.32)
        self._window.resizeDocks(last, [height - 2 * third, third, third], down)

    def _seen(self, *places: str) -> list[Dock]:
        """Return one dock for each name in ``places``: usually the dock of this name.

        If that dock has nothing to show and another dock that has something shares its place (see :data:`SHARED`), the
        other dock is returned instead.
        """
        sharing = {below: name for name, below in SHARED.items() if name not in self._away}
        return [self._docks[sharing.get(name, name) if name in self._away else name] for name in places]


def _version(names: Iterable[str]) -> int:
    """Return a checksum of the docks' names; Qt restores a layout only if it was saved with the same checksum."""
    return zlib.crc32(" ".join(names).encode()) & 0x7FFFFFFF


def _is_seen(dock: Dock) -> bool:
    """Return whether a dock is visible in the window, in front of all docks that share its place."""
    return dock.in_front and not dock.isFloating()
