"""Linear probes: what can be read off frozen representations by the simplest reader there is.

Inputs are standardised with the mean and deviation of the bank. From scikit-learn, since nothing of them is ours.
Where anything is not finite, so is what they give.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslviz.learning.diagnostics import r2

MOST = 10_000
"""rows of the bank that a probe is fitted on: more change the third decimal and take minutes"""
ITERATIONS = 300
PENALTY = 1.0
"""both probes' L2 strength (scikit-learn's default)"""


def logistic_accuracy(bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor) -> float:
    """Share of queries right by multinomial logistic regression on standardised h: float[m, D], int64[m], …"""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    known = bank_labels[:MOST]
    if not _finite(bank, queries):
        return math.nan
    if bool((known == known[0]).all()):  # there is no border to find
        return float((query_labels == known[0]).float().mean())
    x, x_queries = _standardised(bank, queries)
    probe = LogisticRegression(C=1 / PENALTY, max_iter=ITERATIONS)
    with warnings.catch_warnings():  # close enough is good enough
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(x, known.numpy())
    return float(probe.score(x_queries, query_labels.numpy()))


def ridge_r2(bank: Tensor, bank_values: Tensor, queries: Tensor, query_values: Tensor) -> float:
    """R² on the queries of ridge regression on standardised h, for a number: float[m, D], float[m], …"""
    from sklearn.linear_model import Ridge

    if not _finite(bank, queries, bank_values, query_values):
        return math.nan
    x, x_queries = _standardised(bank, queries)
    probe = Ridge(alpha=PENALTY).fit(x, bank_values[:MOST].numpy())
    return r2(torch.from_numpy(probe.predict(x_queries)).float(), query_values.float())


def _finite(*parts: Tensor) -> bool:
    return all(bool(part.isfinite().all()) for part in parts)


def _standardised(bank: Tensor, queries: Tensor) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rows = bank[:MOST].double()
    mean, deviation = rows.mean(0), rows.std(0).clamp(min=1e-6)
    return ((rows - mean) / deviation).numpy(), ((queries.double() - mean) / deviation).numpy()
