"""The combo box in the map's title bar in which the user chooses how to colour the points, such as by a label."""

from __future__ import annotations

from PySide6.QtCore import Qt

from sslviz.window.latent.colouring import BESIDE_LABELS, LABEL, colour_choices
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.title_controls import offer


class ColourChoice(ComboBox):
    """A combo box with the ways to colour the points: by a label of the data, by cluster, by loss and so on.

    With ``labels_only``, there are only the labels of the data.
    """

    def __init__(self, *, labels_only: bool = False) -> None:
        super().__init__()
        self._labels_only = labels_only
        self.setAccessibleName("What colours the points of the map")
        self.setToolTip(
            "What colours the points: a label, which the network never sees, or what is known of each sample"
        )
        self.setVisible(False)

    @property
    def key(self) -> str:
        """Key of the chosen way to colour the points; empty before a run with a probe has been offered.

        The keys are those of :func:`~sslviz.window.latent.colouring.colour_choices`.
        """
        return str(self.currentData() or "")

    def offer(self, run: RunModel) -> None:
        """Offer the ways to colour the points of a run; keep the present choice if possible, else choose the first."""
        choices, before = colour_choices(run), self.key
        if self._labels_only:
            choices = {key: title for key, title in choices.items() if key.startswith(LABEL)}
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
