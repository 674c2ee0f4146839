"""How the map is made: buttons for the method, and a menu with two parameters of UMAP, umap-learn, trails, pictures.

Trails are lines that show where the selected points were on the last maps.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from sslviz.core.panel_data import UMAP_LEARN
from sslviz.core.requests import MapRequest
from sslviz.window.latent.method_buttons import MethodButtons
from sslviz.window.runs.map_view import MapView
from sslviz.window.style.buttons import RowButton, set_action_tip

EXACT = "umap-learn, exact"
EXACT_HELP = (
    "Let umap-learn itself lay out the snapshot in view once, with its own graph, epochs and defaults beside the two "
    "parameters below; takes ten seconds to some minutes, while the run goes on"
)
NEIGHBOURS = (5, 15, 30, 60)
MIN_DIST = (0.0, 0.1, 0.3, 0.8)
NEIGHBOURS_HELP = "How many neighbours of each sample are kept together: few show fine segments, many the large shape"
MIN_DIST_HELP = "Minimum distance between points: at 0 clusters are dense, with more they spread out"
PICTURES = "pictures when zoomed in"
PICTURES_HELP = "Show points as small pictures or words where the zoom leaves room for them"
TRAILS_HELP = "Where the selected points were on the last maps"
Choice = int | float


class MapOptions(RowButton):
    """A button that opens the menu of the map's options; :attr:`methods` is a widget beside the map.

    If the user chooses another method or parameter, the map is laid out again: during a training from the embeddings of
    the present step, in a recorded run from the snapshot in view.
    """

    changed = Signal()
    """Emitted when the user chooses a method or a parameter, see :attr:`request`."""
    exact = Signal()
    """Emitted when a map by umap-learn is requested, see :attr:`exact_request`."""
    trails = Signal(bool)
    """Emitted with True when trails are switched on, and with False when they are switched off."""
    pictures = Signal(bool)
    """Emitted with True when pictures on a zoomed map are switched on, and with False when they are switched off."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("small")
        self.setProperty("word", "yes")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setText("options")
        self.setAccessibleName("How the map is made")
        self.setToolTip("How the map is made: by umap-learn, parameters of UMAP, with trails or without")
        self.methods = MethodButtons(MapRequest().method)
        self.methods.chosen.connect(self._choose)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._add_layout_choices(menu)
        menu.addSeparator()
        trails = _checkable(menu, "trails", TRAILS_HELP, checked=True)
        trails.toggled.connect(self.trails)
        pictures = _checkable(menu, PICTURES, PICTURES_HELP, checked=True)
        pictures.toggled.connect(self.pictures)
        self.setMenu(menu)

    @property
    def request(self) -> MapRequest:
        """The request to the engine for maps by the method and with the parameters that the user has chosen."""
        neighbours, min_dist = (group.checkedAction().data() for group in (self._neighbours, self._min_dist))
        return MapRequest(method=self.methods.method, neighbours=neighbours, min_dist=min_dist)

    @property
    def exact_request(self) -> MapRequest:
        """The request to the engine for one map by umap-learn with the parameters that the user has chosen."""
        return msgspec.structs.replace(self.request, method=UMAP_LEARN)

    def refresh(self, view: MapView) -> None:
        """Check the button of the chosen method, and enable or disable the menu item "umap-learn".

        No button is checked while the map in view is by umap-learn. The item is enabled if there is a map of the latent
        space, unless it is a kept one of an earlier step, or umap-learn has made it or is laying out one now.
        """
        self._exact.setEnabled(view.allows_exact and view.exact is None and view.progress is None)
        self.methods.check(in_view=view.exact is None)

    def _add_layout_choices(self, menu: QMenu) -> None:
        defaults = MapRequest()
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

    def _add(self, menu: QMenu, default: Choice, choices: Iterable[tuple[Choice, str, str]]) -> QActionGroup:
        """Add the choices of a parameter to the menu; a choice is a tuple of value, text and tooltip."""
        group = QActionGroup(menu)
        for value, text, tip in choices:
            action = group.addAction(_checkable(menu, text, tip, checked=value == default))
            action.setData(value)
        group.triggered.connect(self._choose)
        return group

    def _choose(self) -> None:
        for group in (self._neighbours, self._min_dist):  # PCA has no such parameters
            group.setEnabled(self.methods.method == "umap")
        self.changed.emit()


def _checkable(menu: QMenu, text: str, tip: str, *, checked: bool) -> QAction:
    action = QAction(text, menu)
    action.setCheckable(True)
    action.setChecked(checked)
    set_action_tip(action, tip)
    menu.addAction(action)
    return action
