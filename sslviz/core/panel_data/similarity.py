"""Similarity matrices and false negatives."""

from __future__ import annotations

import math
from typing import Literal

from sslviz.core.wire import Array, Frozen, expect

HISTOGRAM_BINS = 64


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
