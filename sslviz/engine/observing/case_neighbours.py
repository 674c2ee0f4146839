"""What the k-NN accuracies of a run say: whether its embeddings have the neighbours that the labels ask for.

Everything here is false of data without labels.
"""

from __future__ import annotations

import math

from sslviz.engine.observing.diagnosis_case import STD, Case

WORSE = 0.03
"""Difference by which k-NN accuracy must be below that of the untrained network to count as worse."""
CLEAR = 2.0
"""Number of standard errors by which k-NN accuracy must also be below that of the untrained network. For example, the
accuracy for the topics of 253 texts was .174 before training and .123 after 100 steps with 500 texts in the bank; with
2,000 texts in the bank it was .162 and .150."""
BEHIND_RAW, GAINED = 0.1, 0.1
"""Fraction by which k-NN accuracy must be below that of the raw inputs to count as clearly worse; fraction of the way
from the untrained network's accuracy to 1 from which k-NN accuracy counts as having gained."""
NEARLY_SOLVED = 0.5
"""Value of :attr:`Case.learned` from which a run has nearly solved its task."""
NEARLY_ALL = 0.9
"""k-NN accuracy from which neighbours have nearly all labels right."""


def neighbours_worse(case: Case) -> bool:
    """Return whether k-NN accuracy is clearly below that of the untrained network or below its maximum so far.

    A data set may have several labels; this is the accuracy for its first label. Return False if k-NN now predicts one
    of the other labels clearly better than it did with the untrained network, or if the accuracy rises.
    """
    worse, untrained = case.uncertainty * WORSE, case.reference("knn", "untrained")
    others = {key: value for key, value in case.now.figures.items() if key.startswith("knn_")}
    if any(value > case.reference(key, "untrained") + worse for key, value in others.items()):
        return False
    clearly_worse = untrained - case.figure("knn") > max(worse, CLEAR * case.error_of_difference(untrained))
    return (clearly_worse and not rises(case)) or case.forgot


def neighbours_better(case: Case) -> bool:
    """Return whether k-NN accuracy is clearly above that of the untrained network."""
    return case.figure("knn") > case.reference("knn", "untrained") + case.uncertainty * WORSE


def learns_nothing_useful(case: Case) -> bool:
    """Return whether a contrastive loss has fallen far, but k-NN accuracy is low and not rising.

    Far is more than half of the way from :attr:`Case.chance` to :attr:`Case.aligned_uniform`.
    The accuracy is low if it is clearly below that of the raw inputs and hardly above that of the untrained network.
    """
    knn, untrained = case.figure("knn"), case.reference("knn", "untrained")
    behind = knn < (1 - case.uncertainty * BEHIND_RAW) * case.reference("knn", "raw_input")
    gained = knn > untrained + GAINED * (1 - untrained)
    nearly_solved = case.is_contrastive and STD in case.now.figures and case.learned > NEARLY_SOLVED
    return nearly_solved and behind and not gained and not rises(case)


def good_neighbours(case: Case) -> bool:
    """Return whether neighbours have nearly all labels right, and more than those of the raw inputs."""
    return case.figure("knn") > max(NEARLY_ALL, case.reference("knn", "raw_input"))


def rises(case: Case) -> bool:
    """Return whether k-NN accuracy is clearly above its lowest value at the last three readings before."""
    before = [reading.figures.get("knn", math.nan) for reading in case.readings[-4:-1]]
    return bool(before) and case.figure("knn") > min(before) + WORSE
