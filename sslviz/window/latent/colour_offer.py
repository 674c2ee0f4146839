"""A line above the map's caption that offers to colour the points by what a network may have learned as a shortcut."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from weakref import WeakSet

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslviz.core.entries import LabelEntry
from sslviz.window.latent.colouring import LABEL
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.buttons import RowButton, small_action, small_button
from sslviz.window.style.labels import label


class ColourOffer(QWidget):
    """Offers, when the verdict on a run is "shortcut", to colour the points by the labels that are not scored.

    For example, a network that recognises images by their colours places points of equal hue together, which the map
    shows when it is coloured by hue. The offer is made once after each such verdict: it ends when the points are
    coloured by one of these labels, or when the user dismisses it. A picture of the panel omits it.
    """

    chosen = Signal(str)
    """The user wants the points to be coloured by the label with this key, such as "label:hue"."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty(ON_SCREEN_ONLY, True)
        self._run = RunModel()
        self._keys: tuple[str, ...] = ()
        self._answered: WeakSet[RunModel] = WeakSet()
        """Runs to whose present verdict the user has had the offer."""
        self._text = label(role="small", elided=True)
        self._text.setMinimumWidth(1)
        self._buttons: list[RowButton] = []
        self._dismiss = small_button("close", "Not now")
        self._dismiss.clicked.connect(self._end)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addWidget(self._text, 100)
        self._row.addStretch(1)
        self._row.addWidget(self._dismiss)
        self.hide()

    def show_run(self, run: RunModel, key: str) -> None:
        """Make the offer for ``run``, whose points are coloured by ``key`` now, or hide it if there is none to make."""
        self._run = run
        labels = run.probe.label_entries if run.probe is not None else ()
        others = [entry for entry in labels if not entry.scored]
        scored = next((entry for entry in labels if entry.scored), None)
        self._keys = tuple(LABEL + entry.name for entry in others)
        if run.diagnosis is None or run.diagnosis.verdict != "shortcut":
            self._answered.discard(run)
            self._keys = ()
        elif key in self._keys:
            self._answered.add(run)
        offered = scored is not None and bool(self._keys) and run not in self._answered
        if scored is not None and offered:
            self._text.setText(question(scored, others))
            self._text.setMaximumWidth(self._text.fontMetrics().horizontalAdvance(self._text.text()) + 2)
            self._show_buttons([entry.name for entry in others])
        self.setVisible(offered)

    def _show_buttons(self, names: Sequence[str]) -> None:
        while len(self._buttons) < len(names):
            button = small_action("", "")
            button.clicked.connect(partial(self._choose, len(self._buttons)))
            self._row.insertWidget(1 + len(self._buttons), button)
            self._buttons.append(button)
        for number, button in enumerate(self._buttons):
            button.setVisible(number < len(names))
            if number < len(names):
                button.setText(names[number])
                button.setToolTip(f"Colour the map by {names[number]}")
                button.setAccessibleName(button.toolTip())

    def _choose(self, number: int, *_: bool) -> None:
        self.chosen.emit(self._keys[number])

    def _end(self) -> None:
        self._answered.add(self._run)
        self.hide()


def question(scored: LabelEntry, others: Sequence[LabelEntry]) -> str:
    """Return the text before the buttons, which have the names of ``others``: "Sorted by colour, not shape? Show".

    ``scored`` is the label that the network should sort by, ``others`` are those that it may sort by instead.
    """
    instead = "colour" if any(entry.colours for entry in others) else others[0].name
    return f"Sorted by {instead}, not {scored.name}? Show"
