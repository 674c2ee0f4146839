"""VICReg: two views of a sample get the same embedding, while every dimension of z keeps its own variance.

Bardes, Ponce, LeCun 2022, https://arxiv.org/abs/2105.04906. The symbols are those of the paper: Z and Z' are the
embeddings of the first and the second views of a batch; s is the invariance term, v the variance term and c the
covariance term. As in the authors' code, v is the mean over the two views and not their sum, so that the weights are
those of the paper.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.losses.moments import Z_STD, Z_STD_LINES, expected_redundancy, off_diagonal, z_std
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.outputs import Matrix, StepOutput
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation

GAMMA, EPSILON = 1.0, 1e-4
"""Standard deviation that each dimension is to have, and a small number added to variances (γ and ε in eq. 1 and 2)."""
LOW_RANK = 8
"""The reference line of low rank is that of embeddings with D / 8 independent dimensions."""
CHANGED = "Losses before and after a change of a weight cannot be compared."


class Weights(Group, frozen=True):
    """Weights of the three terms of the loss."""

    title: ClassVar[str] = "VICReg loss"

    invariance_weight: Annotated[
        float,
        About(
            label="Invariance",
            symbol="λ",
            help="Weight of the squared distance between the embeddings of two views of a sample. 0: the views need "
            "not agree.",
            low=0.0,
            high=100.0,
            live=True,
        ),
    ] = 25.0
    variance_weight: Annotated[
        float,
        About(
            label="Variance",
            symbol="μ",
            help="Weight of the shortfall of the standard deviation of each dimension of z below 1. 0: all embeddings "
            "may shrink to one point, where views are alike at no cost, and do.",
            low=0.0,
            high=100.0,
            live=True,
            guard=True,
        ),
    ] = 25.0
    covariance_weight: Annotated[
        float,
        About(
            label="Covariance",
            symbol="ν",
            help="Weight of the covariances between different dimensions of z. 0: nothing keeps the dimensions from "
            "all saying the same.",
            low=0.0,
            high=100.0,
            live=True,
            guard=True,
        ),
    ] = 1.0


@objectives.register
class VICReg(ViewObjective):
    """The loss is the weighted sum of an invariance, a variance and a covariance term."""

    name: ClassVar[str] = "vicreg"
    family: ClassVar[str] = "regularised"
    title: ClassVar[str] = "VICReg"
    help: ClassVar[str] = (
        "Two views of a sample are made alike, while each dimension of z must vary, and not with the others."
    )
    order: ClassVar[int] = 1
    z_scale: ClassVar[float | None] = GAMMA
    groups: ClassVar[tuple[type[Group], ...]] = (Weights, Augmentation, ImageNetwork)
    defaults: ClassVar[dict[str, Value]] = {"head_hidden": 256, "head_dim": 128}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="invariance",
            title="Invariance",
            help="Squared distance between the embeddings of two views of a sample, averaged over dimensions, before "
            "it is weighted.",
            per_step=True,
        ),
        FigureEntry(
            key="variance",
            title="Variance",
            help="Mean shortfall of the standard deviations of the dimensions of z below 1, before it is weighted.",
            per_step=True,
        ),
        FigureEntry(
            key="covariance",
            title="Covariance",
            help="Squared covariances between different dimensions of z, summed over both views and divided by the "
            "number of dimensions, before it is weighted.",
            per_step=True,
        ),
        Z_STD,
    )
    loss_depends_on: ClassVar[dict[str, str]] = {
        "invariance_weight": CHANGED,
        "variance_weight": CHANGED,
        "covariance_weight": CHANGED,
    }

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.weights = Weights.of(values)

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss of VICReg; the loss of a sample is its share, see :func:`shares`."""
        z, weights = self.embed(views), self.weights
        z_a, z_b = z.chunk(2)
        terms = vicreg(z_a, z_b)
        found = {key: term.detach() for key, term in terms._asdict().items()}
        found[Z_STD.key] = z_std(torch.stack([z_a, z_b]))
        return Comparison(weighted(terms, weights), lambda: shares(z_a, z_b, weights), z, found)

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        """Return the covariances of the dimensions of z, over all views of a batch."""
        return Matrix("dimensions", covariances(output.kept["z"].float()), limit=0, shift=0, of="z")

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        dim, weights = self.z_dim, self.weights
        collapsed = GAMMA - math.sqrt(EPSILON)
        rank = max(dim // LOW_RANK, 1)
        low_rank, isotropic = (2 * expected_redundancy(batch_size, dim, each) for each in (rank, dim))
        return (
            reference_line(
                "loss",
                "unrelated",
                unrelated_loss(weights),
                "The lowest loss of embeddings that are independent of each other: they shrink as far as it pays.",
            ),
            reference_line(
                "loss", "collapsed", weights.variance_weight * collapsed, "The loss of embeddings that are all equal."
            ),
            reference_line(
                "loss",
                "aligned_uniform",
                0.0,
                "The two views of each sample coincide, and each dimension of z varies by 1, independently.",
                "aligned and isotropic",
            ),
            reference_line("invariance", "unrelated", 2 * GAMMA**2, "Independent embeddings with deviations of 1."),
            reference_line(
                "invariance", "collapsed", 0.0, "The views of each sample coincide.", "aligned or collapsed"
            ),
            reference_line("variance", "collapsed", collapsed, "All samples have the same embedding."),
            reference_line("variance", "isotropic", 0.0, "Each dimension of z has a standard deviation of 1 or more."),
            reference_line(
                "covariance",
                "low_rank",
                low_rank,
                f"Only {rank} of the {dim} dimensions are independent; the others repeat them.",
            ),
            reference_line("covariance", "isotropic", isotropic, "Independent dimensions, up to chance in a batch."),
            reference_line("covariance", "collapsed", 0.0, "Embeddings that are all equal have no covariances."),
            *Z_STD_LINES,
        )


# ----------------------------------------------------------------- the loss


class Terms(NamedTuple):
    """The terms of the loss, not weighted: s, the mean of v over both views, and the sum of c over both views."""

    invariance: Tensor
    variance: Tensor
    covariance: Tensor


def weighted(terms: Terms, weights: Weights) -> Tensor:
    """Return the weighted sum of the terms (eq. 6)."""
    return (
        weights.invariance_weight * terms.invariance
        + weights.variance_weight * terms.variance
        + weights.covariance_weight * terms.covariance
    )


def covariances(z: Tensor) -> Tensor:
    """Return the covariance matrix C(Z) of float32[N, D], float32[D, D] (eq. 3)."""
    centred = z - z.mean(0)
    return centred.T @ centred / max(len(z) - 1, 1)


def vicreg(z_a: Tensor, z_b: Tensor) -> Terms:
    """Return the three terms of the embeddings of two views, float[N, D] each; float32 also under autocast."""
    with torch.autocast(device_type=z_a.device.type, enabled=False):
        pair = z_a.float(), z_b.float()
        matrices = [covariances(z) for z in pair]
        shortfalls = [(GAMMA - (matrix.diag() + EPSILON).sqrt()).relu().mean() for matrix in matrices]  # eq. 1
        sums = [off_diagonal(matrix).square().sum() / len(matrix) for matrix in matrices]  # eq. 4
        return Terms((pair[0] - pair[1]).square().mean(), sum(shortfalls) / 2, sum(sums))  # type: ignore[arg-type]


def shares(z_a: Tensor, z_b: Tensor, weights: Weights) -> Tensor:
    """Return the share of each sample in the loss, float32[N]; their mean is the loss.

    A covariance is a sum over the samples. The share of a sample in a squared covariance is its part of this sum times
    the covariance. The variance term is the same for all samples.
    """
    terms = vicreg(z_a, z_b)
    with torch.autocast(device_type=z_a.device.type, enabled=False):
        invariance = (z_a.float() - z_b.float()).square().mean(1)
        covariance = _shares_of_covariance(z_a.float()) + _shares_of_covariance(z_b.float())
    return weighted(Terms(invariance, terms.variance, covariance), weights)


def _shares_of_covariance(z: Tensor) -> Tensor:
    """Return the share of each sample in c(Z), float32[N]; ``z``: float32[N, D]."""
    centred, (count, dim) = z - z.mean(0), z.shape
    return ((centred @ off_diagonal(covariances(z))) * centred).sum(1) * (count / max(count - 1, 1) / dim)


def unrelated_loss(weights: Weights) -> float:
    """Return the lowest loss of independent embeddings with a common standard deviation σ, for very many samples.

    It is the minimum of ``λ · 2σ² + μ · (γ - σ)`` over σ from 0 to γ, where λ and μ are the weights of invariance and
    variance.
    """
    if not weights.invariance_weight:
        return 0.0
    std = min(weights.variance_weight / (4 * weights.invariance_weight), GAMMA)
    return weights.invariance_weight * 2 * std**2 + weights.variance_weight * (GAMMA - std)
