"""Diagnosis of a run: rules that derive a verdict, such as "learning", from the latest measurements.

There are eight verdicts, with one rule for each.

The thresholds in the rules were chosen with recorded trainings (``tests/engine/traces``). For each verdict there are
recordings that must get this verdict, and recordings that must not. :mod:`sslviz.engine.observing.verdict_texts` has
the texts in which the window explains the verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sslviz.core.messages import Verdict
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.setting_changes import SettingChange, joined
from sslviz.core.settings import Setting, Values
from sslviz.engine.observing.diagnosis_case import (
    COLLAPSED,
    CONFIRMATIONS,
    MIN_STEPS,
    NARROW,
    NEGATIVES,
    RANK,
    STD,
    Case,
    LastChange,
    Reading,
)

MAX_READINGS = 400
"""Maximum number of readings kept. With the panel visible, these are the readings of 18 minutes or more."""

HIGH_RATE = 3.0
"""Multiple of the default learning rate from which a learning rate is suspected of being too high."""
LEARNED, CLEARLY_LEARNED, NEARLY_SOLVED = 0.02, 0.1, 0.5
"""Values of :attr:`Case.learned` from which a run counts as learning, as clearly learning, and as having nearly solved
its task."""
COLLAPSED_CONTRAST = 0.02
"""Relative spread below which embeddings of a contrastive loss are collapsed."""
FLAT_RANK = 0.2
"""Fraction of the untrained network's effective rank below which embeddings are dimensionally collapsed."""
DIVERGED = 2.0
"""A loss has diverged if it is above this multiple of the oldest stored loss and of :attr:`Case.chance`, both without
their signs."""
WORSE = 0.03
"""Difference by which k-NN accuracy must be below that of the untrained network to count as worse."""
CLEAR = 2.0
"""Number of standard errors by which k-NN accuracy must also be below that of the untrained network. For example, the
accuracy for the topics of 253 texts was .174 before training and .123 after 100 steps with 500 texts in the bank; with
2,000 texts in the bank it was .162 and .150."""
BEHIND_RAW, GAINED = 0.1, 0.1
"""Fraction by which k-NN accuracy must be below that of the raw inputs to count as clearly worse; fraction of the way
from the untrained network's accuracy to 1 from which k-NN accuracy counts as having gained."""
FORGIVEN = 10
"""Number of readings after a change of settings from which a run that still learns is not harmed by the change."""
UNIFORM_NEGATIVES, LITTLE_TO_GAIN = 0.85, 0.25
"""Fraction of effective negatives above which all negatives count as weighing alike; fraction of the loss of chance:
if aligned and uniform embeddings are below chance by less than this fraction, there is little to gain."""


def not_learning(case: Case) -> bool:
    """Return whether the loss is not clearly below :attr:`Case.chance`, the loss that is reached without learning.

    Return False also if the loss is falling and already a little below :attr:`Case.chance`.
    """
    return case.learned < LEARNED and not (case.falling and case.now.loss < case.chance)


def learning_rate_high(case: Case) -> bool:
    """Return whether the learning rate is too high: the loss has diverged, or a high rate prevents learning.

    A high rate prevents learning if it is far above its default, and the run is not learning or its embeddings have
    collapsed. A loss does not count as diverged if it has been negative and its lowest possible value is unknown,
    since its usual variation is then unknown too.
    """
    highest = max(abs(case.readings[0].loss), abs(case.chance))
    diverged = case.now.loss > DIVERGED * highest and not math.isnan(case.aligned_uniform)
    suspected = case.times_default("learning_rate") >= HIGH_RATE
    return diverged or (suspected and (not_learning(case) or case.spread < COLLAPSED))


def complete_collapse(case: Case) -> bool:
    """Return whether all embeddings lie nearly at one point, that is, whether :attr:`Case.spread` is below a threshold.

    The threshold is :data:`COLLAPSED`. For a contrastive loss, which never rewards a collapse, it is the much lower
    :data:`COLLAPSED_CONTRAST`: in practice, the spread then falls below the threshold if all samples are equal.
    """
    return case.spread < (COLLAPSED_CONTRAST if case.is_contrastive else COLLAPSED)


def temperature_low(case: Case) -> bool:
    """Return whether the temperature is too low: the loss has clearly fallen, but the embeddings stay in a narrow cone.

    At a low temperature τ, the loss is already low when the cosine similarities of positive and negative pairs differ
    by about τ, so the embeddings need not spread out. Return False if the loss has no temperature.
    """
    return NEGATIVES in case.now.figures and case.learned >= CLEARLY_LEARNED and case.spread < NARROW


def temperature_high(case: Case) -> bool:
    """Return whether the temperature is too high: all negatives push about equally, and little can be learned.

    Both are required. At a high temperature, near and far negatives contribute almost equally to the gradient (Wang &
    Liu 2021): the figure "effective_negatives" measures it. Little can be learned if even ideal embeddings (positive
    pairs aligned, all embeddings uniform on the sphere) would have a loss hardly below :attr:`Case.chance`. Return
    False if the loss has no temperature, or if the embeddings lie in a narrow cone: there all
    negatives push equally at any temperature, see :func:`temperature_low`.
    """
    little = case.chance - case.aligned_uniform < LITTLE_TO_GAIN * abs(case.chance)
    return case.figure(NEGATIVES) > UNIFORM_NEGATIVES and case.spread >= NARROW and little


