"""Exact nearest neighbours in a latent space, and scores of predicting labels from nearest neighbours.

h is the output of the encoder. A label is a class or a number. It is unknown if the class is negative, or if the number
is NaN or infinite. Samples whose label is unknown are left out of the scores, both as neighbours and as queries. All
functions compute in float32 and return no NaN for constant embeddings. Similarities of all pairs of samples are
computed in chunks, to save memory.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

VOTE_TEMPERATURE = 0.1
"""Temperature of the neighbours' weights in k-NN."""
CHUNK = 2048
"""Number of rows of a similarity matrix that are held in memory at once."""
NEIGHBOUR_CHUNK = 512
"""Number of rows held at once in the neighbour search: with 10,000 columns they fit into the last-level cache."""
GROUP = 8
"""Size of the groups of columns in :func:`largest`."""


def weighted_knn_accuracy(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor, k: int = 20
) -> float:
    """Return the accuracy of classifying ``queries`` by weighted k-NN in ``bank``.

    The result is NaN if no label of the bank is known, or no label of the queries.

    Neighbours are the rows of ``bank`` with the highest cosine similarity. The vote of a neighbour has the weight
    ``exp(cos/0.1)``, as in Wu et al. 2018, https://arxiv.org/abs/1805.01978, section 3.4.

    Args:
        bank: float[m, D].
        bank_labels: int64[m].
        queries: float[n, D].
        query_labels: int64[n].
        k: number of neighbours.
    """
    (bank, bank_labels), (queries, query_labels) = known(bank, bank_labels), known(queries, query_labels)
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
    """Return R² of k-NN regression of ``query_values`` from ``bank``.

    The result is NaN if no value of the bank is known, or no value of the queries.

    Neighbours are weighted as in :func:`weighted_knn_accuracy`. R² is 1 - squared error / variance of ``query_values``:
    1 is perfect, 0 is as good as predicting the mean value.

    Args:
        bank: float[m, D].
        bank_values: float[m].
        queries: float[n, D].
        query_values: float[n].
        k: number of neighbours.
    """
    (bank, bank_values), (queries, query_values) = known(bank, bank_values), known(queries, query_values)
    if not len(bank) or not len(queries):
        return math.nan
    bank, queries = normalize(bank.float(), dim=1), normalize(queries.float(), dim=1)
    predictions = []
    for rows in torch.split(queries, CHUNK):
        cosines, indices = (rows @ bank.T).topk(min(k, len(bank)))
        weights = ((cosines - cosines[:, :1]) / VOTE_TEMPERATURE).exp()
        predictions.append((weights * bank_values.float()[indices]).sum(1) / weights.sum(1))
    return r2(torch.cat(predictions), query_values.float())


def known(h: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows of h, float[n, D], whose label is known, and these labels.

    ``labels``: classes, int64[n], or numbers, float[n].
    """
    is_known = labels.isfinite() if labels.is_floating_point() else labels >= 0
    return (h, labels) if bool(is_known.all()) else (h[is_known], labels[is_known])


def r2(predictions: Tensor, values: Tensor) -> float:
    """Return R² = 1 - squared error / squared deviation of ``values`` from their mean.

    ``predictions`` and ``values``: float[n] or float[n, D]. The mean is taken for each dimension. The squares are
    summed over all entries.
    """
    variance = (values - values.mean(0)).square().sum()
    return float(1 - (predictions - values).square().sum() / variance.clamp(min=1e-12))


def exact_neighbours(h: Tensor, k: int = 15) -> tuple[Tensor, Tensor]:
    """Return the ``k`` nearest neighbours of every row of h: indices, int32[n, k], cosine distances, float32[n, k].

    ``h``: float[n, D]. If n is less than ``k``, there are only n neighbours.

    The cosine distance is 1 - cos. Neighbours are sorted by distance. Each row is its own first neighbour, with
    distance 0, even if other rows are equal to it, as UMAP's ``precomputed_knn`` requires.
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
    """Return the ``k`` largest values of every row of float[m, n], largest first, and the columns of these values.

    The result is that of ``topk``, in half the time if n is much larger than k: the columns are divided into groups of
    :data:`GROUP`, and only the k groups with the largest maxima are searched, since these contain the k largest values.
    If n is not a multiple of :data:`GROUP`, or there are at most 2k groups, ``topk`` itself is used.
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
