"""The map's menu: method, two parameters of UMAP, trails on or off, and what a drag of the mouse does.

Trails are lines that show where the selected points were on the last maps.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from sslviz.core.panel_data import UMAP_LEARN
from sslviz.core.requests import MapRequest
from sslviz.window.runs.map_view import MapView
from sslviz.window.style.buttons import set_action_tip

METHODS = {
    "umap": "UMAP (live): keeps neighbourhoods (McInnes et al. 2018), laid out anew for every map",
    "pca": "PCA: the two directions in which h varies most; distances are true, neighbourhoods often not",
}
EXACT = "umap-learn, exact"
EXACT_HELP = (
    "Let umap-learn itself lay out the snapshot in view once, with its own graph, epochs and defaults beside the two "
    "parameters below; takes ten seconds to some minutes, while the run goes on"
)
DRAGS = (
    (None, "a drag moves the map", "Shift and drag selects by drawing around points, with Ctrl too by a rectangle"),
    ("lasso", "a drag draws a lasso", "Select by drawing around points"),
    ("rectangle", "a drag draws a rectangle", "Select by a rectangle"),
)
NEIGHBOURS = (5, 15, 30, 60)
MIN_DIST = (0.0, 0.1, 0.3, 0.8)
NEIGHBOURS_HELP = "How many neighbours of each sample are kept together: few show fine segments, many the large shape"
MIN_DIST_HELP = "Minimum distance between points: at 0 clusters are dense, with more they spread out"
TRAILS_HELP = "Where the selected points were on the last maps"
Choice = str | int | float


class MapOptions(QToolButton):
    """A button that opens the menu of the map's options; the text of the button is the method, such as "UMAP".

    If the user chooses another method or parameter, the map is laid out again: during a training from the embeddings of
    the present step, in a recorded run from the snapshot in view.
    """

    changed = Signal()
    """Emitted when the user chooses a method or a parameter, see :attr:`request`."""
    exact = Signal()
    """Emitted when a map by umap-learn is requested, see :attr:`exact_request`."""
    trails = Signal(bool)
    """Emitted with True when trails are switched on, and with False when they are switched off."""
    drawing = Signal(object)
    """Emitted with the shape that a drag without Shift draws from now on, or None if such a drag moves the map."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("small")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("How the map is made, and what a drag does")
        self.setToolTip("How the map is made (UMAP or PCA, and their parameters), and what a drag does")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._add_layout_choices(menu)
        menu.addSeparator()
        trails = _checkable(menu, "trails", TRAILS_HELP, checked=True)
        trails.toggled.connect(self.trails)
        menu.addSeparator()
        self._add_drags(menu)
        self.setMenu(menu)
        self._update()

    @property
    def request(self) -> MapRequest:
        """The request to the engine for maps by the method and with the parameters that the user has chosen."""
        method, neighbours, min_dist = (
            group.checkedAction().data() for group in (self._method, self._neighbours, self._min_dist)
        )
        return MapRequest(method=method, neighbours=neighbours, min_dist=min_dist)

    @property
    def exact_request(self) -> MapRequest:
        """The request to the engine for one map by umap-learn with the parameters that the user has chosen."""
        return msgspec.structs.replace(self.request, method=UMAP_LEARN)

    def refresh(self, view: MapView) -> None:
        """Update the button's text, and enable or disable the menu item "umap-learn".

        The text is "umap-learn" if the map in view is by umap-learn, otherwise the method that is chosen in the menu.
        The item is enabled if there is a map of the latent space, unless umap-learn has made this map or is laying out
        one now.
        """
        is_latent = view.shown is not None and view.shown.space == "latent"
        self._exact.setEnabled(is_latent and view.exact is None and view.progress is None)
        self.setText(UMAP_LEARN if view.exact is not None else self.request.method.upper())

    def _add_layout_choices(self, menu: QMenu) -> None:
        defaults = MapRequest()
        self._method = self._add(menu, defaults.method, ((key, key.upper(), tip) for key, tip in METHODS.items()))
        self._exact = menu.addAction(EXACT)
        self._exact.setEnabled(False)
        self._exact.triggered.connect(self.exact)
        set_action_tip(self._exact, EXACT_HELP)
        menu.addSeparator()
        neighbours = ((value, f"{value} neighbours", NEIGHBOURS_HELP) for value in NEIGHBOURS)
        distances = ((value, f"least distance {value:g}", MIN_DIST_HELP) for value in MIN_DIST)
        self._neighbours = self._add(menu, defaults.neighbours, neighbours)
        menu.addSeparator()
        self._min_dist = self._add(menu, defaults.min_dist, distances)

    def _add_drags(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for shape, text, tip in DRAGS:
            action = group.addAction(_checkable(menu, text, tip, checked=shape is None))
            action.setData(shape)
        group.triggered.connect(self._choose_drag)

    def _add(self, menu: QMenu, default: Choice, choices: Iterable[tuple[Choice, str, str]]) -> QActionGroup:
        """Add the choices of method or of a parameter to the menu; a choice is a tuple of value, text and tooltip."""
        group = QActionGroup(menu)
        for value, text, tip in choices:
            action = group.addAction(_checkable(menu, text, tip, checked=value == default))
            action.setData(value)
        group.triggered.connect(self._choose)
        return group

    def _choose_drag(self, action: QAction) -> None:
        self.drawing.emit(action.data())

    def _choose(self) -> None:
        self._update()
        self.changed.emit()

    def _update(self) -> None:
        method = self.request.method
        self.setText(method.upper())
        for group in (self._neighbours, self._min_dist):  # PCA has no such parameters
            group.setEnabled(method == "umap")


def _checkable(menu: QMenu, text: str, tip: str, *, checked: bool) -> QAction:
    action = QAction(text, menu)
    action.setCheckable(True)
    action.setChecked(checked)
    set_action_tip(action, tip)
    menu.addAction(action)
    return action
