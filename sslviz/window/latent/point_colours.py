"""The colours of the map's points, with the box in which the user chooses them and the legend that explains them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from sslviz.window.latent.colour_choice import ColourChoice
from sslviz.window.latent.colouring import colouring
from sslviz.window.latent.colours import Colours
from sslviz.window.plotting.legend import Legend
from sslviz.window.plotting.shade_legend import ShadeLegend
from sslviz.window.runs.run_model import RunModel


class PointColours(QObject):
    """Holds the box in which the user chooses how the points are coloured, the colours, and the legend.

    :meth:`refresh` updates colours and legend together; the panel calls it after each choice. The legend is a list of
    classes, or a colour scale if the points are coloured by a number.
    """

    chosen = Signal(str)
    """Emitted with the key of the colours that the user has chosen."""
    pointed = Signal(object)
    """Emitted with the label (int) of the entry that the mouse or the arrow keys point at, or None for no entry."""
    pressed = Signal(int, bool)
    """Emitted with the label whose entry is clicked or chosen with Enter, and whether Ctrl or Shift is held down."""

    def __init__(self, parent: QObject, *, labels_only: bool = False) -> None:
        """Offer all ways to colour the points, or ``labels_only``, those that do not depend on the network."""
        super().__init__(parent)
        self.choice = ColourChoice(labels_only=labels_only)
        self.legend, self.scale = Legend(), ShadeLegend()
        self.scale.hide()
        self.colours = Colours()
        self.choice.currentIndexChanged.connect(self._choose)
        for legend in (self.legend, self.scale):
            legend.pointed.connect(self.pointed)
            legend.pressed.connect(self.pressed)

    @property
    def key(self) -> str:
        """Key of the chosen way to colour the points: "label:" and the name of a label, or for example "cluster".

        It is empty if there is nothing to choose. All ways: :func:`sslviz.window.latent.colouring.colour_choices`.
        """
        return self.choice.key

    def choose(self, key: str) -> None:
        """Colour the points by ``key`` as if the user had chosen it; do nothing if the run does not offer it."""
        index = self.choice.findData(key)
        if index >= 0:
            self.choice.setCurrentIndex(index)

    def _choose(self) -> None:
        self.chosen.emit(self.key)

    def refresh(self, run: RunModel) -> Colours:
        """Offer the ways to colour the points of ``run``, update the legend, and return the chosen colours."""
        self.choice.offer(run)
        self.colours = colours = colouring(run, self.key)
        self.legend.setVisible(bool(colours.names and not colours.shades))
        self.scale.setVisible(bool(colours.names and colours.shades))
        if colours.shades:
            self.scale.show_steps(colours.names, colours.ends)
        else:
            unknown = bool(colours.names) and colours.has_unknown
            self.legend.show_names(colours.names, has_unknown=unknown, styles=colours.styles)
        return colours
