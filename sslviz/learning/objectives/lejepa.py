"""LeJEPA: the embeddings of a sample's views predict their mean, and all embeddings are distributed as N(0, I).

Balestriero, LeCun 2025, https://arxiv.org/abs/2511.08544. The symbols are those of the paper: a sample n has the views
v and the embeddings z_{n,v}, whose mean over the views is μ_n. SIGReg (Sketched Isotropic Gaussian Regularization)
projects the embeddings of N samples on directions a, and compares each distribution of projections with N(0, 1) by the
statistic of Epps and Pulley (section 4.2), which compares characteristic functions.

The integral of the statistic is that of the authors' minimal example (MINIMAL.md in
https://github.com/rbalestr-lab/lejepa): twice that from 0 to 3, on 17 knots; the paper integrates from -5 to 5. Instead
of independent directions, random orthonormal bases are drawn: they cover all dimensions evenly, so that fewer suffice.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.losses.moments import Z_STD, Z_STD_LINES, z_std
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation

KNOTS, LAST_KNOT = 17, 3.0
"""Number of knots of the integral over t, and the largest t."""
SERIES_TERMS = 80  # of a power series in t², at most 9
LOW_RANK = 4
"""The reference line of low rank is that of a Gaussian in D / 4 dimensions."""


class Prediction(Group, frozen=True):
    """Settings of the loss."""

    title: ClassVar[str] = "LeJEPA loss"

    lejepa_lambda: Annotated[
        float,
        About(
            label="SIGReg",
            symbol="λ",
            help="Weight of SIGReg; the prediction has the weight 1 − λ. Low: all embeddings shrink to one point. "
            "High: they spread what the views of a sample do not share. The best value falls as 1 / batch size.",
            low=1e-6,
            high=1.0,
            log=True,
            live=True,
            guard=True,
        ),
    ] = 0.002
    directions: Annotated[
        int,
        About(
            label="Directions",
            help="Random directions in which the embeddings are compared with a Gaussian, new ones at each step.",
            low=1,
            high=1024,
            log=True,
            live=True,
        ),
    ] = 64
    num_views: Annotated[
        int,
        About(label="Views", help="Random views of each sample; each costs a pass.", low=2, high=8, live=True),
    ] = 2


@objectives.register
class LeJEPA(ViewObjective):
    """The loss is the squared distance of the views' embeddings from their mean, and SIGReg."""

    name: ClassVar[str] = "lejepa"
    family: ClassVar[str] = "regularised"
    title: ClassVar[str] = "LeJEPA"
    help: ClassVar[str] = "The views of a sample predict their mean embedding; all embeddings follow a Gaussian."
    groups: ClassVar[tuple[type[Group], ...]] = (Prediction, Augmentation, ImageNetwork)
    defaults: ClassVar[dict[str, Value]] = {"head_dim": 16}
    z_scale: ClassVar[float | None] = 1.0
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="prediction",
            title="Prediction",
            help="Squared distance of the embeddings of a sample's views from their mean, averaged over dimensions, "
            "before it is weighted.",
            per_step=True,
        ),
        FigureEntry(
            key="sigreg",
            title="SIGReg",
            help="How far the distribution of z is from a Gaussian in all directions, before it is weighted by λ; it "
            "grows with the batch size.",
            per_step=True,
        ),
        Z_STD,
    )
    loss_depends_on: ClassVar[dict[str, str]] = {
        "lejepa_lambda": "Losses before and after a change of λ cannot be compared.",
        "num_views": "Losses before and after a change of the number of views cannot be compared.",
        "batch_size": "",
    }

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.prediction = Prediction.of(values)
        self.num_views = self.prediction.num_views

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute ``(1 - λ) · prediction + λ · SIGReg``, in which each sample has a share."""
        weight, z = self.prediction.lejepa_lambda, self.embed(views)
        by_view = z.float().view(self.num_views, -1, self.z_dim)
        directions = random_directions(self.z_dim, self.prediction.directions, generator)
        distances, regularisation = squared_distances(by_view), sigreg(by_view, directions)
        return Comparison(
            (1 - weight) * distances.mean() + weight * regularisation,
            lambda: (1 - weight) * distances + weight * sigreg_shares(by_view, directions),
            z,
            {"prediction": distances.mean().detach(), "sigreg": regularisation.detach(), Z_STD.key: z_std(by_view)},
        )

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        weight, dim, rank = self.prediction.lejepa_lambda, self.z_dim, max(self.z_dim // LOW_RANK, 1)
        gaussian, low_rank, collapsed = (expected_sigreg(batch_size, dim, each) for each in (dim, rank, 0))
        unrelated = 1 - 1 / self.num_views
        return (
            reference_line(
                "loss",
                "unrelated",
                (1 - weight) * unrelated + weight * gaussian,
                "The loss of independent embeddings, also of views of one sample, that follow the Gaussian.",
            ),
            reference_line(
                "loss",
                "aligned_uniform",
                weight * gaussian,
                "The loss where the views of each sample coincide and the embeddings of all samples are drawn from the "
                "Gaussian. Samples that are spread more evenly than chance have a lower loss.",
                "aligned and Gaussian",
            ),
            reference_line("loss", "collapsed", weight * collapsed, "The loss of embeddings that are all 0."),
            reference_line("prediction", "unrelated", unrelated, "Independent embeddings that follow the Gaussian."),
            reference_line(
                "prediction", "collapsed", 0.0, "The views of each sample coincide.", "aligned or collapsed"
            ),
            reference_line("sigreg", "isotropic", gaussian, "A sample of the Gaussian, hence above 0.", "Gaussian"),
            reference_line("sigreg", "low_rank", low_rank, f"A sample of a Gaussian in {rank} of {dim} dimensions."),
            reference_line("sigreg", "collapsed", collapsed, "All embeddings are 0."),
            *Z_STD_LINES,
        )


def squared_distances(z: Tensor) -> Tensor:
    """Return the mean over views and dimensions of ``(μ_n - z_{n,v})²`` of each sample, float32[N].

    ``z``: float32[V, N, D], the embeddings of V views of N samples.
    """
    return (z.mean(0) - z).square().mean((0, 2))


def random_directions(dim: int, count: int, generator: torch.Generator) -> Tensor:
    """Return ``count`` random unit vectors, float32[dim, count], on the device of ``generator``.

    They are parts of random orthonormal bases: each group of at most ``dim`` vectors is orthonormal.

    On an Apple GPU, the bases are made on the CPU: PyTorch 2.11 has no QR decomposition for MPS, and later versions
    are slow (https://github.com/pytorch/pytorch/issues/177370, https://github.com/pytorch/pytorch/issues/187567).
    """
    size = min(dim, count)
    gaussian = torch.randn((math.ceil(count / size), dim, size), generator=generator, device=generator.device)
    bases: Tensor = torch.linalg.qr(gaussian.cpu() if gaussian.is_mps else gaussian).Q
    return bases.transpose(0, 1).flatten(1)[:, :count].to(gaussian.device)


def sigreg(z: Tensor, directions: Tensor) -> Tensor:
    """Return SIGReg of float32[V, N, D], averaged over the V views: a scalar with gradient.

    It is the mean over directions a of ``N ∫ |φ̂(t) - φ(t)|² φ(t) dt``, where φ̂ is the empirical characteristic
    function of the projections of the N embeddings on a, and ``φ(t) = exp(-t²/2)`` is that of N(0, 1).

    ``directions``: float32[D, A], unit vectors.
    """
    real, imaginary, weights = _differences(z, directions)
    errors = real.mean(1).square() + imaginary.mean(1).square()
    return len(z[0]) * (errors * weights).sum(2).mean()


def sigreg_shares(z: Tensor, directions: Tensor) -> Tensor:
    """Return the share of each sample in SIGReg, float32[N]; their mean is the result of :func:`sigreg`.

    φ̂ is a mean over the samples. The share of a sample has its own term in place of one of the two factors of each
    square. The arguments are those of :func:`sigreg`.
    """
    real, imaginary, weights = _differences(z, directions)
    products = real.mean(1, keepdim=True) * real + imaginary.mean(1, keepdim=True) * imaginary
    return len(z[0]) * (products * weights).sum(3).mean((0, 2))


def _differences(z: Tensor, directions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return real and imaginary part of ``exp(i t aᵀz) - φ(t)``, float32[V, N, A, T] each, and float32[T].

    The last are the weights of the T knots t in the integral over all t, those of the trapezoid rule times φ(t).
    """
    t, weights, phi = torch.tensor(quadrature(), device=z.device).unbind(1)
    with torch.autocast(device_type=z.device.type, enabled=False):
        angles = (z @ directions)[..., None] * t
    return angles.cos() - phi, angles.sin(), weights


def quadrature() -> list[tuple[float, float, float]]:
    """Return t, the weight in the integral of the statistic, and φ(t) for each knot t from 0 to 3.

    The integrand is even, so that each t > 0 stands for -t too: the trapezoid rule gives each knot twice its weight.
    """
    step = LAST_KNOT / (KNOTS - 1)
    knots = [(k * step, 1.0 if k in (0, KNOTS - 1) else 2.0) for k in range(KNOTS)]
    return [(t, sides * step * math.exp(-t * t / 2), math.exp(-t * t / 2)) for t, sides in knots]


def expected_sigreg(count: int, dim: int, rank: int) -> float:
    """Return the expectation of SIGReg for N = ``count`` samples of a Gaussian, over samples and directions.

    The Gaussian has a standard deviation of 1 in ``rank`` of ``dim`` dimensions and is 0 in the others: it is isotropic
    if ``rank`` equals ``dim``, and constant if ``rank`` is 0. On a direction that has the squared length s in these
    dimensions, the projections have the variance s and the characteristic function ``φ_s(t) = exp(-s t²/2)``. The
    expectation of ``N |φ̂ - φ|²`` is then ``N (φ_s - φ)² + 1 - φ_s²``.
    """
    total = 0.0
    for t, weight, phi in quadrature():
        once, twice = mean_exponential(t * t / 2, dim, rank), mean_exponential(t * t, dim, rank)
        total += weight * (count * (twice - 2 * phi * once + phi * phi) + 1 - twice)
    return total


def mean_exponential(x: float, dim: int, rank: int) -> float:
    """Return the mean of ``exp(-s x)``, where s is the squared length that a random unit vector has in a subspace.

    The subspace has ``rank`` of ``dim`` dimensions. As s has a beta distribution, the mean is the hypergeometric
    function ``1F1(rank/2; dim/2; -x) = e^(-x) 1F1((dim - rank)/2; dim/2; x)``; the second series has positive terms.
    """
    term, total = 1.0, 1.0
    for k in range(SERIES_TERMS):
        term *= ((dim - rank) / 2 + k) / (dim / 2 + k) * x / (k + 1)
        total += term
    return math.exp(-x) * total
