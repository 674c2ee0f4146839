"""The rules of the diagnosis: for each verdict, such as "learning", a function that says whether it holds of a run.

The thresholds were chosen with real trainings of every objective, healthy ones and ones in which something was wrong
(``tests/engine/traces``, ``tests/benchmarks/provocations.py``). A rule needs no labels, but uses k-NN accuracy where
there are some; a figure that is not known is NaN, with which every comparison is false.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from sslviz.core.messages import Verdict
from sslviz.engine.observing.case_embeddings import (
    COLLAPSED,
    NARROW,
    grows,
    lost_directions,
    rank_of_h,
    rank_of_z,
    spread,
)
from sslviz.engine.observing.case_neighbours import good_neighbours, learns_nothing_useful, neighbours_worse
from sslviz.engine.observing.case_settings import draws_views, guards_off, number, times_usual_rate
from sslviz.engine.observing.collapse_rules import (
    CLEARLY_LEARNED,
    FEW_PROTOTYPES,
    complete_collapse,
    contracts,
    drawn_together,
    unguarded,
)
from sslviz.engine.observing.diagnosis_case import ALIGNMENT, NEGATIVES, PROTOTYPES, RANK, RANK_H, UNIFORMITY, Case
from sslviz.engine.observing.logarithms import rests_at

HIGH_RATE = 3.0
"""Multiple of the usual learning rate from which a learning rate is suspected of being too high."""
LEARNED = 0.02
"""Value of :attr:`Case.learned` from which a run counts as learning."""
FLAT_H, FLAT_Z, VERY_FLAT_Z = 0.25, 0.2, 0.12
"""Fractions of the untrained network's effective rank below which h, and z, use few directions; and below which z does
even if h has lost only some."""
MANY = 32.0
"""Effective rank of h from which it uses many directions, whatever share of the untrained network's that is: a wide
network begins with more than a simple data set has use for."""
DIVERGED = 2.0
"""A loss has diverged if it is above this multiple of the oldest stored loss and of :attr:`Case.chance`, both without
their signs."""
LOW_TEMPERATURE, VERY_LOW_TEMPERATURE = 0.1, 0.03
"""Temperature below which one is suspected of being too low, and below which it is even if the loss stays at chance."""
UNIFORM_NEGATIVES, LITTLE_TO_GAIN = 0.85, 0.25
"""Fraction of effective negatives above which all negatives count as weighing alike; fraction of the loss of chance:
if aligned and uniform embeddings are below chance by less than this fraction, there is little to gain."""
MOSTLY_LEARNED = 0.75
"""Value of :attr:`Case.learned` from which most of what there is to learn is learned, at whatever temperature."""
STRANGERS, APART_STEPS = 1.4, 150
"""Alignment above which the views of a sample are as far apart as strangers (2 if they are independent), and the first
step at which this counts: a fresh network has an alignment of up to 1.3."""
UNLIKE = 0.4
"""Alignment above which the views of a sample still differ: a network that makes worse neighbours than before its first
step has then learned little yet, as those of many methods have after some hundred steps."""
SAME, SOON = 0.12, 300
"""Alignment below which the views of a sample are the same to the network; if they become so within so many steps, the
views may have too little in them to be told apart."""
UNIFORM = 0.75
"""Share of the uniformity of isotropic z from which z covers the sphere evenly."""


def learning_rate_high(case: Case) -> bool:
    """Return whether the learning rate is too high: the loss has diverged, or a high rate ruins what there was.

    A high rate ruins the network if it is far above the usual one, and the run does not learn, its embeddings have lost
    most directions, of the untrained network's or of those that they had, or its neighbours are worse than those of the
    untrained network. Something else is to blame if what keeps embeddings apart is off.
    """
    flat = rank_of_h(case) < FLAT_H or lost_directions(case) or spread(case) < COLLAPSED
    ruined = not_learning(case) or flat or neighbours_worse(case)
    return diverged(case) or (times_usual_rate(case) >= HIGH_RATE and ruined and not guards_off(case))


def diverged(case: Case) -> bool:
    """Return whether the loss is far above all that it should be.

    A loss does not count as diverged if it has been negative and its lowest possible value is unknown, since its usual
    variation is then unknown too; nor if it rises because its target moves, while the embeddings are sound. A change of
    another setting than the learning rate may have changed what the loss measures.
    """
    since = 0 if times_usual_rate(case) >= HIGH_RATE else case.since
    first = next(reading.loss for reading in case.readings if reading.step >= min(since, case.now.step))
    highest = max(abs(first), abs(case.chance))
    return case.now.loss > DIVERGED * highest and not math.isnan(case.aligned_uniform) and not sound(case)


def sound(case: Case) -> bool:
    """Return whether embeddings are known to be spread out, in many directions: what a loss that rises cannot harm."""
    ranks = rank_of_h(case), rank_of_z(case)
    return spread(case) > NARROW and not any(rank < FLAT_H for rank in ranks) and not neighbours_worse(case)


def not_learning(case: Case) -> bool:
    """Return whether the loss is not clearly below :attr:`Case.chance`, the loss that is reached without learning.

    It is not either if it has come to rest at the logarithm of a number of alternatives. Return False if the loss is
    falling and already a little below :attr:`Case.chance`; and if it has risen above its first value, no level of it is
    known, and the embeddings are sound: a loss whose target moves may rise.
    """
    if rests_at(case) is not None:
        return True
    moved = not case.levels("chance", "unrelated", "baseline") and case.learned < -LEARNED and sound(case)
    return case.learned < LEARNED and not (case.falling and case.now.loss < case.chance) and not moved


def temperature_low(case: Case) -> bool:
    """Return whether the temperature is too low: the loss has clearly fallen, but the embeddings stay in a narrow cone.

    At a low temperature τ, the loss is already low when the cosine similarities of positive and negative pairs differ
    by about τ, so the embeddings need not spread out. At a very low one, the loss may stay at chance for long: a few
    negatives push with all their weight, wherever they are. Return False if the loss has no temperature.
    """
    temperature = number(case, "temperature")
    low = not temperature >= LOW_TEMPERATURE and case.learned >= CLEARLY_LEARNED
    return NEGATIVES in case.now.figures and (low or temperature < VERY_LOW_TEMPERATURE) and spread(case) < NARROW


def temperature_high(case: Case) -> bool:
    """Return whether the temperature is too high: all negatives push about equally, and little can be learned.

    Both are required. At a high temperature, near and far negatives contribute almost equally to the gradient (Wang &
    Liu 2021): the figure "effective_negatives" measures it. Little can be learned if even ideal embeddings (positive
    pairs aligned, all embeddings uniform on the sphere) would have a loss hardly below :attr:`Case.chance`. Return
    False if the loss has no temperature, or if the embeddings lie in a narrow cone: there all negatives push equally at
    any temperature, see :func:`temperature_low`. Return False too if neighbours have nearly all labels right already,
    or the loss has fallen most of the way to that of ideal embeddings.
    """
    little = case.chance - case.aligned_uniform < LITTLE_TO_GAIN * abs(case.chance)
    alike = case.figure(NEGATIVES) > UNIFORM_NEGATIVES and spread(case) >= NARROW
    return alike and little and not good_neighbours(case) and not case.learned > MOSTLY_LEARNED


def views_unrelated(case: Case) -> bool:
    """Return whether z is spread out, but the views of a sample are as far apart as strangers, and stay so.

    The loss then spreads what the views of a sample do not share. It is the opposite of a shortcut. A loss that is
    clearly below that of unrelated views tells that they have something in common, however little.
    """
    now = case.figure(ALIGNMENT)
    before = next(iter(case.history(ALIGNMENT)[-3:]), now)
    apart = case.now.step >= APART_STEPS and now > STRANGERS
    return apart and spread(case) > NARROW and now > before - 0.1 and not case.learned >= CLEARLY_LEARNED


def shortcut(case: Case) -> bool:
    """Return whether the loss is falling or has clearly fallen, but what is learned is not what labels are about.

    With labels: k-NN accuracy is worse than before, or hardly better although the task is nearly solved. Without: the
    views of a sample became the same to the network within a few hundred steps.
    """
    narrow = spread(case) < NARROW and not case.is_contrastive
    if narrow or not (case.learned >= CLEARLY_LEARNED or case.falling):
        return False
    if "knn" not in case.now.figures:
        return views_the_same(case)
    worse = neighbours_worse(case) and (case.forgot or not case.figure(ALIGNMENT) > UNLIKE)
    return worse or learns_nothing_useful(case)


def views_the_same(case: Case) -> bool:
    """Return whether the two views of a sample soon became the same to the network, while z covers the sphere evenly.

    Only where views are drawn by augmentation: a prediction may come true for other reasons. Views that become the same
    while z keeps to a part of the sphere are those of data with little in them, or of a loss that asks for no more.
    """
    since = max(case.since, 1)
    same = [reading.step for reading in case.readings if reading.figures.get(ALIGNMENT, math.inf) < SAME]
    soon = any(since <= step <= since + SOON for step in same)
    even = case.figure(UNIFORMITY) < UNIFORM * case.reference(UNIFORMITY, "isotropic")
    return draws_views(case) and soon and case.figure(ALIGNMENT) < SAME and even


def dimensional_collapse(case: Case) -> bool:
    """Return whether the effective ranks are far below those of the untrained network (Jing et al. 2021), and stay.

    The rank of h counts, since batch norm may keep z apart and a loss may have use for few directions of z. That of z
    counts too if it is very low and h has lost some of its directions, or what keeps those of z apart is off, or if
    nothing is known of h. Ranks say little of a contrast that lies in a narrow cone still, and of a loss of many
    prototypes, which needs few directions.
    """
    if (case.is_contrastive and spread(case) < NARROW) or case.figure(PROTOTYPES) >= FEW_PROTOTYPES:
        return False
    h, z = rank_of_h(case), rank_of_z(case)
    h_flat = h < FLAT_H and not case.figure(RANK_H) >= MANY
    lost = h < 2 * FLAT_H or bool(guards_off(case))
    z_flat = z < FLAT_Z if math.isnan(h) else z < VERY_FLAT_Z and lost
    return (h_flat and not grows(case, RANK_H)) or (z_flat and not grows(case, RANK))


def learning(case: Case) -> bool:
    """Return whether the loss is falling, or is clearly below :attr:`Case.chance`, and not towards a collapse."""
    return (case.learned >= LEARNED or case.falling) and not contracts(case)


RULES: tuple[tuple[Verdict, Callable[[Case], bool]], ...] = (
    ("learning_rate_high", learning_rate_high),
    ("complete_collapse", complete_collapse),
    ("temperature_low", temperature_low),
    ("temperature_high", temperature_high),
    ("complete_collapse", unguarded),
    ("dimensional_collapse", dimensional_collapse),
    ("complete_collapse", drawn_together),
    ("views_unrelated", views_unrelated),
    ("not_learning", not_learning),
    ("shortcut", shortcut),
    ("learning", learning),
)
"""The rules in the order in which they are applied; the verdict is that of the first rule that holds.

A complete collapse has three: one that is on its way may be a dimensional one, unless what could stop it is off."""
