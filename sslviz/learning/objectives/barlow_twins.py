"""Barlow Twins: each dimension of z is the same for two views of a sample, and says what no other dimension says.

Zbontar, Jing, Misra, LeCun, Deny 2021, https://arxiv.org/abs/2103.03230. The symbols are those of the paper: Z^A and
Z^B are the embeddings of the first and the second views of a batch, C is their cross-correlation matrix.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.losses.moments import expected_redundancy, off_diagonal
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.outputs import Matrix, StepOutput
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation

EPSILON = 1e-5
"""Added to variances before embeddings are divided by their roots, as batch norm does."""
LOW_RANK = 8
"""The reference lines of low rank are those of embeddings with D / 8 independent dimensions."""


class RedundancyReduction(Group, frozen=True):
    """Settings of the loss."""

    title: ClassVar[str] = "Barlow Twins loss"

    barlow_lambda: Annotated[
        float,
        About(
            label="Redundancy",
            symbol="λ",
            help="Weight of the correlations between different dimensions of z. 0: nothing keeps the dimensions from "
            "all saying the same.",
            low=0.0,
            high=0.1,
            live=True,
            guard=True,
        ),
    ] = 0.01


@objectives.register
class BarlowTwins(ViewObjective):
    """The loss compares the cross-correlation matrix of the dimensions of z with the identity matrix."""

    name: ClassVar[str] = "barlow_twins"
    family: ClassVar[str] = "regularised"
    title: ClassVar[str] = "Barlow Twins"
    help: ClassVar[str] = (
        "Each dimension of z is made alike in two views of a sample, and unlike all other dimensions. Slow where the "
        "views have little in common."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (RedundancyReduction, Augmentation, ImageNetwork)
    defaults: ClassVar[dict[str, Value]] = {"head_hidden": 256, "head_dim": 128}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="barlow_invariance",
            title="Invariance",
            help="How far the two views of a sample disagree in each dimension of z, summed over dimensions: "
            "the squared differences of their correlations from 1.",
            per_step=True,
        ),
        FigureEntry(
            key="barlow_redundancy",
            title="Redundancy",
            help="How far the dimensions of z repeat each other: the sum of their squared correlations, before it is "
            "weighted by λ.",
            per_step=True,
        ),
    )
    loss_depends_on: ClassVar[dict[str, str]] = {
        "barlow_lambda": "Losses before and after a change of λ cannot be compared.",
        "batch_size": "",
        "head_dim": "",
    }

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.reduction = RedundancyReduction.of(values)

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss of Barlow Twins; the loss of a sample is its share, see :func:`shares`."""
        z, weight = self.embed(views), self.reduction.barlow_lambda
        z_a, z_b = z.chunk(2)
        terms = barlow_twins(z_a, z_b)
        found = {"barlow_invariance": terms.invariance.detach(), "barlow_redundancy": terms.redundancy.detach()}
        loss = terms.invariance + weight * terms.redundancy
        return Comparison(loss, lambda: shares(z_a, z_b, weight), z, found)

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        """Return C: how the dimensions of z of the first views (rows) correlate with those of the second (columns)."""
        return Matrix("dimensions", cross_correlation(*output.kept["z"].chunk(2)), shift=0, of="z")

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        dim, weight = self.z_dim, self.reduction.barlow_lambda
        unrelated = dim * (1 + 1 / max(batch_size - 1, 1))
        isotropic = dim * expected_redundancy(batch_size, dim, dim)
        rank = max(dim // LOW_RANK, 1)
        low_rank = dim * expected_redundancy(batch_size, dim, rank)
        return (
            reference_line(
                "loss",
                "unrelated",
                unrelated + weight * isotropic,
                "The loss of independent embeddings. Embeddings that are all equal have nearly the same loss, D.",
            ),
            reference_line(
                "loss",
                "aligned_uniform",
                weight * isotropic,
                "The loss where the two views of each sample coincide and the dimensions of z are independent. Chance "
                "correlations in a batch remain.",
                "aligned and isotropic",
            ),
            reference_line(
                "barlow_invariance",
                "unrelated",
                unrelated,
                "The two views of a sample have independent embeddings. All embeddings equal give nearly as much, D.",
            ),
            reference_line(
                "barlow_invariance",
                "aligned_uniform",
                0.0,
                "The two views of each sample have the same embedding.",
                "aligned",
            ),
            reference_line(
                "barlow_redundancy",
                "low_rank",
                low_rank,
                f"Only {rank} of the {dim} dimensions are independent; the others repeat them.",
            ),
            reference_line(
                "barlow_redundancy",
                "isotropic",
                isotropic,
                "The dimensions are independent; chance correlations in a batch remain.",
            ),
            reference_line(
                "barlow_redundancy", "collapsed", 0.0, "Embeddings that are all equal have no correlations."
            ),
        )


# ----------------------------------------------------------------- the loss


class Terms(NamedTuple):
    """The two terms of the loss, float32 scalars with gradient; the redundancy is not weighted."""

    invariance: Tensor
    redundancy: Tensor


def standardised(z: Tensor) -> Tensor:
    """Return z, float[N, D], with mean 0 and standard deviation 1 of each dimension over the batch, as float32."""
    centred = z.float() - z.float().mean(0)
    return centred * (centred.square().mean(0) + EPSILON).rsqrt()


def cross_correlation(z_a: Tensor, z_b: Tensor) -> Tensor:
    """Return C, the correlations of the dimensions of Z^A (rows) with those of Z^B (columns), float32[D, D] (eq. 2).

    ``z_a``, ``z_b``: float[N, D]. It is computed in float32, also under autocast.
    """
    with torch.autocast(device_type=z_a.device.type, enabled=False):
        return standardised(z_a).T @ standardised(z_b) / len(z_a)


def barlow_twins(z_a: Tensor, z_b: Tensor) -> Terms:
    """Return ``Σ_i (1 - C_ii)²`` and ``Σ_i Σ_j≠i C_ij²``, the terms of eq. 1, for float[N, D] each."""
    correlation = cross_correlation(z_a, z_b)
    return Terms((1 - correlation.diag()).square().sum(), off_diagonal(correlation).square().sum())


def shares(z_a: Tensor, z_b: Tensor, weight: float) -> Tensor:
    """Return the share of each sample in the loss, float32[N]; their mean is the loss.

    C is a mean over the samples b of ``a_bi b_bj``, where a and b are the standardised embeddings. The share of sample
    b has this product in place of one of the two factors C of each square.
    """
    correlation = cross_correlation(z_a, z_b)
    with torch.autocast(device_type=z_a.device.type, enabled=False):
        a, b = standardised(z_a), standardised(z_b)
        invariance = (1 - a * b) @ (1 - correlation.diag())
        return invariance + weight * ((a @ off_diagonal(correlation)) * b).sum(1)
