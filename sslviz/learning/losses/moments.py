"""Second moments of embeddings: the standard deviations of the dimensions of z, and how far dimensions correlate."""

from __future__ import annotations

from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import reference_line

Z_STD = FigureEntry(
    key="z_std",
    title="Std of z",
    help="Standard deviation of z over a batch, averaged over its dimensions; z is not normalised. The loss wants 1.",
    per_step=True,
    beside_loss=True,
)
Z_STD_LINES = (
    reference_line("z_std", "isotropic", 1.0, "The standard deviation that the loss asks of every dimension."),
    reference_line("z_std", "collapsed", 0.0, "All samples have the same embedding."),
)


def z_std(z: Tensor) -> Tensor:
    """Return the standard deviation over N samples, averaged over V views and D dimensions, as a detached scalar.

    ``z``: float[V, N, D].
    """
    return z.detach().float().std(-2, correction=0).mean()


def off_diagonal(matrix: Tensor) -> Tensor:
    """Return a copy of a square matrix, float[D, D], with zeros on its diagonal."""
    return matrix.clone().fill_diagonal_(0)


def expected_redundancy(count: int, dim: int, rank: int) -> float:
    """Return the expected sum of the squared correlations between different dimensions, divided by their number D.

    It is that of ``count`` = N samples from a Gaussian with D = ``dim`` dimensions of which r = ``rank`` are
    independent, and each of them is repeated D/r times: ``(D/r - 1) + (D - D/r) / (N - 1)``. The first term is the
    lowest value that a matrix of rank r can have; the second comes from chance correlations, whose squares have the
    mean 1 / (N - 1). With r = D the Gaussian is isotropic.
    """
    repeats = dim / rank
    return (repeats - 1) + (dim - repeats) / max(count - 1, 1)
