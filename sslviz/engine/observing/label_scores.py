"""Scores of how well embeddings predict each label, by k-nearest neighbours and by a linear probe."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.learning.dataset import Samples
from sslviz.learning.evaluation import knn, probes

NEIGHBOURS = 20
"""k, the number of neighbours that vote."""
LARGE_BANK, NEIGHBOURS_LARGE = 50_000, 200
"""Number of segments from which a bank counts as large, and k for a large bank."""

ByLabel = dict[str, float]
"""Score of each label by its name: accuracy of a class label, R² of a numeric one."""


def knn_scores(
    labels: tuple[LabelEntry, ...], bank_h: Tensor, bank: Samples, queries_h: Tensor, queries: Samples
) -> ByLabel:
    """Return a dictionary from label name to k-NN score: accuracy for classes, R² for numbers.

    The nearest neighbours of a query in the bank predict its class by a weighted vote, or its number by a weighted
    mean.

    Args:
        labels: the labels to score.
        bank_h: float32[m, D], embeddings of the segments in the bank.
        bank: the samples in the bank, with their labels.
        queries_h: float32[n, D], embeddings of the queries.
        queries: the held-out samples whose segments are the queries, with their labels; if there are no samples, every
            score is NaN.
    """
    k = NEIGHBOURS_LARGE if len(bank) * bank.segments >= LARGE_BANK else NEIGHBOURS
    scores = {}
    for label in labels:
        score = knn.weighted_knn_accuracy if label.names else knn.weighted_knn_r2
        known, expected = (each.labels[label.name].flatten().to(bank_h.device) for each in (bank, queries))
        scores[label.name] = score(bank_h, known, queries_h, expected, k) if len(queries) else math.nan
    return scores


def probe_scores(
    labels: tuple[LabelEntry, ...],
    train_h: Tensor,
    train: Samples,
    queries_h: Tensor,
    queries: Samples,
    check: Callable[[], None],
) -> ByLabel:
    """Return a dictionary from label name to the score of a linear probe: accuracy for classes, R² for numbers.

    The linear probe is a logistic regression for classes and a ridge regression for numbers. It is trained on ``train``
    and scored on ``queries``.

    Args:
        labels: the labels to score.
        train_h: float32[m, D], embeddings of the segments of the training samples.
        train: the training samples, with their labels.
        queries_h: float32[n, D], embeddings of the segments of the held-out samples.
        queries: the held-out samples, with their labels; if there are none, every score is NaN.
        check: called before each label; it may raise an exception to stop the computation.
    """
    scores = {}
    for label in labels:
        check()
        score = probes.logistic_accuracy if label.names else probes.ridge_r2
        known, expected = (each.labels[label.name].flatten() for each in (train, queries))
        scores[label.name] = score(train_h.cpu(), known, queries_h.cpu(), expected) if len(queries) else math.nan
    return scores


def centred(bank: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    """Return the two sets of vectors, float[m, D] and float[n, D], both minus the mean vector of ``bank``."""
    mean = bank.mean(0)
    return bank - mean, queries - mean
