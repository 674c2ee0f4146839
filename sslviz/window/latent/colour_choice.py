"""The choice of what colours the points of the map."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from sslviz.window.latent.colouring import BESIDE, offered
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.title_controls import offer


class ColourChoice(QComboBox):
    """Labels first, then what is known of the samples beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What colours the points of the map")
        self.setToolTip("What colours the points: a label, which the network never sees, or what is found of them")
        self.setVisible(False)

    @property
    def key(self) -> str:
        """As in :mod:`sslviz.window.latent.colouring`; empty before there is a run."""
        return str(self.currentData() or "")

    def offer(self, run: RunModel) -> None:
        """Offer what this run has, and keep the choice where it has it too."""
        there, before = offered(run), self.key
        offer(self, offered=len(there) > 1)
        if list(there) == [self.itemData(index) for index in range(self.count())]:
            return
        self.blockSignals(True)
        self.clear()
        for index, (key, title) in enumerate(there.items()):
            self.addItem(title, key)
            self.setItemData(index, BESIDE.get(key, ("", "a label of the data"))[1], Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(self.findData(before), 0))
        self.blockSignals(False)
