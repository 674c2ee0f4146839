"""Statistics of the negatives of a contrastive loss.

They tell how many negatives contribute to the gradient, and which negatives are probably false negatives.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize


def effective_negatives(z_a: Tensor, z_b: Tensor, temperature: float) -> float:
    """Return the effective number of negatives of a view under NT-Xent, divided by the actual number m of negatives.

    ``z_a`` and ``z_b``: float[n, D], the embeddings of the first and the second views of n samples.

    The result is 1 if all negatives contribute equally to the gradient, 1/m if only the hardest negative contributes,
    and NaN for fewer than two samples.

    Each view i has m negatives. The negative j contributes the share ``exp(s_ij/τ) / Σ_k exp(s_ik/τ)`` to the gradient,
    where s is the cosine similarity, τ the ``temperature``, and k runs over all negatives of i (Wang & Liu 2021,
    https://arxiv.org/abs/2012.09740, section 3.2). The effective number of negatives of view i is the exponential of
    the entropy of these m shares. This number is averaged over all views.
    """
    unit = normalize(torch.cat([z_a, z_b]).float(), dim=1)
    count = len(z_a)
    if count < 2:
        return math.nan
    logits = unit @ unit.T / temperature
    row = torch.arange(2 * count, device=unit.device)
    for other in (row, row.roll(count)):
        logits[row, other] = -math.inf
    log_shares = logits.log_softmax(1)
    entropy = -(log_shares.exp() * log_shares.nan_to_num(neginf=0.0)).sum(1)
    return float(entropy.exp().mean()) / (2 * count - 2)


def false_negatives(
    h: Tensor, z_a: Tensor, z_b: Tensor, temperature: float, count: int, near: int = 10
) -> tuple[Tensor, Tensor, Tensor]:
    """Find likely false negatives: pairs of samples that the loss pushes apart although their h are similar.

    In such a pair, each sample is among the ``near`` nearest neighbours of the other by the cosine of h. Of these
    pairs, the ``count`` pairs with the strongest repulsion are returned; none if there are fewer than three samples.

    The repulsion of samples i and j is the mean of g(i, j) and g(j, i). g(i, j) is proportional to the share of the
    gradient that j contributes as a negative of i, computed as in :func:`effective_negatives`, summed over the two
    views of j and averaged over the two views of i. For each i, the mean of g(i, j) over all other samples j is 1.

    False negatives are described by Huynh et al. 2020, https://arxiv.org/abs/2011.11765. That a high cosine of h
    indicates a false negative is an assumption of this program.

    Args:
        h: float[n, H_DIM].
        z_a: float[n, D], embeddings of the first views.
        z_b: float[n, D], embeddings of the second views.
        temperature: τ of the loss.
        count: maximum number of pairs.
        near: number of nearest neighbours.

    Returns:
        Three tensors for m pairs, which are sorted by repulsion, strongest first: int64[m, 2], the indices of the two
        samples of each pair, the smaller index first; float32[m], the cosine between the h of the two samples;
        float32[m], the repulsion of each pair.
    """
    n = len(h)
    if n < 3:
        return torch.empty((0, 2), dtype=torch.int64), torch.empty(0), torch.empty(0)
    unit, views = normalize(h.float(), dim=1), normalize(torch.stack([z_a, z_b]).float(), dim=2)
    cosines = unit @ unit.T
    nearest = cosines.fill_diagonal_(-2.0).topk(min(near, n - 1)).indices
    close = torch.zeros(n, n, dtype=torch.bool, device=h.device).scatter_(1, nearest, True)
    logits = torch.einsum("vid,wjd->viwj", views, views) / temperature
    itself = torch.eye(n, dtype=torch.bool, device=h.device)[None, :, None, :]
    shares = logits.masked_fill(itself, -math.inf).flatten(2).softmax(2).view(2, n, 2, n).sum(2).mean(0) * (n - 1)
    repulsion = (shares + shares.T) / 2
    first, second = (close & close.T).triu(1).nonzero(as_tuple=True)
    strongest = repulsion[first, second].argsort(descending=True, stable=True)[:count]
    first, second = first[strongest], second[strongest]
    return torch.stack([first, second], 1), cosines[first, second], repulsion[first, second]
