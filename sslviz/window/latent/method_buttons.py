"""Buttons that choose the method of the map, UMAP or PCA."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslviz.core.panel_data import MapMethod
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.style.buttons import small_toggle

METHODS: dict[MapMethod, tuple[str, str]] = {
    "umap": ("UMAP", "UMAP (live): keeps neighbourhoods (McInnes et al. 2018), laid out anew for every map"),
    "pca": ("PCA", "PCA: the two directions in which h varies most; distances are true, neighbourhoods often not"),
}
"""Text and tooltip of each button, by the method."""


class MethodButtons(QWidget):
    """A row of buttons, one for each method; that of the chosen method is checked."""

    chosen = Signal()
    """Emitted when the user clicks a button, also if its method was chosen before."""

    def __init__(self, method: MapMethod) -> None:
        super().__init__()
        self.setProperty(ON_SCREEN_ONLY, True)
        self.method = method
        """The method that the user has chosen last, at first ``method``."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.buttons = {each: small_toggle(text, tip) for each, (text, tip) in METHODS.items()}
        for each, button in self.buttons.items():
            button.clicked.connect(partial(self._choose, each))
            row.addWidget(button)
        self.check(in_view=True)

    def check(self, *, in_view: bool) -> None:
        """Check the button of the chosen method if its map is in view; none while that by umap-learn is."""
        for each, button in self.buttons.items():
            button.setChecked(in_view and each == self.method)

    def _choose(self, method: MapMethod) -> None:
        self.method = method
        self.check(in_view=True)
        self.chosen.emit()
