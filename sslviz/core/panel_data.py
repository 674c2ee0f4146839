"""What the engine draws of a run, each made only while somebody looks at it; newer ones replace those before."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from sslviz.core.entries import LabelEntry
from sslviz.core.wire import Array, Frozen, expect

HISTOGRAM_BINS = 64
MapMethod = Literal["pca", "umap"]


class Views(Frozen, frozen=True):
    """What becomes of samples before the network sees them: uint8[len(rows), n, H, W, 3], a sample a column."""

    step: int
    rows: tuple[str, ...]
    """for example original, view a, view b"""
    images: Array
    generation: int = 0
    samples: tuple[int, ...] = ()
    """n numbers of training samples, or none where they are not known"""

    def verify(self) -> None:
        expect("images", self.images, "uint8", len(self.rows), None, None, None, 3)
        if len(self.samples) not in (0, self.images.shape[1]):
            raise ValueError(f"{len(self.samples)} numbers of {self.images.shape[1]} samples")


class Similarity(Frozen, frozen=True):
    """How alike rows and columns are, every one with every other.

    Of ``views``: cosines of 2N embeddings z, view_a of samples 0…N-1, then view_b of the same. Of ``latents``: cosines
    of N h. Of ``scores``: of N predictions, each with N candidates, in units of its own.
    """

    step: int
    what: Literal["views", "latents", "scores"]
    source: Literal["batch", "probe"]
    matrix: Array
    """float16[R, R]"""
    limit: float
    """colours span -limit…limit"""
    shift: int | None
    """the positive of row i is column (i + shift) % R; None where there are no positives"""
    labels: Array
    """int32[N], of the first label, rows i and i + N alike; all zero where that is a number"""
    images: Array
    """uint8[R, h, w, 3], what stands behind the rows; uint8[0, 0, 0, 3] where it cannot be seen"""
    column_images: Array | None
    """the same of the columns where they show something else"""
    positive_counts: Array
    """int64[64], histogram over -limit…limit of the positive pairs"""
    negative_counts: Array
    """int64[64], the same of all other pairs"""
    positive_mean: float
    """of the positive pairs, NaN where there are none"""
    negative_mean: float
    """of all other pairs"""
    samples: int
    """how many samples the batch had; N is at most 256 of them"""
    texts: tuple[str, ...] = ()
    """R of them, of rows that are read; or none"""
    step_ahead: int = 0
    steps_ahead: tuple[int, int] = (0, 0)
    """the first and the last there are, of scores"""

    def verify(self) -> None:
        expect("labels", self.labels, "int32", None)
        rows = self.matrix.shape[0] if self.matrix.shape else 0
        expect("matrix", self.matrix, "float16", rows, rows)
        samples = self.labels.shape[0]
        if not samples or not rows or rows % samples or (self.what == "views" and rows != 2 * samples):
            raise ValueError(f"{rows} rows of {samples} samples")
        if self.shift is not None and not 0 <= self.shift < rows:
            raise ValueError(f"a positive in column {self.shift} of {rows}")
        for name, images in (("images", self.images), ("column_images", self.column_images)):
            if images is not None:
                expect(name, images, "uint8", rows if images.shape[:1] != (0,) else 0, None, None, 3)
        if len(self.texts) not in (0, rows):
            raise ValueError(f"{len(self.texts)} texts of {rows} rows")
        if not 0 < self.limit < math.inf:
            raise ValueError(f"colours cannot span ±{self.limit}")
        expect("positive_counts", self.positive_counts, "int64", HISTOGRAM_BINS)
        expect("negative_counts", self.negative_counts, "int64", HISTOGRAM_BINS)


class Strips(Frozen, frozen=True):
    """What was predicted beside what came, as pictures: uint8[n, rows, columns, H, W, 3], a strip a sample.

    A cell that ``filled`` uint8[rows, columns] says 0 of is left blank.
    """

    step: int
    rows: tuple[str, ...]
    """for example context, actual, predicted, error"""
    columns: tuple[str, ...]
    """for example t+1, t+2, …"""
    images: Array
    filled: Array
    errors: Array
    """float32[n, columns], NaN where there is none"""
    reference_errors: Array
    """the same of what needs no learning"""
    error_name: str = ""
    reference_name: str = ""
    longest_horizon: int = 1
    """how far predictions can be rolled out"""

    def verify(self) -> None:
        rows, columns = len(self.rows), len(self.columns)
        expect("images", self.images, "uint8", None, rows, columns, None, None, 3)
        expect("filled", self.filled, "uint8", rows, columns)
        for name, errors in (("errors", self.errors), ("reference_errors", self.reference_errors)):
            expect(name, errors, "float32", self.images.shape[0], columns)


class TokenPredictions(Frozen, frozen=True):
    """What was thought likely at each place of some texts, beside what stood there."""

    step: int
    vocabulary: tuple[str, ...]
    """each token as it is shown"""
    tokens: Array
    """int32[n, L], the texts"""
    asked: Array
    """uint8[n, L], 1 where the token was hidden or came next"""
    top: Array
    """int32[n, L, k], the likeliest tokens first"""
    probabilities: Array
    """float32[n, L, k]"""

    def verify(self) -> None:
        expect("tokens", self.tokens, "int32", None, None)
        expect("asked", self.asked, "uint8", *self.tokens.shape)
        expect("top", self.top, "int32", *self.tokens.shape, None)
        expect("probabilities", self.probabilities, "float32", *self.top.shape)
        for name, tokens in (("tokens", self.tokens.numpy()), ("top", self.top.numpy())):
            if tokens.size and not 0 <= tokens.min() <= tokens.max() < len(self.vocabulary):
                raise ValueError(f"{name} has some that are none of the {len(self.vocabulary)} of the vocabulary")


class StepsAhead(Frozen, frozen=True):
    """How well each step ahead is told from the other candidates, of held-out sequences."""

    step: int
    ahead: Array
    """int64[K], how many steps ahead"""
    accuracy: Array
    """float64[K], share of predictions whose positive scores highest"""
    loss: Array
    """float64[K], nats"""
    chance: float
    """accuracy by luck"""
    chance_loss: float

    def verify(self) -> None:
        expect("ahead", self.ahead, "int64", None)
        for name, column in (("accuracy", self.accuracy), ("loss", self.loss)):
            expect(name, column, "float64", *self.ahead.shape)


class Probe(Frozen, frozen=True):
    """The fixed segments shown on the map, sent once per run: their images, texts and labels.

    ``ids``: int64[n], the number of each segment's sample in its split.
    """

    pictures: Array
    """uint8[n, frames, h, w, 3]: one frame for what stands still, none for what is read"""
    texts: tuple[str, ...]
    """n of them, or none where pictures tell all"""
    labels: dict[str, Array]
    """by name: int32[n] into its names, or float32[n]"""
    label_entries: tuple[LabelEntry, ...]
    ids: Array
    of: int
    """how many there are in the split they are taken from"""

    def verify(self) -> None:
        expect("ids", self.ids, "int64", None)
        count = self.ids.shape[0]
        expect("pictures", self.pictures, "uint8", count, None, None, None, 3)
        if len(self.texts) not in (0, count):
            raise ValueError(f"{len(self.texts)} texts of {count} segments")
        for entry in self.label_entries:
            if entry.name not in self.labels:
                raise ValueError(f"the label {entry.name} has no values")
            expect(entry.name, self.labels[entry.name], "int32" if entry.names else "float32", count)


class LatentMap(Frozen, frozen=True):
    """Where the probe samples lie now: float32[n, 2], aligned with the map before."""

    step: int
    xy: Array
    method: MapMethod
    age_s: float
    """seconds between the snapshot and this message"""
    trustworthiness: float = math.nan
    """of neighbourhoods on the map (k = 15), 0…1"""
    agreement: float = math.nan
    """share of the neighbours in the latent space that are neighbours on the map, 0…1"""
    movement: float = math.nan
    """of the median point since the map before, as a share of that map's extent; NaN where it is not known, as are
    the others"""
    neighbours: Array | None = None
    """int32[n, k], the nearest of each sample in the latent space by cosine, nearest first, without itself"""
    cosines: Array | None = None
    """float32[n, k], how near they are"""

    def verify(self) -> None:
        expect("xy", self.xy, "float32", None, 2)
        if self.neighbours is None or self.cosines is None:
            return
        count = self.xy.shape[0]
        expect("neighbours", self.neighbours, "int32", count, None)
        expect("cosines", self.cosines, "float32", *self.neighbours.shape)
        found = self.neighbours.numpy()
        if found.size and not 0 <= found.min() <= found.max() < count:
            raise ValueError(f"some neighbours are none of the {count} samples")


class FewLabels(Frozen, frozen=True):
    """What a linear probe on the labels of a few samples of the map alone makes of all others."""

    step: int
    given: tuple[int, ...]
    """the samples whose labels it was told"""
    names: tuple[str, ...]
    """the C classes among them"""
    said: Array
    """int32[n], which of these each sample of the map is to it, by the trained network; -1 where it cannot tell"""
    others: Array
    """int64[C], how many samples known to be of each class it was asked about; 0 where the data know of no such"""
    representations: tuple[str, ...]
    """what it read: the trained network, the untrained one, the inputs themselves"""
    accuracy: Array
    """float32[R, C], by representation and class; NaN where there was none to ask about"""

    def verify(self) -> None:
        expect("said", self.said, "int32", None)
        expect("others", self.others, "int64", len(self.names))
        expect("accuracy", self.accuracy, "float32", len(self.representations), len(self.names))


class Spectrum(Frozen, frozen=True):
    """How far the embeddings z/‖z‖ reach in each of their principal directions, the farthest first."""

    step: int
    values: Array
    """float32[D], singular values of the centred z/‖z‖ of n samples, over √n"""
    untrained: Array
    """float32[D], the same of the untrained network"""

    def verify(self) -> None:
        expect("values", self.values, "float32", None)
        expect("untrained", self.untrained, "float32", *self.values.shape)


class Invariance(Frozen, frozen=True):
    """How far h of one sample of the map turns as each augmentation grows, alone."""

    step: int
    index: int
    """which of the map's samples"""
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    strengths: Array
    """float32[A, S], from nothing to full, of each of the A settings"""
    in_force: Array
    """float32[A], the strengths that are trained with"""
    cosines: Array
    """float32[A, S], the mean cosine of the sample's h with that of its views"""
    images: Array
    """uint8[A, S, h, w, 3], a view of each strength"""

    def verify(self) -> None:
        count = len(self.keys)
        expect("strengths", self.strengths, "float32", count, None)
        steps = self.strengths.shape[1]
        expect("in_force", self.in_force, "float32", count)
        expect("cosines", self.cosines, "float32", count, steps)
        expect("images", self.images, "uint8", count, steps, None, None, 3)
        if len(self.labels) != count:
            raise ValueError(f"{len(self.labels)} labels of {count} settings")


