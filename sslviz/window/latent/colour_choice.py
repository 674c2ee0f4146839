"""The box in the map's title bar that chooses what colours the points."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from sslviz.window.latent.colouring import BESIDE_LABELS, colour_choices
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.title_controls import offer


class ColourChoice(QComboBox):
    """A box that offers the labels of the data first, then what is known of the samples beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What colours the points of the map")
        self.setToolTip(
            "What colours the points: a label, which the network never sees, or what is known of each sample"
        )
        self.setVisible(False)

    @property
    def key(self) -> str:
        """The chosen key of :func:`~sslviz.window.latent.colouring.colour_choices`; empty before there is a run."""
        return str(self.currentData() or "")

    def offer(self, run: RunModel) -> None:
        """Offer the choices of this run, and keep the present choice where the run has it too."""
        choices, before = colour_choices(run), self.key
        offer(self, offered=len(choices) > 1)
        if list(choices) == [self.itemData(index) for index in range(self.count())]:
            return
        self.blockSignals(True)
        self.clear()
        for index, (key, title) in enumerate(choices.items()):
            self.addItem(title, key)
            tip = BESIDE_LABELS.get(key, ("", "a label of the data"))[1]
            self.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(self.findData(before), 0))
        self.blockSignals(False)
