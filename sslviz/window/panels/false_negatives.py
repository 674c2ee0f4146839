"""The panel of likely false negatives: pairs that the loss pushes apart although they are close in latent space."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout

from sslviz.core.panel_data import FalseNegatives, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.labels import label_line, sample_columns
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import ENDED, RunModel
from sslviz.window.samples.gallery import PairGallery
from sslviz.window.samples.sample_cards import SampleCard
from sslviz.window.style.labels import label
from sslviz.window.style.palette import BY_CLASS
from sslviz.window.style.theme import theme

ROUNDED_FROM = 10
"""From this push on, a pair's figure has no decimal."""
GAP_PX = 2
"""Gap between the two images of a pair, in pixels."""
SAME_LABEL, OTHER_LABEL = 2, 3
"""Indices of the class colours that mark a pair with the same label, and a pair with different labels."""
IndexPairs = npt.NDArray[np.integer]


@panels.register
class FalseNegativesPanel(Panel):
    """Shows pairs of samples that are likely false negatives of the contrastive loss, the most repelled pair first."""

    name: ClassVar[str] = "false_negatives"
    title: ClassVar[str] = "False negatives"
    help: ClassVar[str] = (
        "Pairs of negatives that are close in the latent space: each sample is among the nearest neighbours of the "
        "other by h, yet the loss pushes them apart. The pairs pushed hardest come first; the number below a pair says "
        "how many times as hard as the average pair it is pushed. The colour of the bar says whether the two have the "
        "same label, which the network never sees. Click a pair to see both samples on the map."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (FalseNegatives, Probe)
    needs: ClassVar[tuple[type[Frozen], ...]] = (FalseNegatives,)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.summary = label(role="small", numbers=True)
        self.pairs = PairGallery()
        self.pairs.chosen.connect(self._select)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 6)
        layout.setSpacing(4)
        layout.addWidget(self.summary)
        layout.addWidget(self.pairs, 1)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        panel = super().demo(run)
        rng = np.random.default_rng(3)
        pairs = np.sort(rng.integers(0, 64, (18, 2)), axis=1).astype(np.int32) + np.array([0, 64], np.int32)
        pushes, cosines = np.linspace(9, 2, 18, dtype=np.float32), np.linspace(0.98, 0.8, 18, dtype=np.float32)
        figures = {"pairs": Array.of(pairs), "cosines": Array.of(cosines), "repulsions": Array.of(pushes)}
        panel.run.take(FalseNegatives(step=1200, samples=256, **figures))
        panel.draw()
        return panel

    def apply_theme(self) -> None:
        self.pairs.update()

    def empty_text(self, run: RunModel) -> str:
        if run.false_negatives is not None:
            return ""
        soon = "Pairs that are close but pushed apart appear here in a moment."
        return ENDED if run.out_of_reach else soon

    def refresh(self, run: RunModel) -> None:
        result, probe = run.false_negatives, run.probe
        if result is None or probe is None:
            self.summary.setText("")
            self.pairs.show_cards(())
            return
        pairs = pairs_on_map(result, probe)
        same = f"   {sum(map(bool, same_label(probe, pairs)))} share their label" if probe.label_entries else ""
        pushed = f", pushed up to {result.repulsions.numpy().max():.0f} times the average" if len(pairs) else ""
        self.summary.setText(f"{len(pairs)} pairs{pushed}{same}   {result.samples:,} samples, step {result.step:,}")
        self.pairs.show_cards(cards_of(result, probe, pairs))

    def table(self) -> Table | None:
        """Return one row for each pair: data set indices and labels of the two samples, cosine similarity, and push.

        The push says how strongly the loss repels the two samples, where 1 is the average over all negative pairs.
        """
        result, probe = self.run.false_negatives, self.run.probe
        if result is None or probe is None:
            return None
        pairs = pairs_on_map(result, probe)
        if not len(pairs):
            return None
        others = sample_columns(probe, pairs[:, 1].tolist())
        return {
            **sample_columns(probe, pairs[:, 0].tolist()),
            "other": others.pop("sample"),
            **{f"other_{name}": column for name, column in others.items()},
            "labels": [label_line(probe, index) for index in pairs[:, 0]],
            "other_labels": [label_line(probe, index) for index in pairs[:, 1]],
            "cosine": result.cosines.numpy().tolist(),
            "push": result.repulsions.numpy().tolist(),
        }

    def _select(self, samples: tuple[int, ...]) -> None:
        self.selected.emit(Selected(indices=samples, origin="a pair of negatives"))


def pairs_on_map(result: FalseNegatives, probe: Probe) -> IndexPairs:
    """Return the pairs of ``result``, one in each row, as the indices of their two samples on the map.

    The array is int[m, 2] for m pairs. If any index is out of range, no pair is returned: the array is int[0, 2].
    """
    pairs = result.pairs.numpy()
    valid = not pairs.size or 0 <= pairs.min() <= pairs.max() < probe.ids.shape[0]
    return np.asarray(pairs if valid else pairs[:0])


def same_label(probe: Probe, pairs: IndexPairs) -> list[bool | None]:
    """Return for each pair whether its two samples have the same label, or None if the label of either is unknown.

    If the data have several kinds of label, the first kind is compared. If they have none, all entries are None.
    """
    if not probe.label_entries:
        return [None] * len(pairs)
    entry = probe.label_entries[0]
    values, known = probe.labels[entry.name].numpy(), probe.known(entry)
    return [bool(values[a] == values[b]) if known[a] and known[b] else None for a, b in pairs]


def cards_of(result: FalseNegatives, probe: Probe, pairs: IndexPairs) -> tuple[SampleCard, ...]:
    """Return the content of the panel's gallery: for each pair a card, with the images of the two samples."""
    cosines, pushes = result.cosines.numpy(), result.repulsions.numpy()
    items = []
    for number, ((first, second), same) in enumerate(zip(pairs.tolist(), same_label(probe, pairs), strict=True)):
        names = f"{label_line(probe, first)} and {label_line(probe, second)}"
        push = f"{pushes[number]:.0f}" if pushes[number] >= ROUNDED_FROM else f"{pushes[number]:.1f}"
        tooltip = f"{names}\ncosine {cosines[number]:.3f}, pushed {push} times as hard as the average pair"
        label = SAME_LABEL if same else OTHER_LABEL
        colour = "" if same is None else BY_CLASS.of(label, theme().palette)[0]
        image = side_by_side(probe, first, second)
        items.append(SampleCard((first, second), image, names, colour, f"{push}×", names, tooltip))
    return tuple(items)


def side_by_side(probe: Probe, first: int, second: int) -> QImage:
    """Return the images of two samples side by side, or a null image if the samples have no images.

    If a sample consists of several images, such as the frames of a clip, its first image is shown.
    """
    images = probe.images.numpy()
    if not images.shape[1]:
        return QImage()
    left, right = images[first, 0], images[second, 0]
    gap = np.full((left.shape[0], GAP_PX, 3), 0 if theme().palette.dark else 255, np.uint8)
    return to_image(np.concatenate([left, gap, right], axis=1))


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(FalseNegativesPanel))
