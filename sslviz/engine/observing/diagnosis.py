"""Diagnosis of a run: rules that give one of eight verdicts from its latest readings.

The limits were set on recorded trainings that provoke each verdict, and on those that must not
(``tests/engine/traces``). :mod:`sslviz.engine.observing.verdict_texts` puts a verdict into words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sslviz.core.messages import Verdict
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Setting, Values
from sslviz.engine.observing.diagnosis_case import COLLAPSED, CONFIRMATIONS, NARROW, NEGATIVES, RANK, STD, Case, Reading

MIN_STEPS = 50
"""No verdict before this step: the warm-up of the learning rate lasts as long, and the statistics of batch norm have
not settled."""
MAX_READINGS = 400
"""Maximum number of readings kept: those of a quarter of an hour with the panel visible."""

HIGH_RATE = 3.0
"""Multiple of its default from which a learning rate is suspected."""
LEARNED, CLEARLY_LEARNED, NEARLY_SOLVED = 0.02, 0.1, 0.5
"""Fractions of the way from the loss of chance to the lowest loss from which a run learns, clearly learns, and has
nearly solved its task."""
COLLAPSED_CONTRAST = 0.02
"""Relative spread below which embeddings of a contrastive loss are collapsed."""
FLAT_RANK = 0.2
"""Fraction of the untrained network's effective rank below which embeddings are dimensionally collapsed."""
DIVERGED = 2.0
"""Multiple of the first loss and of the loss of chance above which a loss has diverged."""
WORSE = 0.03
"""Difference by which k-NN accuracy must be below the untrained network's to count as worse."""
BEHIND_RAW, GAINED = 0.1, 0.1
"""Fraction by which k-NN accuracy is clearly below that of the raw inputs; fraction of the way from the untrained
network's accuracy to 1 that counts as a gain."""
UNIFORM_NEGATIVES, LITTLE_TO_GAIN = 0.85, 0.25
"""Fraction of effective negatives above which all negatives weigh alike; fraction of the loss of chance below which
the lowest loss is close to it."""


def not_learning(case: Case) -> bool:
    """Return whether the loss is where it would be without learning, still or again, and does not fall."""
    return case.learned < LEARNED and not (case.falling and case.now.loss < case.chance)


def learning_rate_high(case: Case) -> bool:
    """Return whether the loss has diverged, or nothing is learned at a learning rate that is high."""
    diverged = case.now.loss > DIVERGED * max(abs(case.readings[0].loss), abs(case.chance))
    suspected = case.times_default("learning_rate") >= HIGH_RATE
    return diverged or (suspected and (not_learning(case) or case.spread < COLLAPSED))


def complete_collapse(case: Case) -> bool:
    """Return whether all embeddings lie at one point.

    A contrastive loss never rewards that, so its limit is lower: only equal samples stay below it.
    """
    return case.spread < (COLLAPSED_CONTRAST if case.is_contrastive else COLLAPSED)


def temperature_low(case: Case) -> bool:
    """Return whether the loss falls although the embeddings stay in a cone: differences of the size of τ suffice."""
    return NEGATIVES in case.now.figures and case.learned >= CLEARLY_LEARNED and case.spread < NARROW


def temperature_high(case: Case) -> bool:
    """Return whether near and far negatives weigh alike (Wang & Liu 2021) and the loss can hardly fall below chance."""
    little = case.chance - case.best < LITTLE_TO_GAIN * case.chance
    return case.figure(NEGATIVES) > UNIFORM_NEGATIVES and case.spread >= NARROW and little


def shortcut(case: Case) -> bool:
    """Return whether the loss falls but k-NN accuracy gets worse.

    False where the data have no labels, and where another label is predicted better than before training.
    """
    if "knn" not in case.now.figures or not (case.learned >= CLEARLY_LEARNED or case.falling):
        return False
    others = {key: value for key, value in case.now.figures.items() if key.startswith("knn_")}
    worse = case.uncertainty * WORSE
    if any(value > case.reference(key, "untrained") + worse for key, value in others.items()):
        return False
    return (
        case.figure("knn") < case.reference("knn", "untrained") - worse or case.forgot or _learns_nothing_useful(case)
    )


def _learns_nothing_useful(case: Case) -> bool:
    """Return whether a contrastive task is nearly solved, but k-NN accuracy has gained little and gains no more.

    It is then clearly below that of the raw inputs and hardly above that of the untrained network.
    """
    knn, untrained = case.figure("knn"), case.reference("knn", "untrained")
    before = [reading.figures.get("knn", math.nan) for reading in case.readings[-4:-1]]
    rises = bool(before) and knn > min(before) + WORSE
    behind = knn < (1 - case.uncertainty * BEHIND_RAW) * case.reference("knn", "raw_input")
    gained = knn > untrained + GAINED * (1 - untrained)
    nearly_solved = case.is_contrastive and STD in case.now.figures and case.learned > NEARLY_SOLVED
    return nearly_solved and behind and not gained and not rises


def dimensional_collapse(case: Case) -> bool:
    """Return whether the embeddings use few of the directions that the untrained network uses (Jing et al. 2021)."""
    return case.figure(RANK) < FLAT_RANK * case.reference(RANK, "untrained")


def learning(case: Case) -> bool:
    """Return whether the loss is below chance, or falls."""
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
"""The rules in the order in which they are applied: the first that holds gives the verdict."""


def verdict_of(case: Case) -> Verdict | None:
    """Return the verdict of the newest reading, None where no rule holds or it is too early."""
    if case.now.step < MIN_STEPS or not math.isfinite(case.now.loss):
        return None
    return next((verdict for verdict, holds in RULES if holds(case)), None)


class Diagnoser:
    """Follows the verdicts of one run.

    A verdict stands until two readings in a row give another. A change of settings ends every verdict at once, except
    that the run learns, which ends with the first reading after it that says otherwise.

    Args:
        values: the settings in force.
        settings: the declarations of the settings, by key.
    """

    def __init__(self, values: Values, settings: Mapping[str, Setting]) -> None:
        self.case = Case((), (), values, settings)
        self.verdict: Verdict | None = None
        self._latest: list[Verdict | None] = []

    @property
    def latest(self) -> Verdict | None:
        """The verdict of the newest reading alone."""
        return self._latest[-1] if self._latest else None

    def configure(self, values: Values, step: int) -> None:
        """Take over settings that apply from ``step`` on; losses before it are no longer compared with those after."""
        self.case = replace(self.case, values=values, since=step)
        self._latest.clear()
        if self.verdict != "learning":
            self.verdict = None

    def add(self, reading: Reading, reference_lines: Iterable[ReferenceLine]) -> Verdict | None:
        """Add a reading and the reference lines as they are now; return the verdict that stands."""
        readings = (*self.case.readings[-MAX_READINGS + 1 :], reading)
        self.case = replace(self.case, readings=readings, reference_lines=tuple(reference_lines))
        self._latest = [*self._latest[-CONFIRMATIONS + 1 :], verdict_of(self.case)]
        if len(self._latest) == CONFIRMATIONS and len(set(self._latest)) == 1:
            self.verdict = self._latest[0]
        elif self.case.changed and self.latest != self.verdict:
            self.verdict = None
        return self.verdict
