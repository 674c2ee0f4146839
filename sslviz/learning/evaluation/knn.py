"""Diagnostics of a latent space: neighbours, k-NN accuracy, alignment, uniformity, collapse, rank.

h is the output of the encoder, z that of the projection head. Computation is in float32 and gives no NaN for constant
embeddings. Most of what is quadratic in the number of samples is computed in chunks.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

VOTE_TEMPERATURE = 0.1
"""Temperature of the neighbours' weights in k-NN."""
CHUNK = 2048
"""Number of rows of a similarity matrix that are held in memory at once."""
NEIGHBOUR_CHUNK = 512
"""The same for the neighbour search: so many rows of 10,000 columns fit into the last-level cache."""
GROUP = 8
"""Number of columns of which :func:`largest` first takes the maximum."""


def weighted_knn_accuracy(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor, k: int = 20
) -> float:
    """Return the accuracy of weighted k-NN classification by cosine similarity (NaN without samples).

    A neighbour votes with the weight exp(cos / 0.1) (Wu et al. 2018, https://arxiv.org/abs/1805.01978, section 3.4).
    ``bank``: float[m, D], labels int64[m]. ``queries``: float[n, D], labels int64[n].
    """
    if not len(bank) or not len(queries):
        return math.nan
    bank, queries = normalize(bank.float(), dim=1), normalize(queries.float(), dim=1)
    classes = int(torch.maximum(bank_labels.max(), query_labels.max())) + 1
    correct = 0
    for rows, labels in zip(torch.split(queries, CHUNK), torch.split(query_labels, CHUNK), strict=True):
        cosines, indices = (rows @ bank.T).topk(min(k, len(bank)))
        votes = torch.zeros((len(rows), classes), device=rows.device)
        votes.scatter_add_(1, bank_labels[indices], ((cosines - 1) / VOTE_TEMPERATURE).exp())
        correct += int((votes.argmax(1) == labels).sum())
    return correct / len(queries)


def weighted_knn_r2(bank: Tensor, bank_values: Tensor, queries: Tensor, query_values: Tensor, k: int = 20) -> float:
    """Return R² of k-NN regression, with neighbours weighted as in :func:`weighted_knn_accuracy`.

    R² is 1 - squared error / variance of ``query_values``: 1 is perfect, 0 no better than predicting their mean.
    ``bank``: float[m, D], values float[m]. ``queries``: float[n, D], values float[n].
    """
    if not len(bank) or not len(queries):
        return math.nan
    bank, queries = normalize(bank.float(), dim=1), normalize(queries.float(), dim=1)
    predictions = []
    for rows in torch.split(queries, CHUNK):
        cosines, indices = (rows @ bank.T).topk(min(k, len(bank)))
        weights = ((cosines - cosines[:, :1]) / VOTE_TEMPERATURE).exp()
        predictions.append((weights * bank_values.float()[indices]).sum(1) / weights.sum(1))
    return r2(torch.cat(predictions), query_values.float())


def r2(predictions: Tensor, values: Tensor) -> float:
    """Return 1 - squared error / variance over all entries of float[n] or float[n, D].

    The variance is about the mean of each dimension.
    """
    variance = (values - values.mean(0)).square().sum()
    return float(1 - (predictions - values).square().sum() / variance.clamp(min=1e-12))


