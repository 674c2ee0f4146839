"""Panel data with similarity matrices, and with likely false negatives."""

from __future__ import annotations

import math
from typing import Literal

from sslviz.core.wire import Array, Frozen, expect

HISTOGRAM_BINS = 64
"""Number of bins of the similarity histograms."""
WITHOUT_SAMPLES = ("dimensions", "prototypes")
"""Contents of matrices whose rows and columns are no samples."""


class Similarity(Frozen, frozen=True):
    """A similarity matrix of R rows and C columns, with histograms of its values.

    One histogram is of the positive pairs, the other of all other pairs. ``what`` says what the matrix holds, for N
    samples:

    * ``views``: R = C = 2N, cosines of embeddings z. The first N rows and columns are one view of each sample, the last
      N are another view of each sample, in the same order.
    * ``latents``: R = C = N, cosines of one embedding of each sample, which the objective chooses: h, for example. Or a
      matrix that a script has recorded, whose values may have any meaning.
    * ``scores``: R = C = N, scores of predictions (rows) with candidates (columns), not normalised.
    * ``predictions``: R = C = N, cosines of predictions (rows), made from one view or part of each sample, with
      targets (columns), which are embeddings of another view or part of each sample.
    * ``queries``: R = N, C = N + M, cosines of queries (rows), which are embeddings of one view of each sample, with
      keys (columns): the N embeddings of another view of each sample, then M embeddings of earlier samples.
    * ``dimensions``: R = C ≤ D, correlations or covariances of the dimensions of z over the samples.
    * ``prototypes``: R = C ≤ K, how often the student puts one view on a prototype (column), if the teacher puts the
      other view on one (row): conditional probabilities. ``texts`` names the prototypes.

    Rows and columns of the last two are no samples: there are no labels and images.
    """

    step: int
    what: Literal["views", "latents", "scores", "predictions", "queries", "dimensions", "prototypes"]
    source: Literal["batch", "probe"]
    matrix: Array
    """float16[R, C], the similarity matrix."""
    limit: float
    """The colour scale and the histograms span [-limit, limit]."""
    shift: int | None
    """The positive of row i is column (i + shift) % C; None if there are no positives."""
    labels: Array
    """int32[N], class of each sample i by the first label, for rows and columns i and, of views, i + N; -1 if it is
    unknown. All are 0 if the first label has no classes, if there is no label, or if a script has recorded the matrix.
    int32[0] if the rows are no samples."""
    images: Array
    """uint8[R, h, w, 3], images of the rows; uint8[0, 0, 0, 3] if there are none."""
    column_images: Array | None
    """uint8[R, h, w, 3], images of the first R columns; None if they are the same as the images of the rows."""
    positive_counts: Array
    """int64[64], histogram of the positive pairs."""
    negative_counts: Array
    """int64[64], histogram of all other pairs."""
    positive_mean: float
    """Mean similarity of the positive pairs, NaN if there are none."""
    negative_mean: float
    """Mean similarity of all other pairs."""
    samples: int
    """Number of samples in the batch, or of those compared on the map; the first N of them, at most 256, are shown. If
    the rows are no samples, the matrix is computed from all of them."""
    texts: tuple[str, ...] = ()
    """Texts of the R rows, or names of the prototypes; empty if there are none."""
    step_ahead: int = 0
    """If the matrix holds scores: which frame after the context is predicted, counted from 1; otherwise 0."""
    steps_ahead: tuple[int, int] = (0, 0)
    """Smallest and largest ``step_ahead`` that can be requested; (0, 0) if there is no choice."""
    files: tuple[str, ...] = ()
    """The paths of the files of the N samples in the folder of the data; empty if the rows are no files."""
    of: str = ""
    """What is compared, "h" or "z"; empty if it is unknown, or if the matrix holds scores."""

    def verify(self) -> None:
        expect("labels", self.labels, "int32", None)
        expect("matrix", self.matrix, "float16", None, None)
        rows, columns = self.matrix.shape
        self._verify_samples(rows)
        if columns < rows or (self.what != "queries" and columns != rows):
            raise ValueError(f"{columns} columns of {rows} rows")
        if self.shift is not None and not 0 <= self.shift < rows:
            raise ValueError(f"a positive in column {self.shift} of {rows}")
        for name, images in (("images", self.images), ("column_images", self.column_images)):
            if images is not None:
                expect(name, images, "uint8", rows if images.shape[:1] != (0,) else 0, None, None, 3)
        if len(self.files) not in (0, self.labels.shape[0]):
            raise ValueError(f"{len(self.files)} files of {self.labels.shape[0]} samples")
        if len(self.texts) not in (0, rows) or (self.what == "prototypes" and not self.texts):
            raise ValueError(f"{len(self.texts)} texts of {rows} rows")
        if not 0 < self.limit < math.inf:
            raise ValueError(f"colours cannot span ±{self.limit}")
        expect("positive_counts", self.positive_counts, "int64", HISTOGRAM_BINS)
        expect("negative_counts", self.negative_counts, "int64", HISTOGRAM_BINS)

    def _verify_samples(self, rows: int) -> None:
        samples = self.labels.shape[0]
        if self.what in WITHOUT_SAMPLES:
            valid = rows > 0 and samples == 0
        else:
            valid = rows > 0 and samples > 0 and rows % samples == 0 and (self.what != "views" or rows == 2 * samples)
        if not valid:
            raise ValueError(f"{rows} rows of {samples} samples")


class FalseNegatives(Frozen, frozen=True):
    """Likely false negatives: pairs of samples with similar h whose embeddings the loss pushes apart.

    The most strongly repelled pair comes first. Only the first ``samples`` samples of the map are searched.
    """

    step: int
    samples: int
    pairs: Array
    """int32[m, 2], indices of both samples of each pair in the probe."""
    cosines: Array
    """float32[m], cosine of h of the two samples of each pair."""
    repulsions: Array
    """float32[m], how strongly the loss pushes the two samples of each pair apart; 1 is the average over all negatives.

    The value is the share of one sample's gradient that comes from the other sample, averaged over both samples and
    divided by the mean share of a negative."""

    def verify(self) -> None:
        expect("pairs", self.pairs, "int32", None, 2)
        for name, column in (("cosines", self.cosines), ("repulsions", self.repulsions)):
            expect(name, column, "float32", self.pairs.shape[0])
