"""What can be read off a latent space: neighbours, k-NN accuracy, alignment, uniformity, collapse, rank.

h is what the encoder gives, z what the projection head gives. Everything is float32 and free of NaN for constant
embeddings; whatever is quadratic in the number of samples goes in chunks.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

VOTE_TEMPERATURE = 0.1
CHUNK = 2048
"""Rows of a similarity matrix held at once."""
NEIGHBOUR_CHUNK = 512
"""The same where all that is done with them is quick: 10,000 columns of so many rows stay in the last cache."""
GROUP = 8
"""Columns searched together for the largest."""


def weighted_knn_accuracy(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor, k: int = 20
) -> float:
    """Share of queries whose label wins the vote of the ``k`` nearest of the bank, by cosine.

    A neighbour votes with weight exp(cos / 0.1): Wu et al. 2018, https://arxiv.org/abs/1805.01978,
    section 3.4. ``bank`` float[m, D], ``queries`` float[n, D], labels int64.
    """
    if not len(bank) or not len(queries):
        return math.nan
    bank, queries = normalize(bank.float(), dim=1), normalize(queries.float(), dim=1)
    classes = int(torch.maximum(bank_labels.max(), query_labels.max())) + 1
    right = 0
    for rows, labels in zip(torch.split(queries, CHUNK), torch.split(query_labels, CHUNK), strict=True):
        cosines, indices = (rows @ bank.T).topk(min(k, len(bank)))
        votes = torch.zeros((len(rows), classes), device=rows.device)
        votes.scatter_add_(1, bank_labels[indices], ((cosines - 1) / VOTE_TEMPERATURE).exp())
        right += int((votes.argmax(1) == labels).sum())
    return right / len(queries)


def weighted_knn_r2(bank: Tensor, bank_values: Tensor, queries: Tensor, query_values: Tensor, k: int = 20) -> float:
    """R² of the mean of the ``k`` nearest of the bank, weighted as in :func:`weighted_knn_accuracy`, for a number.

    1 - squared error / variance of ``query_values``: 1 is perfect, 0 no better than their mean. Values float[m], [n].
    """
    if not len(bank) or not len(queries):
        return math.nan
    bank, queries = normalize(bank.float(), dim=1), normalize(queries.float(), dim=1)
    guesses = []
    for rows in torch.split(queries, CHUNK):
        cosines, indices = (rows @ bank.T).topk(min(k, len(bank)))
        weights = ((cosines - cosines[:, :1]) / VOTE_TEMPERATURE).exp()
        guesses.append((weights * bank_values.float()[indices]).sum(1) / weights.sum(1))
    return r2(torch.cat(guesses), query_values.float())


def r2(guesses: Tensor, values: Tensor) -> float:
    """1 - squared error / variance, over all entries of float[n] or float[n, D], each dimension about its own mean."""
    variance = (values - values.mean(0)).square().sum()
    return float(1 - (guesses - values).square().sum() / variance.clamp(min=1e-12))


def exact_neighbours(h: Tensor, k: int = 15) -> tuple[Tensor, Tensor]:
    """The ``k`` nearest of every row by cosine, itself first: int32[n, k] and distances 1 - cos, float32[n, k].

    Each row's own entry is first with distance 0 among duplicates too, as umap's ``precomputed_knn`` wants.
    """
    unit = normalize(h.detach().float(), dim=1)
    n, k = len(unit), min(k, len(unit))
    indices, distances = [], []
    room = unit.new_empty((min(NEIGHBOUR_CHUNK, n), -(-n // GROUP) * GROUP))  # new memory at each turn costs a third
    room[:, n:] = -math.inf
    for first in range(0, n, NEIGHBOUR_CHUNK):
        rows = unit[first : first + NEIGHBOUR_CHUNK]
        cosines = room[: len(rows)]
        torch.mm(rows, unit.T, out=cosines[:, :n])
        row = torch.arange(len(rows), device=h.device)
        cosines[row, row + first] = math.inf
        nearest, index = largest(cosines, k)
        indices.append(index.int())
        distances.append((1 - nearest).clamp_(min=0))
    if not indices:
        return h.new_zeros((0, k), dtype=torch.int32), h.new_zeros((0, k), dtype=torch.float32)
    return torch.cat(indices), torch.cat(distances)


def largest(rows: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The ``k`` largest of every row of float[m, n], largest first, and where: as topk, in half the time for n ≫ k.

    The columns are dealt into groups; no value among the k largest can lie outside of the k groups with the largest
    maxima, so that only those are searched. That wants n to be a multiple of :data:`GROUP`.
    """
    groups, spare = divmod(rows.shape[1], GROUP)
    if spare or groups <= 2 * k:
        best, where = rows.topk(k)
        return best, where
    dealt = rows.view(len(rows), GROUP, groups)
    chosen = dealt.amax(1).topk(k, sorted=False).indices
    candidates = dealt.gather(2, chosen[:, None].expand(-1, GROUP, -1)).flatten(1)
    best, at = candidates.topk(k)
    return best, at // k * groups + chosen.gather(1, at % k)


