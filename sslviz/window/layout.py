"""Where the docks lie: the arrangement of the first start, its proportions, and one that was kept."""

from __future__ import annotations

import zlib

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QMainWindow

from sslviz.window.dock import Dock

SETTINGS_WIDTH, SETTINGS_NARROW = 316, 280
RIGHT_LEAST = 408
VIEWS_MOST = 300
ROOMY = 1200
"""px; a narrower window leaves the map what the form can spare"""
ASKED_FOR = frozenset({"log"})
"""not shown until somebody asks for it (View): its tab would take a line from the figures all the time"""
FIRST = frozenset({"settings", "latent_map", "loss", "views", "similarity", "health"})


class Arrangement:
    """The docks of one window, at their places from the first paint on."""

    def __init__(self, window: QMainWindow, docks: dict[str, Dock]) -> None:
        self._window, self._docks = window, docks
        self._restored = False
        window.setDockNestingEnabled(True)
        option = QMainWindow.DockOption
        window.setDockOptions(option.AllowNestedDocks | option.AllowTabbedDocks | option.AnimatedDocks)
        self._arrange()

    def settle(self) -> None:
        """Give the docks their proportions, unless a layout was restored. The window has its size and is unpainted."""
        if not self._restored:
            self._proportion()

    def reset(self) -> None:
        """All docks where they were at the first start."""
        self._arrange()
        layout = self._window.layout()
        assert layout is not None
        layout.activate()  # sizes can be given only to what has its place
        self._proportion()

    def save(self) -> bytes:
        """What :meth:`restore` takes."""
        return bytes(self._window.saveState(self._version()).data())

    def restore(self, state: bytes) -> None:
        """Put the docks where they were; one of other docks, or no layout at all, is passed over."""
        self._restored = self._window.restoreState(QByteArray(state), self._version())

    def _version(self) -> int:
        """Differs where the docks do."""
        return zlib.crc32(" ".join(self._docks).encode()) & 0x7FFFFFFF

    def _arrange(self) -> None:
        """Sliders → views → loss → map in one eye-path."""
        window, docks = self._window, self._docks
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
        for name in docks.keys() - FIRST:
            window.tabifyDockWidget(docks["health"], docks[name])
        docks["health"].raise_()  # the dock that is tabbed last would hide it
        for name in ASKED_FOR:
            docks[name].hide()

    def _proportion(self) -> None:
        window, docks = self._window, self._docks
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        width, height = window.width(), window.height()
        left = SETTINGS_WIDTH if width >= ROOMY else SETTINGS_NARROW
        right = max(RIGHT_LEAST, round(width * 0.31))
        row = [docks["settings"], docks["latent_map"], docks["loss"]]
        window.resizeDocks(row, [left, width - left - right, right], across)
        views = min(round(height * 0.32), VIEWS_MOST)
        window.resizeDocks([docks["latent_map"], docks["views"]], [height - views, views], down)
        third = [docks["loss"], docks["similarity"], docks["health"]]
        window.resizeDocks(third, [round(height * share) for share in (0.36, 0.32, 0.32)], down)
