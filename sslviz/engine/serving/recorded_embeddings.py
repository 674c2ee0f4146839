"""The latent space of a recorded run: what its snapshots say, by the same measures as those of a training."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import Watch
from sslviz.core.panel_data import Probe, Similarity
from sslviz.core.recording import Floats, Snapshot
from sslviz.core.reference_lines import ReferenceLine
from sslviz.engine.observing.case import QUERIES
from sslviz.engine.observing.embedding_source import TRAINED
from sslviz.engine.observing.evaluation_samples import BANK
from sslviz.engine.observing.health import Figures
from sslviz.engine.observing.latent_observers import PanelObserver
from sslviz.engine.observing.panel_data import MAX_MATRIX_SAMPLES, matrix_of_pairs, similarity_message
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.engine.training.figures import label_figure
from sslviz.learning.evaluation import diagnostics
from sslviz.learning.outputs import Matrix, Pairs

SHAPED = 256
"""samples that show how z lies on the sphere, as many as of a training"""
FEWEST = 8
"""samples that figures are taken of"""
FOLDS = 5
"""of the samples: one after the other is asked about by the rest, until there are enough queries"""
PAIRS = 64
"""samples of the similarity matrix, the first of the map"""


class RecordedEmbeddings:
    """The snapshot in view, and the first, which stands for the untrained network."""

    def __init__(self, probe: Probe, first: Snapshot, temperature: float = math.nan) -> None:
        self.probe, self.first, self.now = probe, first, first
        self.labels: tuple[LabelEntry, ...] = probe.label_entries
        self._temperature = temperature
        self._folds = folds(probe.ids.shape[0])
        self.queries = sum(len(queries) for _, queries in self._folds)
        """how many samples a k-NN accuracy is of"""

    @property
    def step(self) -> int:
        """That of the snapshot in view."""
        return self.now.step

    def probe_h(self) -> Tensor:
        """h of the snapshot in view: float32[n, D]."""
        return torch.from_numpy(self.now.h)

    def probe_labels(self, name: str) -> Tensor:
        """int64[n] or float32[n], what a label says of each sample."""
        values = torch.from_numpy(self.probe.labels[name].numpy().copy())
        return values if values.is_floating_point() else values.long()

    def representations(self) -> dict[str, Tensor]:
        """What the network gives, what it gave first, and the pictures where there are any."""
        found = {TRAINED: self.probe_h(), "untrained": torch.from_numpy(self.first.h)}
        pictures = self._pictures()
        return found if pictures is None else {**found, "raw input": pictures}

    def spectra(self) -> tuple[Tensor, Tensor]:
        """Of the snapshot in view, and of the first."""
        now, first = (diagnostics.spectrum(shaped(snapshot)[0]) for snapshot in (self.now, self.first))
        return now, first

    def figures(self, snapshot: Snapshot) -> Figures:
        """The health figures of one snapshot; none of a handful of samples, which say nothing about a space."""
        z = shaped(snapshot)
        if z.shape[1] < FEWEST:
            return {}
        found = self._knn(torch.from_numpy(snapshot.h)) | {
            "uniformity": diagnostics.uniformity(z[0]),
            "std_of_l2_normalized": diagnostics.std_of_l2_normalized(z[0]),
            "effective_rank": diagnostics.effective_rank(z[0]),
        }
        if len(z) == 2:
            found["alignment"] = diagnostics.alignment(z[0], z[1])
            if self._temperature > 0:
                found["effective_negatives"] = diagnostics.effective_negatives(z[0], z[1], self._temperature)
        return found

    def lines(self) -> tuple[ReferenceLine, ...]:
        """What to judge the figures by."""
        pictures = self._pictures()
        raw = {} if pictures is None else {"raw input": self._knn(pictures - pictures.mean(0))}
        return health_lines(shaped(self.first).shape[2], raw, self.figures(self.first))

    def similarity(self) -> Similarity:
        """The matrix that was given; of two views theirs, or that of h."""
        n, given, z = min(PAIRS, len(self.now.h)), self.now.similarity, self.now.z
        if given is not None:
            cells = torch.from_numpy(given[:MAX_MATRIX_SAMPLES, :MAX_MATRIX_SAMPLES])
            labels = torch.zeros(len(cells), dtype=torch.int64)
            limit = 1.0 if float(cells.abs().max()) <= 1.01 else 0.0  # cosines, or whatever else it holds
            return similarity_message(self.step, "batch", Matrix("latents", cells, limit), labels)
        images, texts = self._seen(n), self.probe.texts[:n]
        if z is not None and len(z) == 2:
            views = torch.from_numpy(z[:, :n])
            matrix = matrix_of_pairs(Pairs(views[0], views[1], images, images))
            return similarity_message(self.step, "probe", replace(matrix, texts=2 * texts), self._classes(n))
        unit = torch.nn.functional.normalize(self.probe_h()[:n], dim=1)
        matrix = Matrix("latents", unit @ unit.T, rows=images, texts=texts)
        return similarity_message(self.step, "probe", matrix, self._classes(n))

    def _seen(self, count: int) -> Tensor | None:
        """The pictures of the first samples, uint8[n, 3, h, w], of clips their first frames; None where there are
        none.
        """
        pictures = self.probe.pictures.numpy()[:count]
        return torch.from_numpy(pictures[:, 0].copy()).permute(0, 3, 1, 2) if pictures.size else None

    def _classes(self, count: int) -> Tensor:
        named = bool(self.labels and self.labels[0].names)
        return self.probe_labels(self.labels[0].name)[:count] if named else torch.zeros(count, dtype=torch.int64)

    def _pictures(self) -> Tensor | None:
        pictures = torch.from_numpy(self.probe.pictures.numpy().copy())
        return pictures.flatten(1).float() / 255 if pictures.numel() else None

    def _knn(self, h: Tensor) -> Figures:
        """How well labels are read off: those of each fold by those of the rest, and the mean of that."""
        found = {}
        for index, label in enumerate(self.labels):
            read = diagnostics.weighted_knn_accuracy if label.names else diagnostics.weighted_knn_r2
            values = self.probe_labels(label.name)
            scores = (len(asked) * read(h[bank], values[bank], h[asked], values[asked]) for bank, asked in self._folds)
            found[label_figure(index, label.name)] = sum(scores) / self.queries
        return found


class RecordedSimilarity(PanelObserver):
    """The matrix of a snapshot."""

    title = "similarity matrix"
    message_types = (Similarity,)
    embeddings: RecordedEmbeddings

    def panel_data(self, watch: Watch) -> Similarity:
        return self.embeddings.similarity()


def folds(n: int) -> list[tuple[Tensor, Tensor]]:
    """Of ``n`` samples those that answer, and those that are asked about, int64[m] and int64[q], in as many turns as it
    takes to ask about enough. In an order of their own, since samples may be sorted by what they are.
    """
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    parts = [order[start::FOLDS] for start in range(FOLDS)]
    turns = min(FOLDS, -(-QUERIES // max(len(parts[-1]), 1)))
    rest = [torch.cat([part for part in parts if part is not asked]) for asked in parts[:turns]]
    return [(bank[:BANK], asked[:QUERIES]) for bank, asked in zip(rest, parts, strict=False)]


def shaped(snapshot: Snapshot) -> Tensor:
    """What shows how embeddings lie on the sphere: z of some samples, h where there is none: float32[V, n, D]."""
    z: Floats = snapshot.z if snapshot.z is not None else snapshot.h[None]
    return torch.from_numpy(z[:, :SHAPED])