class SelectionFigures(Frozen, frozen=True):
    """How much the selected samples of the map have in common in the latent space."""

    step: int
    mean_cosine: float
    """of all pairs of them, by h; NaN of fewer than two"""
    typical: Array
    """int32[m], the selected ones, most typical first"""
    typicality: Array
    """float32[m], the cosine of each with their mean direction"""

    def verify(self) -> None:
        expect("typical", self.typical, "int32", None)
        expect("typicality", self.typicality, "float32", *self.typical.shape)


class Losses(Frozen, frozen=True):
    """What each sample of the map costs under the settings in force: float32[n], all segments of a sample alike."""

    step: int
    values: Array

    def verify(self) -> None:
        expect("values", self.values, "float32", None)


class Clusters(Frozen, frozen=True):
    """Which samples of the map lie together in the latent space: int32[n] in 0…k-1, by k-means of h/‖h‖."""

    step: int
    members: Array

    def verify(self) -> None:
        expect("members", self.members, "int32", None)
        if np.asarray(self.members.numpy(), np.int32).min(initial=0) < 0:
            raise ValueError("some clusters have no number")


class FalseNegatives(Frozen, frozen=True):
    """Pairs of the map's first ``samples`` that are close by h and pushed apart by the loss, hardest first."""

    step: int
    samples: int
    pairs: Array
    """int32[m, 2]"""
    cosines: Array
    """float32[m], of their h"""
    pushes: Array
    """float32[m], the share of the gradient that one gives the other, in units of the mean negative's"""

    def verify(self) -> None:
        expect("pairs", self.pairs, "int32", None, 2)
        for name, column in (("cosines", self.cosines), ("pushes", self.pushes)):
            expect(name, column, "float32", self.pairs.shape[0])


class PinnedViews(Frozen, frozen=True):
    """What becomes of one sample of the map before the network sees it: uint8[len(rows), h, w, 3]."""

    step: int
    index: int
    rows: tuple[str, ...]
    images: Array

    def verify(self) -> None:
        expect("images", self.images, "uint8", len(self.rows), None, None, 3)


class Health(Frozen, frozen=True):
    """Slow diagnostics of one snapshot; names as in :mod:`sslviz.learning.evaluation.diagnostics`."""

    step: int
    figures: dict[str, float]


PANEL_DATA: tuple[type[Frozen], ...] = (
    Views,
    Similarity,
    Strips,
    TokenPredictions,
    StepsAhead,
    LatentMap,
    SelectionFigures,
    Invariance,
    FewLabels,
    Spectrum,
    Losses,
    Clusters,
    PinnedViews,
    FalseNegatives,
)
"""a newer one takes the place of one that waits"""
WATCHED: tuple[type[Frozen], ...] = (*PANEL_DATA, Health)
"""what :class:`~sslviz.core.messages.Watch` may ask for"""
