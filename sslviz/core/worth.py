"""Says whether training is worth it: k-NN of a trained network beside what needs no training, in one sentence.

Window, command line and report use the same words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sslviz.core.percentage import percent
from sslviz.core.reference_lines import ReferenceLine, ReferenceRole

NEARLY_ALL = 0.95
"""k-NN accuracy of the raw inputs from which training has little to add: the digits of scikit-learn have .96, and .98
after a training."""
CLEAR = 2.0
"""Number of standard errors by which a difference is called one."""


def knn_sentence(name: str, knn: float, lines: Iterable[ReferenceLine], queries: int, *, classes: bool = True) -> str:
    """Return a sentence such as "k-NN 87.0 %, raw input 42.0 %, untrained 27.0 %", and what follows from it.

    Args:
        name: what the figure is called.
        knn: k-NN accuracy of the network.
        lines: the values that it is compared with.
        queries: number of samples over which the accuracies are averaged.
        classes: whether the figures are accuracies, of a label with classes, and not R².
    """
    known = tuple(lines)
    texts = [(name, knn), *((line.label, line.value) for line in known)]
    figures = ", ".join(f"{label} {percent(value, 1) if classes else f'{value:.3f}'}" for label, value in texts)
    ending = worth(knn, {line.role: line.value for line in known}, queries) if classes else ""
    return f"{figures}: {ending}" if ending else figures


def worth(knn: float, levels: Mapping[ReferenceRole, float], queries: int) -> str:
    """Return what follows for training, as the end of a sentence; empty if the figures do not say.

    ``knn``, ``queries``: as in :func:`knn_sentence`; ``knn`` may be NaN before a training. ``levels``: what it is
    compared with, by role.
    """
    raw, pretrained = levels.get("raw_input", math.nan), levels.get("pretrained", math.nan)
    if raw >= NEARLY_ALL and not _is_higher(knn, raw, queries):
        return "the raw inputs already tell the classes apart, so that there is little to learn by training"
    if _is_higher(pretrained, knn, queries) and not raw > pretrained:
        return "a pretrained network is better here so far"
    if _is_higher(raw, knn, queries):
        return "the raw inputs are better here so far"
    if _is_higher(levels.get("untrained", math.nan), knn, queries):
        return "the network was better before training"
    return ""


def _is_higher(accuracy: float, other: float, queries: int) -> bool:
    """Return whether an accuracy is higher than another by more than :data:`CLEAR` standard errors of the difference.

    False if one of them is NaN.
    """
    variance = accuracy * (1 - accuracy) + other * (1 - other)
    return accuracy - other > CLEAR * math.sqrt(max(variance, 0.0) / max(queries, 1))
