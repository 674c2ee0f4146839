"""The embeddings in the snapshots of a recorded run, evaluated by the same measures as during a training."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry, scored_labels
from sslviz.core.messages import Watch
from sslviz.core.panel_data import Probe, Similarity
from sslviz.core.recording import Floats, Snapshot
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.engine.observing.diagnosis_case import QUERIES
from sslviz.engine.observing.embedding_source import TRAINED, Spectra
from sslviz.engine.observing.evaluation_samples import BANK
from sslviz.engine.observing.health import RANKED_ROWS, RANKS, Figures, rank_of_h
from sslviz.engine.observing.panel_data import MAX_MATRIX_SAMPLES, matrix_of_pairs, similarity_message
from sslviz.engine.observing.panel_observer import PanelObserver
from sslviz.engine.observing.reference_lines import health_lines, isotropic_std
from sslviz.engine.training.figures import label_figure
from sslviz.learning.evaluation import geometry, knn, negatives
from sslviz.learning.evaluation.projection import projected
from sslviz.learning.losses.moments import z_std
from sslviz.learning.outputs import Matrix, Pairs

MAX_MEASURED = 256
"""Maximum number of samples on which figures of z and spectra are computed; the same as during a training."""
SPREAD_OUT = 0.45
"""Standard deviation of normalised embeddings, as a share of that of isotropic ones, above which they are spread out.
It was .38 at most for untrained networks with batch norm in eval mode, and .55 at least after a few steps."""
FIRST_SPREAD_OUT = "The rank of the first snapshot whose embeddings do not lie in a narrow cone, as those of a network \
with batch norm in eval mode do before its first steps."
MIN_SAMPLES = 8
"""Minimum number of samples for health figures."""
FOLDS = 5
"""Number of folds of the k-NN evaluation."""
PAIRS = 64
"""Maximum number of samples in a similarity matrix that is computed: the first ones of the map."""
KNN_SAMPLES = BANK + QUERIES
"""Maximum number of samples with which k-NN is evaluated; the same as during a training."""


class RecordedEmbeddings:
    """The embeddings of a recorded run; implements EmbeddingSource, the interface that observers use.

    The samples must be in random order (see :func:`~sslviz.engine.serving.sample_order.random_order`), since many
    figures are computed from the first samples only.

    Args:
        probe: becomes the attribute of the same name.
        first: becomes the attribute of the same name.
        temperature: the temperature of the run's loss, for the reference lines; NaN if the run has none.

    Attributes:
        probe: the samples whose embeddings are in every snapshot, with their images, texts and labels.
        first: the first snapshot; its embeddings are used as those of the untrained network.
        now: the snapshot that the window shows.
        labels: descriptions of the labels by which the embeddings are scored.
        trained: whether anything was trained, see :class:`Spectra` and :meth:`representations`.
        queries: number of samples that serve as queries when the k-NN score of the first label is computed.
    """

    def __init__(self, probe: Probe, first: Snapshot, temperature: float = math.nan, *, trained: bool = True) -> None:
        self.probe, self.first, self.now = probe, first, first
        self.labels: tuple[LabelEntry, ...] = scored_labels(probe.label_entries)
        self._temperature, self._trained = temperature, trained
        self._folds = {label.name: folds(torch.from_numpy(probe.known(label).nonzero()[0])) for label in self.labels}
        """For each label, indices of samples whose label is known: pairs of a bank and of queries."""
        of_first = next(iter(self._folds.values()), folds(torch.arange(probe.ids.shape[0])))
        self.queries = sum(len(queries) for _, queries in of_first)
        self._first_h: Tensor | None = None
        self._ranks: dict[str, ReferenceLine] = {}
        self._projected: tuple[Snapshot, Tensor] | None = None

    @property
    def step(self) -> int:
        """Step of the snapshot that the window shows."""
        return self.now.step

    def probe_h(self) -> Tensor:
        """Return the representations h of the n samples in the snapshot that the window shows, float32[n, D].

        If the recorded h has more than 512 dimensions, it is projected to D = 256 dimensions by
        :func:`~sslviz.learning.evaluation.projection.projected`. The map and most panels are computed from the
        projected h. Health figures, spectra and the similarity matrix are not: they are computed from z, or from the h
        that was recorded.
        """
        if self._projected is None or self._projected[0] is not self.now:
            self._projected = self.now, projected(torch.from_numpy(self.now.h))
        return self._projected[1]

    def probe_labels(self, name: str) -> Tensor:
        """Return the values of the label ``name``, one per sample: classes int64[n] or numbers float32[n]."""
        values = torch.from_numpy(self.probe.labels[name].numpy().copy())
        return values if values.is_floating_point() else values.long()

    def images(self) -> Tensor | None:
        """Return the small images of the samples, uint8[n, 3, height, width]; None if the samples are no images."""
        images = self.probe.images
        return self._thumbnails(len(images.numpy())) if images.shape[1] == 1 and not self.probe.sample_rate else None

    def representations(self) -> dict[str, Tensor]:
        """Return representations of the samples by name, float32[n, D] each.

        These are h of the snapshot that the window shows, h of the first snapshot if anything was trained and, if there
        are images, the pixel values. If h has more than 512 dimensions, it is projected as in :meth:`probe_h`.
        """
        embeddings = {TRAINED: self.probe_h()}
        if self._trained:
            if self._first_h is None:
                self._first_h = projected(torch.from_numpy(self.first.h))
            embeddings["untrained"] = self._first_h
        images = self._images()
        return embeddings if images is None else {**embeddings, "raw input": images}

    def spectra(self) -> Spectra:
        """Return two spectra (singular values) of z: in the snapshot that the window shows, and in the first snapshot.

        If z is not recorded, the spectra are those of h.
        """
        now, first = (geometry.spectrum(z_or_h(snapshot)[0]) for snapshot in (self.now, self.first))
        return Spectra(now, first if self._trained else None, "h" if self.now.z is None else "z")

    def figures(self, snapshot: Snapshot) -> Figures:
        """Return the health figures of a snapshot, such as k-NN accuracy, as a dictionary from key to value.

        The dictionary is empty if the snapshot has fewer than :data:`MIN_SAMPLES` samples.
        """
        z = z_or_h(snapshot)
        if z.shape[1] < MIN_SAMPLES:
            return {}
        figures = self._knn(torch.from_numpy(snapshot.h)) | {
            "uniformity": geometry.uniformity(z[0]),
            "std_of_l2_normalized": geometry.std_of_l2_normalized(z[0]),
            "effective_rank": geometry.effective_rank(z[0]),
        }
        if snapshot.z is not None:
            figures |= rank_of_h(_measured_h(snapshot)) | {"std_of_z": float(z_std(z[0]))}
        if len(z) == 2:
            figures["alignment"] = geometry.alignment(z[0], z[1])
            if self._temperature > 0:
                figures["effective_negatives"] = negatives.effective_negatives(z[0], z[1], self._temperature)
        return figures

    def refer_to(self, snapshot: Snapshot, figures: Figures) -> None:
        """Use the effective ranks of a snapshot as those of the untrained network, unless an earlier one served.

        ``figures`` are the health figures of the snapshot. Embeddings that lie in a narrow cone have a low rank that
        means nothing, and do not serve: so it is where the first snapshot was logged with batch norm in eval mode,
        before its statistics had settled.
        """
        measured = {"effective_rank": z_or_h(snapshot)[0], "effective_rank_h": _measured_h(snapshot)}
        for key, embeddings in measured.items():
            if key in self._ranks or key not in figures:
                continue
            if geometry.std_of_l2_normalized(embeddings) > SPREAD_OUT * isotropic_std(embeddings.shape[1]):
                label = "untrained" if snapshot.step == self.first.step else f"step {snapshot.step:,}"
                self._ranks[key] = reference_line(key, "untrained", figures[key], FIRST_SPREAD_OUT, label)

    @property
    def lines(self) -> tuple[ReferenceLine, ...]:
        """The reference lines of the health figures: those of :attr:`_levels`, and the ranks of :meth:`refer_to`."""
        self.refer_to(self.first, self._first_figures)
        return (*self._levels, *self._ranks.values())

    @cached_property
    def _first_figures(self) -> Figures:
        return self.figures(self.first)

    @cached_property
    def _levels(self) -> tuple[ReferenceLine, ...]:
        """Reference lines of figures that are not effective ranks.

        Lines are drawn at three kinds of values: the k-NN scores of the first snapshot, which stands for the untrained
        network; the k-NN scores of the raw images, if there are images; and values that simple kinds of embeddings
        have, such as the uniformity of embeddings spread evenly over the unit sphere.
        """
        used = [int(part.max()) for parts in self._folds.values() for fold in parts for part in fold if len(part)]
        images = self._images(max(used) + 1) if used else None
        raw = {} if images is None else {"raw input": self._knn(images - images.mean(0))}
        knn_of_first = {key: value for key, value in self._first_figures.items() if key not in RANKS}
        return health_lines(z_or_h(self.first).shape[2], raw, knn_of_first)

    def similarity(self) -> Similarity:
        """Return the message with the similarity matrix of the snapshot that the window shows.

        - If the snapshot has a recorded similarity matrix, the message holds this matrix. If the matrix has more than
          256 rows, 256 of them are chosen at random, and the columns with the same indices.
        - Otherwise, the message holds cosine similarities between the first :data:`PAIRS` samples: those of z if z of
          two views was recorded, else those of h.
        """
        n, recorded, z = min(PAIRS, len(self.now.h)), self.now.similarity, self.now.z
        if recorded is not None:
            rows = np.sort(np.random.default_rng(0).permutation(len(recorded))[:MAX_MATRIX_SAMPLES])
            cells = torch.from_numpy(recorded[np.ix_(rows, rows)])
            labels = torch.zeros(len(cells), dtype=torch.int64)
            limit = 1.0 if float(cells.abs().max()) <= 1.01 else 0.0  # 0: the limit follows from the largest value
            return similarity_message(self.step, "batch", Matrix("latents", cells, limit), labels)
        images, texts, files = self._thumbnails(n), self.probe.texts[:n], self.probe.files[:n]
        if z is not None and len(z) == 2:
            views = torch.from_numpy(z[:, :n])
            matrix = matrix_of_pairs(Pairs(views[0], views[1], images, images))
            return similarity_message(self.step, "probe", replace(matrix, texts=2 * texts), self._classes(n), files)
        unit = torch.nn.functional.normalize(torch.from_numpy(self.now.h[:n]), dim=1)
        matrix = Matrix("latents", unit @ unit.T, rows=images, texts=texts, of="h")
        return similarity_message(self.step, "probe", matrix, self._classes(n), files)

    def _thumbnails(self, count: int) -> Tensor | None:
        """Return the images of the first ``count`` samples, uint8[count, 3, height, width].

        The image of a video is its first frame. None is returned if the run has no images.
        """
        images = self.probe.images.numpy()[:count]
        return torch.from_numpy(images[:, 0].copy()).permute(0, 3, 1, 2) if images.size else None

    def _classes(self, count: int) -> Tensor:
        named = bool(self.labels and self.labels[0].names)
        return self.probe_labels(self.labels[0].name)[:count] if named else torch.zeros(count, dtype=torch.int64)

    def _images(self, count: int | None = None) -> Tensor | None:
        """Return the pixel values, from 0 to 1, of the first ``count`` samples, float32[count, values per sample].

        If ``count`` is None, the pixel values of all samples are returned; if the run has no images, None.
        """
        images = torch.from_numpy(self.probe.images.numpy()[:count].copy())
        return images.flatten(1).float() / 255 if images.numel() else None

    def _knn(self, h: Tensor) -> Figures:
        """Return the score of predicting each label by k-NN on ``h``, as a dictionary from key to score.

        The score of a label is the accuracy if its values are classes, and R² if they are numbers. It is computed by
        cross-validation: each pair that :func:`folds` returns gives a score, and the result is their mean, weighted by
        the number of queries. The key is "knn" for the first label and "knn_NAME" for any other. A label that is known
        for fewer than :data:`MIN_SAMPLES` samples has no score.
        """
        figures = {}
        for index, label in enumerate(self.labels):
            score = knn.weighted_knn_accuracy if label.names else knn.weighted_knn_r2
            values, parts = self.probe_labels(label.name), self._folds[label.name]
            if sum(map(len, parts[0])) < MIN_SAMPLES:
                continue
            scores = (
                len(queries) * score(h[bank], values[bank], h[queries], values[queries]) for bank, queries in parts
            )
            figures[label_figure(index, label.name)] = sum(scores) / sum(len(queries) for _, queries in parts)
        return figures


class RecordedSimilarity(PanelObserver):
    """Sends the similarity matrix of the snapshot that the window shows."""

    title = "similarity matrix"
    message_types = (Similarity,)
    embeddings: RecordedEmbeddings

    def panel_data(self, watch: Watch) -> Similarity:
        return self.embeddings.similarity()


def folds(samples: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Split sample indices for a cross-validation of k-NN; return pairs (bank, queries) of index tensors, int64.

    k-NN predicts the labels of the queries from the samples in the bank. The first :data:`KNN_SAMPLES` indices in
    ``samples`` are split into :data:`FOLDS` folds. In each pair, the queries are one fold and the bank is all other
    folds. There are at most :data:`FOLDS` pairs, and no more than are needed for
    :data:`~sslviz.engine.observing.diagnosis_case.QUERIES` queries in total.

    Args:
        samples: indices of the samples with a known label, int64[n].
    """
    parts = [samples[:KNN_SAMPLES][start::FOLDS] for start in range(FOLDS)]
    turns = min(FOLDS, -(-QUERIES // max(len(parts[-1]), 1)))
    banks = [torch.cat([part for part in parts if part is not queries]) for queries in parts[:turns]]
    return list(zip(banks, parts, strict=False))


def _measured_h(snapshot: Snapshot) -> Tensor:
    """Return the representations h from which the effective rank is computed, float32[n, H_DIM]."""
    return torch.from_numpy(snapshot.h[:RANKED_ROWS])


def z_or_h(snapshot: Snapshot) -> Tensor:
    """Return embeddings of the first :data:`MAX_MEASURED` samples of a snapshot, float32[V, n, D].

    These are the outputs z of the projection head for V = 1 or 2 views of the n samples, in D dimensions. If the
    snapshot has no z, these are the representations h of the encoder instead, and V = 1.
    """
    z: Floats = snapshot.z if snapshot.z is not None else snapshot.h[None]
    return torch.from_numpy(z[:, :MAX_MEASURED])
