"""Linear probes: scikit-learn predicts labels from the fixed representations of an encoder.

A linear probe is fitted to some samples, the bank, and scored on other samples, the queries. Inputs are standardised
with the mean and standard deviation of the bank. Samples whose label is unknown are left out, as in
:mod:`~sslviz.learning.evaluation.knn`. If the bank then has more than :data:`MAX_ROWS` rows, only the first
:data:`MAX_ROWS` are used. Scores are NaN if an input is NaN or infinite, if no label of the bank is known, or if no
label of the queries is known.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslviz.learning.evaluation.knn import known, r2

Rows = npt.NDArray[np.float64]
MAX_ROWS = 10_000
"""Maximum number of rows that a probe is fitted on: more rows change only the third decimal, and take minutes."""
MAX_ITERATIONS = 300
PENALTY = 1.0
"""Strength of the L2 penalty of both probes (scikit-learn's default)."""


def few_label_predictions(h: Tensor, rows: Tensor, labels: Tensor) -> Tensor:
    """Fit multinomial logistic regression to the few labelled rows of h, and predict the classes of all rows, int64[n].

    ``h``: float[n, D]; it is first standardised with the mean and standard deviation of all rows. ``rows``: int64[m],
    indices of the labelled rows. ``labels``: int64[m], their classes. If an entry of h is NaN or infinite, all
    predictions are -1.
    """
    if not _finite(h):
        return torch.full((len(h),), -1, dtype=torch.int64)
    x = project_on_span(_standardised(h, h[:0])[0], rows)
    return _predict(x[rows.numpy()], x, labels)


def project_on_span(x: Rows, rows: Tensor) -> Rows:
    """Project x, float[n, D], on the space spanned by the m rows with the indices ``rows``: float[n, min(m, D)].

    The projection saves time in :func:`few_label_predictions`, which fits a logistic regression to these m rows. The
    regression predicts the same from the projection as from x, because its L2 penalty keeps the weights in the spanned
    space. For 20 labelled images of 3,072 pixels, :func:`few_label_predictions` takes 0.3 s with the projection and
    1.2 s without it. If m is at least D, x is returned unchanged.
    """
    if len(rows) >= x.shape[1]:
        return x
    basis, _ = np.linalg.qr(x[rows.numpy()].T)
    return np.asarray(x @ basis)


def logistic_accuracy(bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor) -> float:
    """Fit a multinomial logistic regression to the standardised bank, and return its accuracy on the queries.

    ``bank``: float[m, D], labels int64[m]. ``queries``: float[n, D], labels int64[n].
    """
    (bank, bank_labels), (queries, query_labels) = known(bank, bank_labels), known(queries, query_labels)
    if not len(bank) or not len(queries) or not _finite(bank, queries):
        return math.nan
    predictions = _predict(*_standardised(bank[:MAX_ROWS], queries), bank_labels[:MAX_ROWS])
    return float((predictions == query_labels).float().mean())


def ridge_r2(bank: Tensor, bank_values: Tensor, queries: Tensor, query_values: Tensor) -> float:
    """Fit a ridge regression to the standardised bank, and return its R² on the queries.

    ``bank``: float[m, D], values float[m]. ``queries``: float[n, D], values float[n].
    """
    from sklearn.linear_model import Ridge

    (bank, bank_values), (queries, query_values) = known(bank, bank_values), known(queries, query_values)
    if not len(bank) or not len(queries) or not _finite(bank, queries):
        return math.nan
    x, x_queries = _standardised(bank[:MAX_ROWS], queries)
    probe = Ridge(alpha=PENALTY).fit(x, bank_values[:MAX_ROWS].numpy())
    return r2(torch.from_numpy(probe.predict(x_queries)).float(), query_values.float())


def _predict(x: Rows, x_queries: Rows, labels: Tensor) -> Tensor:
    """Fit a logistic regression to ``x`` and ``labels``, and predict the class of each row of ``x_queries``, int64[n].

    If all labels are equal, this label is returned for each row.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if bool((labels == labels[0]).all()):  # scikit-learn wants two classes
        return labels[:1].expand(len(x_queries))
    probe = LogisticRegression(C=1 / PENALTY, max_iter=MAX_ITERATIONS)
    with warnings.catch_warnings():  # an approximate optimum is enough
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(x, labels.numpy())
    return torch.from_numpy(probe.predict(x_queries)).long()


def _finite(*parts: Tensor) -> bool:
    return all(bool(part.isfinite().all()) for part in parts)


def _standardised(bank: Tensor, queries: Tensor) -> tuple[Rows, Rows]:
    rows = bank.double()
    mean, deviation = rows.mean(0), rows.std(0).clamp(min=1e-6)
    return ((rows - mean) / deviation).numpy(), ((queries.double() - mean) / deviation).numpy()