def alignment(z_a: Tensor, z_b: Tensor) -> float:
    """E ||z - z'||² over positive pairs on the sphere; 0 is best (Wang & Isola 2020, section 4.1.2, α = 2)."""
    a, b = normalize(z_a.float(), dim=1), normalize(z_b.float(), dim=1)
    return float((a - b).square().sum(1).mean())


def uniformity(z: Tensor) -> float:
    """ln E exp(-2 ||z_i - z_j||²) over distinct pairs on the sphere, one view per sample (the same, t = 2).

    0 for a collapsed cloud; about -3.88 for a uniform one in 64 dimensions.
    """
    unit = normalize(z.float(), dim=1)
    count = len(unit)
    if count < 2:
        return math.nan
    total = 0.0
    for rows in torch.split(unit, CHUNK):
        squared = (rows.square().sum(1)[:, None] + unit.square().sum(1) - 2 * rows @ unit.T).clamp_(min=0)
        total += float((-2 * squared).exp().double().sum())
    return math.log(max((total - count) / (count * (count - 1)), 1e-30))


def std_of_l2_normalized(z: Tensor) -> float:
    """Mean over dimensions of the deviation of z/||z||: 0 collapsed, 1/√D isotropic (SimSiam, section 4.1)."""
    return float(normalize(z.float(), dim=1).std(0, correction=0).mean())


def effective_rank(z: Tensor) -> float:
    """RankMe: exp(-Σ p ln p) of the singular values (Garrido et al. 2023, https://arxiv.org/abs/2210.02885, eq. 1)."""
    sigma = torch.linalg.svdvals(z.float())
    p = sigma / sigma.sum().clamp(min=1e-12) + 1e-7
    return float((-(p * p.log()).sum()).exp())


def spectrum(z: Tensor) -> Tensor:
    """float32[min(n, D)]: singular values of the centred z/||z|| over √n, largest first (Jing et al. 2021,
    https://arxiv.org/abs/2110.09348, figure 2 shows their squares); those near 0 are directions not used.
    """
    unit = normalize(z.float(), dim=1)
    values: Tensor = torch.linalg.svdvals(unit - unit.mean(0)) / math.sqrt(max(len(unit), 1))
    return values


def effective_negatives(z_a: Tensor, z_b: Tensor, temperature: float) -> float:
    """The share of the negatives that shape the gradient, 1/n … 1: exp of the entropy of their shares of it,
    ``exp(s_ij/τ) / Σ_k exp(s_ik/τ)`` over the n negatives of each of the 2N views (Wang & Liu 2021,
    https://arxiv.org/abs/2012.09740, section 3.2), over n. 1 where all push alike, 1/n where only the hardest does.
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
    """Pairs that contrast pushes apart although each is among the ``near`` nearest of the other by the cosine of h.

    At most ``count``, pushed hardest first: int64[m, 2], each ascending; float32[m], the cosine of their h; float32[m],
    their push. A push is the mean over both of :func:`effective_negatives`' share of the gradient, with a negative's
    two views taken together, in units of the mean negative's: 1 is as much as any. ``h`` float[n, d], z float[n, D].

    False negatives: Huynh et al. 2020, https://arxiv.org/abs/2011.11765; that nearness by h tells them is our guess.
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
    push = (shares + shares.T) / 2
    first, second = (close & close.T).triu(1).nonzero(as_tuple=True)
    hardest = push[first, second].argsort(descending=True, stable=True)[:count]
    first, second = first[hardest], second[hardest]
    return torch.stack([first, second], 1), cosines[first, second], push[first, second]


def in_common(h: Tensor) -> tuple[float, Tensor, Tensor]:
    """The mean cosine of all pairs of different rows of h float[n, d], NaN of fewer than two; int64[n], the rows by
    their cosine with the mean direction, most typical first; float32[n], that cosine in this order.
    """
    unit = normalize(h.float(), dim=1)
    total, count = unit.sum(0), len(unit)
    typicality, order = (unit @ normalize(total, dim=0)).sort(descending=True, stable=True)
    if count < 2:
        return math.nan, order, typicality
    squares = float((unit * unit).sum())  # count, but for rows of zeros
    return (float(total @ total) - squares) / (count * (count - 1)), order, typicality


def pca_2d(h: Tensor) -> Tensor:
    """The first two principal components: float32[n, 2]; signs are chosen so that they repeat.

    The second is zero where h has one dimension.
    """
    centred = h.float() - h.float().mean(0)
    axes = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -2:].flip(1)
    signs = axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    xy = centred @ (axes * signs)
    return pad(xy, (0, 2 - xy.shape[1]))
