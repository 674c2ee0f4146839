"""A card that follows the mouse or the arrow keys over patches of images, and describes the patch there."""

from __future__ import annotations

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from sslviz.window.latent.labels import description
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.patch_grid import PatchGrid
from sslviz.window.samples.patch_maps import Patch
from sslviz.window.style.hover_card import HoverCard
from sslviz.window.style.theme import theme


class PatchCard:
    """Says what the colour of the patch that is pointed at in a grid stands for, and to which sample it belongs.

    The card is shown over ``panel``, which contains the grid.
    """

    def __init__(self, grid: PatchGrid, panel: QWidget) -> None:
        self._grid, self._panel = grid, panel
        self._card = HoverCard(panel)
        self.run = RunModel()
        """The run to which the samples belong."""
        grid.pointed.connect(self._point_at)

    def _point_at(self, patch: Patch | None) -> None:
        if patch is None:
            self._card.hide()
            return
        middle = (self._grid.place_of(patch).center() * theme().scale).toPoint()
        self._card.show_at(self._grid.mapTo(self._panel, middle), [QPixmap()], card_text(self.run, self._grid, patch))


def card_text(run: RunModel, grid: PatchGrid, patch: Patch) -> str:
    """Return the lines of the card: the number of the patch, the labels and the number of its sample, and its place."""
    assert grid.data is not None
    assert grid.maps is not None
    index, probe = grid.data.samples[grid.maps.images[patch.tile]], run.probe
    known = probe is not None and index < probe.ids.shape[0]
    sample = description(probe, index) if probe is not None and known else ""
    lines = [number_text(grid, patch), sample, f"row {patch.row + 1}, column {patch.column + 1}"]
    return "\n".join(line for line in lines if line)


def number_text(grid: PatchGrid, patch: Patch) -> str:
    """Return the number that the colour of a patch stands for, as text; empty for principal components."""
    maps = grid.maps
    if maps is None or maps.values is None:
        return ""
    value = float(maps.values[patch])
    if not maps.names:
        return "the marked patch" if patch == maps.marked else f"cosine {value:+.3f}".replace("-", "−")
    return f"{maps.names[patch.tile]}: {value:.1%} of the attention"
