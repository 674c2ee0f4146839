"""The rules about a complete collapse, which takes many forms: everything becomes one, or says the same.

A rule needs no labels. A figure that is not known is NaN, with which every comparison is false.
"""

from __future__ import annotations

import math

from sslviz.engine.observing.case_embeddings import COLLAPSED, NARROW, SPREAD_OUT, grows, scale, shrinks, spread
from sslviz.engine.observing.case_neighbours import neighbours_better
from sslviz.engine.observing.case_settings import guards_off
from sslviz.engine.observing.diagnosis_case import ENTROPY, PROTOTYPES, RANK_H, STD, Case
from sslviz.engine.observing.logarithms import rests_at

CLEARLY_LEARNED = 0.1
"""Value of :attr:`Case.learned` from which a run counts as clearly learning."""
COLLAPSED_CONTRAST = 0.02
"""Relative spread below which embeddings of a contrastive loss are collapsed."""
DRAWN, FALLEN = 0.4, 0.6
"""Relative spread below which embeddings have drawn together, if it is below this share of its highest value."""
SHRUNK = 0.1
"""Share of the wanted standard deviation below which embeddings that are not normalised are collapsed."""
SMALL, FALLEN_LOSS = 0.25, 0.1
"""Share of its highest value below which a standard deviation is small; of its first value, below which a loss is."""
FEW_PROTOTYPES, SAYS_NOTHING = 2.0, 0.985
"""Number of prototypes in use below which all samples are on one; share of its highest value from which the entropy of
the teacher means that all prototypes are alike to it."""


def complete_collapse(case: Case) -> bool:
    """Return whether all samples have nearly the same embedding, or the same place on the prototypes.

    See :func:`unguarded` and :func:`drawn_together` for a collapse that is on its way.
    """
    return one_point(case) or one_prototype(case) or says_nothing(case)


def one_point(case: Case) -> bool:
    """Return whether all embeddings lie nearly at one point, on the sphere or in their own scale, and stay there.

    A contrastive loss never rewards a collapse, and its embeddings often begin in a narrow cone. In practice, its
    spread falls below the much lower threshold only if all samples are equal.
    """
    limit = COLLAPSED_CONTRAST if case.is_contrastive else COLLAPSED
    return (spread(case) < limit and not grows(case, STD)) or shrunk(case)


def shrunk(case: Case) -> bool:
    """Return whether z has shrunk to nearly one point, though z/‖z‖ may still be spread out.

    If it is not known which scale the loss asks for, z has shrunk if it has become small and the loss with it: one that
    normalises z does not fall by that.
    """
    fallen = case.never_negative and math.isnan(case.lowest) and case.now.loss < FALLEN_LOSS * case.readings[0].loss
    return scale(case) < SHRUNK or (scale(case) < SMALL and fallen)


def one_prototype(case: Case) -> bool:
    """Return whether nearly all samples are on one prototype, at which the loss is as low as it gets."""
    return case.figure(PROTOTYPES) < FEW_PROTOTYPES


def says_nothing(case: Case) -> bool:
    """Return whether all prototypes are alike to the teacher, at which the loss is the logarithm of their number.

    If the figures of the teacher are not known, but those of h and z are: a loss that rests at a logarithm while z is
    spread out is no contrast, in which all z would have to be alike.
    """
    rests = RANK_H in case.now.figures and spread(case) > NARROW and rests_at(case) is not None
    return case.figure(ENTROPY) > SAYS_NOTHING * case.reference(ENTROPY, "chance") or rests


def unguarded(case: Case) -> bool:
    """Return whether embeddings draw together while what could stop them is off."""
    return bool(guards_off(case)) and contracts(case)


def drawn_together(case: Case) -> bool:
    """Return whether embeddings lie much closer together than they did, while the loss has fallen: most of a collapse.

    Nothing of it counts where neighbours have become better.
    """
    narrow = spread(case) < DRAWN and case.figure(STD) < FALLEN * max(case.history(STD), default=math.nan)
    return narrow and may_collapse(case) and not grows(case, STD) and not neighbours_better(case)


def contracts(case: Case) -> bool:
    """Return whether embeddings draw together from reading to reading, while the loss nears that of a collapse.

    A low loss is then no sign of learning.
    """
    return shrinks(case, STD) and spread(case) < SPREAD_OUT and may_collapse(case)


def may_collapse(case: Case) -> bool:
    """Return whether the loss falls or has fallen, and may do so by a collapse.

    A contrastive loss does not fall by it, and a loss of prototypes only if few of these are in use.
    """
    fallen = case.learned > CLEARLY_LEARNED or case.risen < 0 or math.isnan(case.learned)
    return fallen and not case.is_contrastive and not case.figure(PROTOTYPES) >= FEW_PROTOTYPES