def shortcut(case: Case) -> bool:
    """Return whether the loss is falling or has clearly fallen, but the k-NN accuracy is bad.

    It is bad if it is clearly below that of the untrained network or below its maximum so far. If the loss is
    contrastive, it is also bad under the conditions of :func:`_learns_nothing_useful`.

    A data set may have several labels; this is the accuracy for its first label. Return False if it has no labels, or
    if k-NN now predicts one of the other labels clearly better than it did with the untrained network.
    """
    if "knn" not in case.now.figures or not (case.learned >= CLEARLY_LEARNED or case.falling):
        return False
    others = {key: value for key, value in case.now.figures.items() if key.startswith("knn_")}
    worse = case.uncertainty * WORSE
    if any(value > case.reference(key, "untrained") + worse for key, value in others.items()):
        return False
    untrained = case.reference("knn", "untrained")
    clearly_worse = untrained - case.figure("knn") > max(worse, CLEAR * case.error_of_difference(untrained))
    return clearly_worse or case.forgot or _learns_nothing_useful(case)


def _learns_nothing_useful(case: Case) -> bool:
    """Return whether a contrastive loss has fallen far, but k-NN accuracy is low and not rising.

    Far is more than half of the way from :attr:`Case.chance` to :attr:`Case.aligned_uniform`.
    The accuracy is low if it is clearly below that of the raw inputs and hardly above that of the untrained network.
    """
    knn, untrained = case.figure("knn"), case.reference("knn", "untrained")
    before = [reading.figures.get("knn", math.nan) for reading in case.readings[-4:-1]]
    rises = bool(before) and knn > min(before) + WORSE
    behind = knn < (1 - case.uncertainty * BEHIND_RAW) * case.reference("knn", "raw_input")
    gained = knn > untrained + GAINED * (1 - untrained)
    nearly_solved = case.is_contrastive and STD in case.now.figures and case.learned > NEARLY_SOLVED
    return nearly_solved and behind and not gained and not rises


def dimensional_collapse(case: Case) -> bool:
    """Return whether the effective rank is far below that of the untrained network (Jing et al. 2021)."""
    return case.figure(RANK) < FLAT_RANK * case.reference(RANK, "untrained")


def learning(case: Case) -> bool:
    """Return whether the loss is falling, or is clearly below :attr:`Case.chance`, the loss without learning."""
    return case.learned >= LEARNED or case.falling


RULES: tuple[tuple[Verdict, Callable[[Case], bool]], ...] = (
    ("learning_rate_high", learning_rate_high),
    ("complete_collapse", complete_collapse),
    ("temperature_low", temperature_low),
    ("temperature_high", temperature_high),
    ("not_learning", not_learning),
    ("shortcut", shortcut),
    ("dimensional_collapse", dimensional_collapse),
    ("learning", learning),
)
"""The rules in the order in which they are applied; the verdict is that of the first rule that holds."""


def verdict_of(case: Case) -> Verdict | None:
    """Return the verdict on the newest measurements, such as "learning".

    It is the verdict of the first rule in :data:`RULES` that holds. Return None if no rule holds, if the loss is not
    finite, or before step :data:`MIN_STEPS`.
    """
    if case.now.step < MIN_STEPS or not math.isfinite(case.now.loss):
        return None
    return next((verdict for verdict, holds in RULES if holds(case)), None)


class Diagnoser:
    """Derives the confirmed verdict on one run, such as "learning", from its readings (measurements at single steps).

    A verdict is confirmed when two readings in a row give it. When a setting is changed, the confirmed verdict is
    discarded at once, unless it is "learning": that one is discarded only if the first reading after the change gives a
    different verdict.

    Args:
        values: the settings in force.
        settings: the declarations of the settings, by key.
    """

    def __init__(self, values: Values, settings: Mapping[str, Setting]) -> None:
        self.case = Case((), (), values, settings)
        self.verdict: Verdict | None = None

    @property
    def latest(self) -> Verdict | None:
        """The verdict that the newest reading gives, confirmed or not.

        None if :func:`verdict_of` returns None for this reading, or if there are no readings since the last change of
        settings.
        """
        return self.case.said[-1] if self.case.said else None

    def configure(self, values: Values, step: int, changes: tuple[SettingChange, ...] = ()) -> None:
        """Use new settings from ``step`` on, and discard the confirmed verdict unless it is "learning".

        ``changes`` are the changes that the user has made; there are none for a recorded run. Whether the loss is
        falling is no longer judged by losses before this step.
        """
        earlier, last_change = self.case.last_change, LastChange(step, changes, self.verdict)
        if earlier is not None and self.case.changed:  # as while a slider is dragged
            last_change = earlier._replace(changes=joined(earlier.changes, changes))
        self.case = replace(
            self.case, values=values, since=step, last_change=last_change if last_change.changes else None, said=()
        )
        if self.verdict != "learning":
            self.verdict = None

    def end(self) -> Verdict | None:
        """Take note that the run has ended, and return the last verdict: the newest one, confirmed or not, if any."""
        self.case = replace(self.case, ended=True)
        return self.latest or self.verdict

    def add(self, reading: Reading, reference_lines: Iterable[ReferenceLine]) -> Verdict | None:
        """Add a reading, replace the reference lines and return the confirmed verdict, or None if there is none.

        Stored readings of the same step or of later steps are dropped, since a resumed script repeats these steps.
        """
        before = [each for each in self.case.readings[-MAX_READINGS + 1 :] if each.step < reading.step]
        readings = (*before, reading)
        self.case = replace(self.case, readings=readings, reference_lines=tuple(reference_lines))
        said = (*self.case.said[-CONFIRMATIONS + 1 :], verdict_of(self.case))
        self.case = replace(self.case, said=said)
        if len(said) == CONFIRMATIONS and len(set(said)) == 1:
            self.verdict = said[0]
        elif self.case.changed and self.latest != self.verdict:
            self.verdict = None
        if self.verdict == "learning" and self.case.readings_since >= FORGIVEN:
            self.case = replace(self.case, last_change=None)
        return self.verdict