def exact_neighbours(h: Tensor, k: int = 15) -> tuple[Tensor, Tensor]:
    """Return the ``k`` nearest neighbours of every row by cosine distance 1 - cos: int32[n, k] and float32[n, k].

    Each row is its own first neighbour, with distance 0, also among duplicates, as UMAP's ``precomputed_knn`` requires.
    """
    unit = normalize(h.detach().float(), dim=1)
    n, k = len(unit), min(k, len(unit))
    indices, distances = [], []
    buffer = unit.new_empty((min(NEIGHBOUR_CHUNK, n), -(-n // GROUP) * GROUP))  # allocating each time costs a third
    buffer[:, n:] = -math.inf
    for first in range(0, n, NEIGHBOUR_CHUNK):
        rows = unit[first : first + NEIGHBOUR_CHUNK]
        cosines = buffer[: len(rows)]
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
    """Return the ``k`` largest values of every row of float[m, n], largest first, and their columns.

    It equals ``topk`` but takes half the time for n ≫ k. The columns are divided into groups; the k largest values lie
    in the k groups with the largest maxima, and only those are searched. If n is no multiple of :data:`GROUP`, ``topk``
    itself is used.
    """
    groups, spare = divmod(rows.shape[1], GROUP)
    if spare or groups <= 2 * k:
        values, columns = rows.topk(k)
        return values, columns
    grouped = rows.view(len(rows), GROUP, groups)
    best_groups = grouped.amax(1).topk(k, sorted=False).indices
    candidates = grouped.gather(2, best_groups[:, None].expand(-1, GROUP, -1)).flatten(1)
    values, index = candidates.topk(k)
    return values, index // k * groups + best_groups.gather(1, index % k)


def alignment(z_a: Tensor, z_b: Tensor) -> float:
    """Return E ||z - z'||² over positive pairs on the unit sphere; 0 is best.

    Wang & Isola 2020, https://arxiv.org/abs/2005.10242, section 4.1.2 with α = 2.
    """
    a, b = normalize(z_a.float(), dim=1), normalize(z_b.float(), dim=1)
    return float((a - b).square().sum(1).mean())


def uniformity(z: Tensor) -> float:
    """Return ln E exp(-2 ||z_i - z_j||²) over distinct pairs on the unit sphere, with one view per sample.

    It is 0 for collapsed embeddings and about -3.88 for uniform ones in 64 dimensions (Wang & Isola 2020, section 4.1.2
    with t = 2).
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
    """Return the standard deviation of z/||z||, averaged over dimensions: 0 is collapsed, 1/√D isotropic.

    SimSiam (Chen & He 2020, https://arxiv.org/abs/2011.10566), section 4.1.
    """
    return float(normalize(z.float(), dim=1).std(0, correction=0).mean())


def effective_rank(z: Tensor) -> float:
    """Return RankMe, exp(-Σ p ln p), where p are the singular values of z divided by their sum.

    Garrido et al. 2023, https://arxiv.org/abs/2210.02885, eq. 1.
    """
    sigma = torch.linalg.svdvals(z.float())
    p = sigma / sigma.sum().clamp(min=1e-12) + 1e-7
    return float((-(p * p.log()).sum()).exp())


def spectrum(z: Tensor) -> Tensor:
    """Return the singular values of the centred z/||z||, divided by √n, largest first: float32[min(n, D)].

    Values near 0 are unused directions (dimensional collapse). Jing et al. 2021, https://arxiv.org/abs/2110.09348,
    figure 2 shows their squares.
    """
    unit = normalize(z.float(), dim=1)
    values: Tensor = torch.linalg.svdvals(unit - unit.mean(0)) / math.sqrt(max(len(unit), 1))
    return values


def effective_negatives(z_a: Tensor, z_b: Tensor, temperature: float) -> float:
    """Return the effective share of the negatives that contribute to the gradient of NT-Xent, in [1/n, 1].

    A negative j of view i contributes the share ``exp(s_ij/τ) / Σ_k exp(s_ik/τ)`` over its n negatives (Wang & Liu
    2021, https://arxiv.org/abs/2012.09740, section 3.2). The result is exp of the entropy of these shares, averaged
    over all views and divided by n: 1 if all negatives contribute equally, 1/n if only the hardest does.
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
    """Find likely false negatives: pairs of samples that repel each other although they are near in h.

    A pair is near if each is among the ``near`` nearest neighbours of the other by the cosine of h. Its repulsion is
    the share of the gradient as in :func:`effective_negatives`, summed over the views of a negative, averaged over both
    samples, and divided by the mean share of a negative: 1 is the average. False negatives: Huynh et al. 2020,
    https://arxiv.org/abs/2011.11765; that nearness in h indicates them is an assumption of this program.

    Args:
        h: float[n, d].
        z_a: float[n, D], embeddings of the first views.
        z_b: float[n, D], embeddings of the second views.
        temperature: τ of the loss.
        count: maximum number of pairs.
        near: number of nearest neighbours.

    Returns:
        int64[m, 2], the pairs of ascending indices, the strongest repulsion first; float32[m], the cosines of their h;
        float32[m], their repulsions.
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


def common_direction(h: Tensor) -> tuple[float, Tensor, Tensor]:
    """Return what the directions of the rows of h, float[n, d], have in common.

    Returns:
        The mean cosine over all pairs of different rows, NaN for fewer than two; int64[n], the rows sorted by their
        cosine with the mean direction, most typical first; float32[n], these cosines.
    """
    unit = normalize(h.float(), dim=1)
    total, count = unit.sum(0), len(unit)
    typicality, order = (unit @ normalize(total, dim=0)).sort(descending=True, stable=True)
    if count < 2:
        return math.nan, order, typicality
    squares = float((unit * unit).sum())  # equals count, unless there are rows of zeros
    return (float(total @ total) - squares) / (count * (count - 1)), order, typicality


def pca_2d(h: Tensor) -> Tensor:
    """Return the first two principal components of h, float32[n, 2], with signs that are reproducible.

    The second is zero where h has one dimension.
    """
    centred = h.float() - h.float().mean(0)
    axes = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -2:].flip(1)
    signs = axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    xy = centred @ (axes * signs)
    return pad(xy, (0, 2 - xy.shape[1]))
