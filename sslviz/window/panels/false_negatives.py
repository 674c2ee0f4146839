"""Pairs that the loss pushes apart although they are close in the latent space."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from sslviz.core.panel_data import FalseNegatives, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.labels import brief
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import ENDED, RunModel, Selected
from sslviz.window.samples.neighbour_strip import Pairs, Piece
from sslviz.window.style.labels import label
from sslviz.window.style.palette import point_style
from sslviz.window.style.theme import theme

GAP_PX = 2
ALIKE, OTHER = 2, 3
"""of the palette's classes: the colour below a pair of one label, and below one of two"""


@panels.register
class FalseNegativesPanel(Panel):
    """Is what it must tell apart different at all?"""

    name: ClassVar[str] = "false_negatives"
    title: ClassVar[str] = "False negatives"
    help: ClassVar[str] = (
        "Pairs of samples close in the latent space that the loss pushes apart, being negatives of each other: each "
        "is among the nearest of the other by h. First those pushed hardest; below each pair how many times as hard "
        "as the mean negative. The bar says whether they share their label, which the network never sees. Click a "
        "pair to see both on the map."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (FalseNegatives, Probe)
    needs: ClassVar[tuple[type[Frozen], ...]] = (FalseNegatives,)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self._summary = label(role="small", numbers=True)
        self.pairs = Pairs()
        self.pairs.chosen.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 6)
        layout.setSpacing(4)
        layout.addWidget(self._summary)
        layout.addWidget(self.pairs, 1)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        panel = super().demo(run)
        rng = np.random.default_rng(3)
        found = np.sort(rng.integers(0, 64, (18, 2)), axis=1).astype(np.int32) + np.array([0, 64], np.int32)
        pushes, cosines = np.linspace(9, 2, 18, dtype=np.float32), np.linspace(0.98, 0.8, 18, dtype=np.float32)
        figures = {"pairs": Array.of(found), "cosines": Array.of(cosines), "pushes": Array.of(pushes)}
        panel.run.take(FalseNegatives(step=1200, samples=256, **figures))
        panel.draw()
        return panel

    def apply_theme(self) -> None:
        self.pairs.update()

    def empty_text(self, run: RunModel) -> str:
        if run.false_negatives is not None:
            return ""
        return ENDED if run.ended else "Pairs that are close and pushed apart appear here once training has begun."

    def refresh(self, run: RunModel) -> None:
        found, probe = run.false_negatives, run.probe
        there = found_in(found, probe)
        if found is None or probe is None:
            self._summary.setText("")
        else:
            same = f"   {sum(map(bool, shared(probe, there)))} share their label" if probe.label_entries else ""
            text = f"{len(there)} pairs of {found.samples:,} samples{same}   step {found.step:,}"
            self._summary.setText(text)
        self.pairs.show_pieces(pieces_of(found, probe, there) if found is not None and probe is not None else ())

    def table(self) -> Table | None:
        """One row a pair."""
        found, probe = self.run.false_negatives, self.run.probe
        there = found_in(found, probe)
        if found is None or probe is None or not len(there):
            return None
        ids = probe.ids.numpy()
        return {
            "sample": ids[there[:, 0]].tolist(),
            "other": ids[there[:, 1]].tolist(),
            "labels": [brief(probe, index) for index in there[:, 0]],
            "other_labels": [brief(probe, index) for index in there[:, 1]],
            "cosine": found.cosines.numpy()[: len(there)].tolist(),
            "push": found.pushes.numpy()[: len(there)].tolist(),
        }

    def _choose(self, samples: tuple[int, ...]) -> None:
        self.selected.emit(Selected(indices=samples, origin="a pair of negatives"))


def found_in(found: FalseNegatives | None, probe: Probe | None) -> np.ndarray:
    """int[m, 2], the pairs of samples that are on the map; none where some are not."""
    if found is None or probe is None:
        return np.empty((0, 2), np.int32)
    pairs = found.pairs.numpy()
    fits = not pairs.size or 0 <= pairs.min() <= pairs.max() < probe.ids.shape[0]
    return np.asarray(pairs if fits else pairs[:0])


def shared(probe: Probe, pairs: np.ndarray) -> list[bool]:
    """Whether both of a pair have the same first label."""
    if not probe.label_entries:
        return [False] * len(pairs)
    values = probe.labels[probe.label_entries[0].name].numpy()
    return [bool(values[first] == values[second]) for first, second in pairs]


def pieces_of(found: FalseNegatives, probe: Probe, pairs: np.ndarray) -> tuple[Piece, ...]:
    """Each pair as one segment, the two side by side."""
    pictures, shown = probe.pictures.numpy(), []
    alike = shared(probe, pairs)
    cosines, pushes = found.cosines.numpy(), found.pushes.numpy()
    for number, (first, second) in enumerate(pairs.tolist()):
        both = [pictures[index][0] for index in (first, second) if pictures.shape[1]]
        between = np.full((both[0].shape[0], GAP_PX, 3), 255 * (not theme().palette.dark), np.uint8) if both else None
        image = to_image(np.concatenate([both[0], between, both[1]], 1) if between is not None else np.empty(0))
        names = f"{brief(probe, first)} and {brief(probe, second)}"
        told = f"{names}\ncosine {cosines[number]:.3f}, pushed apart {pushes[number]:.1f} times the mean"
        colour = point_style(ALIKE if alike[number] else OTHER, 0)[0] if probe.label_entries else ""
        shown.append(Piece((first, second), image, names, colour, f"{pushes[number]:.1f}×", names, told))
    return tuple(shown)


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(FalseNegativesPanel))
