"""Second moments of embeddings: the standard deviations of the dimensions of z, and how far dimensions correlate."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import normalize

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line

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
BATCH_STD = FigureEntry(
    key="batch_std",
    title="Std of z, batch",
    help="Mean standard deviation of the coordinates of z/‖z‖ in the batch: 0 where all samples have become one, where "
    "the loss may be as low as it gets; 1/√D where z is spread evenly.",
    form="small",
    per_step=True,
    beside_loss=True,
)


def z_std(z: Tensor) -> Tensor:
    """Return the standard deviation over N samples, averaged over the D dimensions, as a detached float32 scalar.

    ``z``: float[N, D], or float[V, N, D] for V views, over which it is averaged too.
    """
    return z.detach().float().std(-2, correction=0).mean()


def batch_std(z: Tensor) -> Tensor:
    """Return the standard deviation of z/||z|| over N samples, averaged over the D dimensions: a detached scalar.

    ``z``: float[N, D]. The result is 0 for collapsed embeddings and 1/√D for isotropic embeddings (SimSiam, Chen & He
    2020, https://arxiv.org/abs/2011.10566, section 4.1).
    """
    return z_std(normalize(z.detach().float(), dim=1))


def batch_std_lines(dim: int) -> tuple[ReferenceLine, ...]:
    """Return the reference lines of :data:`BATCH_STD` for embeddings of ``dim`` dimensions."""
    return (
        reference_line("batch_std", "isotropic", 1 / math.sqrt(dim), "Embeddings spread evenly: 1/√D."),
        reference_line("batch_std", "collapsed", 0.0, "All samples at one point."),
    )


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
