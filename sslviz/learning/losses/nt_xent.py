"""NT-Xent, the loss of SimCLR, its settings, and two values with which the loss of a training can be compared.

One is the loss of a collapsed network. The other is the loss of embeddings that are equal for the two views of a sample
and uniformly distributed on the unit sphere.

Chen, Kornblith, Norouzi, Hinton: A simple framework for contrastive learning of visual representations, 2020,
https://arxiv.org/abs/2002.05709. The symbols are those of the paper: N samples have 2N views, whose embeddings are z;
s(i, j) is the cosine similarity of the embeddings of two views, and τ the temperature. The partner of a view is the
other view of the same sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from sslviz.core.settings import About, Group


class Contrastive(Group, frozen=True):
    """Settings of a contrastive loss of normalised embeddings."""

    title: ClassVar[str] = "Contrastive loss"

    temperature: Annotated[
        float,
        About(
            label="Temperature",
            symbol="τ",
            help="Similarities are divided by it. Low: the most similar negatives push hardest; high: all push alike.",
            low=0.02,
            high=2.0,
            log=True,
            live=True,
        ),
    ] = 0.2


@dataclass(frozen=True)
class NTXent:
    """The NT-Xent loss of a batch of N samples.

    ``loss``: float32 scalar with gradient, the mean over all 2N views. ``top1``: share of the views whose most similar
    other view is that of the same sample, detached. ``losses``: float32[2N], the loss of each view, with gradient.
    """

    loss: Tensor
    top1: Tensor
    losses: Tensor


def cosine_similarity_matrix(z: Tensor) -> Tensor:
    """Return the cosine similarities of all pairs of rows of float[n, D]: float32[n, n] in [-1, 1]."""
    z = normalize(z.float(), dim=1)
    return z @ z.T


def nt_xent(z_a: Tensor, z_b: Tensor, temperature: float) -> NTXent:
    """Return the NT-Xent loss of a batch.

    The loss is the mean of ``-ln(exp(s(i,j)/τ) / Σ_{k≠i} exp(s(i,k)/τ))`` over all 2N views i. View j is the other view
    of the same sample as view i, k runs over all views but i, s is the cosine similarity, and τ the ``temperature``
    (eq. 1 of the SimCLR paper, https://arxiv.org/abs/2002.05709).

    ``z_a``, ``z_b``: float[N, D], the embeddings of the two views of each sample; they need not be normalised. The loss
    is computed in float32, also under autocast.
    """
    count = len(z_a)
    with torch.autocast(device_type=z_a.device.type, enabled=False):
        similarity = cosine_similarity_matrix(torch.cat([z_a, z_b]))
        itself = torch.eye(2 * count, dtype=torch.bool, device=z_a.device)
        logits = (similarity / temperature).masked_fill(itself, -math.inf)
        partner = torch.arange(2 * count, device=z_a.device).roll(count)
        losses = cross_entropy(logits, partner, reduction="none")
    top1 = (logits.detach().argmax(1) == partner).float().mean()
    return NTXent(losses.mean(), top1, losses)


def nt_xent_chance(count: int) -> float:
    """Return ``ln(2N-1)``, the loss of N = ``count`` samples when all similarities are equal (a collapsed network)."""
    return math.log(2 * count - 1)


def nt_xent_uniform(count: int, dim: int, temperature: float) -> float:
    """Return the NT-Xent loss of N = ``count`` samples whose embeddings are aligned and uniform.

    See :func:`uniform_loss`; a view has 2N - 2 negatives. A trained network can reach a lower loss: N samples can lie
    farther apart than random points, for example at the corners of a simplex if N ≤ D + 1.
    """
    return uniform_loss(2 * count - 2, dim, temperature)


def uniform_loss(negatives: int, dim: int, temperature: float) -> float:
    """Return the contrastive loss with K = ``negatives`` of embeddings that are aligned and uniform.

    Both views of a sample have the same embedding, and the embeddings of different samples are uniformly distributed on
    the unit sphere. Their loss is ``ln(1 + K · e^(-1/τ) · 0F1(; D/2; 1/(4τ²)))`` with D = ``dim`` and τ =
    ``temperature``. The hypergeometric function 0F1 is the mean of exp(s/τ) over the sphere, where s is the cosine
    similarity of two random points. The formula is the limit for many negatives in Wang & Isola 2020,
    https://arxiv.org/abs/2005.10242, theorem 1.
    """
    if negatives < 1:
        return 0.0
    log_negatives = math.log(negatives) - 1 / temperature + log_hyp0f1(dim / 2, 0.25 / temperature**2)
    return max(log_negatives, 0.0) + math.log1p(math.exp(-abs(log_negatives)))


def log_hyp0f1(a: float, x: float) -> float:
    """Return the logarithm of the hypergeometric function ``0F1(; a; x) = Σ x^k Γ(a) / (k! Γ(a+k))`` for a, x > 0.

    The terms are computed as logarithms, since large terms would overflow. The largest term is near k = √x; the sum is
    truncated well beyond this k.
    """
    logs = [0.0]
    for k in range(1, int(4 * math.sqrt(x)) + 64):
        logs.append(logs[-1] + math.log(x) - math.log(k) - math.log(a + k - 1))
    largest = max(logs)
    return largest + math.log(math.fsum(math.exp(term - largest) for term in logs))
