"""The panel of what the network has found in the patches of images: as colours, as cosines, and its attention."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.core.messages import Notice
from sslviz.core.panel_data import Patches, Probe
from sslviz.core.wire import Frozen
from sslviz.window.latent.labels import sample_columns
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Pin
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.patch_card import PatchCard
from sslviz.window.samples.patch_grid import PatchGrid
from sslviz.window.samples.patch_maps import Content, PatchData, PatchMaps
from sslviz.window.style.buttons import small_toggle
from sslviz.window.style.title_controls import offer

CONTENTS: dict[Content, tuple[str, str]] = {
    "colours": (
        "colours",
        "Patches with similar features have similar colours: their first three principal components",
    ),
    "cosines": ("cosines", "The cosine of the features of each patch with those of the marked patch"),
    "attention": ("attention", "The attention of the last layer in the image in view, head by head"),
}
"""Text and tooltip of the button of each content."""
NOT_ON_MAP = "This sample is not on the map."


@panels.register
class PatchesPanel(Panel):
    """Shows the image in view large and eight other images beside it, each above a map of its patches."""

    name: ClassVar[str] = "patches"
    title: ClassVar[str] = "Patches"
    help: ClassVar[str] = (
        "What the network has found in each patch of an image: of the sample in view, large, and of eight others. "
        "Patches with similar features have similar colours; the colours are kept as steady as possible while the "
        "network changes. Click a patch to see its cosine with every other one, and click it again to see the colours. "
        "Attention: how much a patch of the image in view takes from each of its patches, for each head of the last "
        "layer; of all patches, until you click one. A double click takes a sample into view. With the keyboard: the "
        "arrow keys, Enter and the space bar."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Patches, Probe, Pin)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Patches,)
    stories: ClassVar[tuple[str, ...]] = ("patches",)
    min_interval_s = 0.03

    def __init__(self) -> None:
        super().__init__()
        self.grid = PatchGrid()
        self._card = PatchCard(self.grid, self)
        self._shown: Patches | None = None
        self.buttons = {content: small_toggle(*words) for content, words in CONTENTS.items()}
        for button in self.buttons.values():
            button.clicked.connect(self._choose)
            button.hide()
        self.grid.changed.connect(self._follow)
        self.grid.kept.connect(self._keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 6, 8)
        layout.addWidget(self.grid)
        self.grid.hide()

    def title_widgets(self) -> tuple[QWidget, ...]:
        return tuple(self.buttons.values())

    def apply_theme(self) -> None:
        self.grid.renew()

    def empty_text(self, run: RunModel) -> str:
        return (
            "" if run.patches is not None else "What the network finds in patches of images appears here in a moment."
        )

    def description(self, run: RunModel) -> str:
        """Return what the maps show."""
        maps = self.grid.maps
        if maps is None:
            return ""
        if self.grid.content == "attention":
            return "attention of all patches" if maps.marked is None else "attention of the marked patch"
        return "principal components" if maps.values is None else "cosine with the marked patch"

    def refresh(self, run: RunModel) -> None:
        self._card.run = run
        shown = run.patches
        if shown is not self._shown:
            self._shown = shown
            self.grid.show_patches(None if shown is None else PatchData(shown))
        self.grid.setVisible(shown is not None)
        data = self.grid.data
        for content, button in self.buttons.items():
            offer(button, offered=data is not None and (content != "attention" or data.heads > 0))
        self._check()

    def table(self) -> Table | None:
        """Return one row for each patch that is shown: its sample, row and column, and what its map shows of it.

        The rows of attention are the patches of the image in view, with a column for each head.
        """
        maps, data = self.grid.maps, self.grid.data
        if maps is None or data is None or self._shown is None:
            return None
        if maps.names:
            assert maps.values is not None
            values = maps.values.reshape(len(maps.names), -1)
            return {
                **self._places(data, 1),
                **{name: row.tolist() for name, row in zip(maps.names, values, strict=True)},
            }
        return {**self._places(data, data.count), **self._numbers(maps, self._shown)}

    def _places(self, data: PatchData, images: int) -> Table:
        """Return the columns with the sample, the row and the column of each patch of the first ``images`` images."""
        image, row, column = (axis.flatten() for axis in np.indices((images, data.rows, data.columns)))
        return {
            **self._samples([data.samples[each] for each in image.tolist()]),
            "row": (row + 1).tolist(),
            "column": (column + 1).tolist(),
        }

    def _samples(self, indices: list[int]) -> Table:
        """Return the columns that say which samples of the map these are; their numbers are None if it lacks one."""
        probe = self.run.probe
        if probe is None or max(indices) >= probe.ids.shape[0]:
            return {"sample": [None] * len(indices)}
        return sample_columns(probe, indices)

    @staticmethod
    def _numbers(maps: PatchMaps, shown: Patches) -> Table:
        if maps.values is not None:
            return {"cosine": maps.values.flatten().tolist()}
        colours = shown.colours.numpy().reshape(-1, 3)
        return {name: colours[:, colour].tolist() for colour, name in enumerate(("red", "green", "blue"))}

    # ------------------------------------------------------------------ actions of the user

    def _choose(self) -> None:
        """Show the content whose button was clicked: the checked one, unless its content was shown already."""
        chosen = [content for content, button in self.buttons.items() if button.isChecked()]
        self.grid.show_content(next((content for content in chosen if content != self.grid.content), self.grid.content))
        self._follow()

    def _follow(self) -> None:
        """Check the button of what the maps show now, and let the title say it."""
        self._check()
        self.mark_dirty()

    def _check(self) -> None:
        for content, button in self.buttons.items():
            button.setChecked(content == self.grid.content)

    def _keep(self, image: int) -> None:
        assert self.grid.data is not None
        index, probe = self.grid.data.samples[image], self.run.probe
        if probe is not None and index < probe.ids.shape[0]:
            self.pinned.emit(index)
        else:
            self.noticed.emit(Notice(level="info", text=NOT_ON_MAP))


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(PatchesPanel))
