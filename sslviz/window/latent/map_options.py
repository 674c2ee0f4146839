"""The map's menu: UMAP or principal components, UMAP's two parameters that matter, and what a drag does."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from sslviz.core.requests import MapRequest
from sslviz.window.style.buttons import set_action_tip

METHODS = {
    "umap": "UMAP: keeps neighbourhoods (McInnes et al. 2018)",
    "pca": "PCA: the two directions in which h varies most; distances are true, neighbourhoods often not",
}
DRAGS = (
    (None, "a drag moves the map", "Shift and drag selects by drawing around points, with Ctrl too by a rectangle"),
    ("lasso", "a drag draws a lasso", "Select by drawing around points"),
    ("rectangle", "a drag draws a rectangle", "Select by a rectangle"),
)
NEIGHBOURS = (5, 15, 30, 60)
MIN_DIST = (0.0, 0.1, 0.3, 0.8)
Choice = str | int | float


class MapOptions(QToolButton):
    """Shows the method in use; its menu changes it, and the map is laid out anew from the same snapshot."""

    changed = Signal()
    trails = Signal(bool)
    """whether trails are drawn"""
    drawing = Signal(object)
    """Shape or None: what a drag draws without Shift"""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("small")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("How the map is made, and what a drag does")
        self.setToolTip("How the map is made (UMAP or PCA, and their parameters), and what a drag does")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        defaults = MapRequest()
        self._method = self._add(menu, defaults.method, ((key, key.upper(), tip) for key, tip in METHODS.items()))
        menu.addSeparator()
        near = "How many neighbours of each sample are kept together: few show fine segments, many the large shape"
        neighbours = ((value, f"{value} neighbours", near) for value in NEIGHBOURS)
        self._neighbours = self._add(menu, defaults.neighbours, neighbours)
        menu.addSeparator()
        apart = "How near samples may lie: at 0 clusters are dense, far up they are spread"
        distances = ((value, f"least distance {value:g}", apart) for value in MIN_DIST)
        self._min_dist = self._add(menu, defaults.min_dist, distances)
        menu.addSeparator()
        trails = self._checkable(menu, "trails", "Where the selected points were on the last maps", checked=True)
        trails.toggled.connect(self.trails)
        menu.addSeparator()
        self._draws = QActionGroup(menu)
        for shape, text, tip in DRAGS:
            action = self._action(menu, self._draws, text, tip, checked=shape is None)
            action.setData(shape)
        self._draws.triggered.connect(self._draw_with)
        self.setMenu(menu)
        self._say()

    @property
    def request(self) -> MapRequest:
        """The layout that is chosen."""
        method, neighbours, min_dist = (
            group.checkedAction().data() for group in (self._method, self._neighbours, self._min_dist)
        )
        return MapRequest(method=method, neighbours=neighbours, min_dist=min_dist)

    def _add(self, menu: QMenu, default: Choice, choices: Iterable[tuple[Choice, str, str]]) -> QActionGroup:
        group = QActionGroup(menu)
        for value, text, tip in choices:
            action = self._action(menu, group, text, tip, checked=value == default)
            action.setData(value)
        group.triggered.connect(self._choose)
        return group

    @classmethod
    def _action(cls, menu: QMenu, group: QActionGroup, text: str, tip: str, *, checked: bool) -> QAction:
        return group.addAction(cls._checkable(menu, text, tip, checked=checked))

    @staticmethod
    def _checkable(menu: QMenu, text: str, tip: str, *, checked: bool) -> QAction:
        action = QAction(text, menu)
        action.setCheckable(True)
        action.setChecked(checked)
        set_action_tip(action, tip)
        menu.addAction(action)
        return action

    def _draw_with(self, action: QAction) -> None:
        self.drawing.emit(action.data())

    def _choose(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        method = self.request.method
        self.setText(method.upper())
        for group in (self._neighbours, self._min_dist):
            group.setEnabled(method == "umap")
