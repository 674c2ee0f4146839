"""What a run suffers from, in one word out of eight: rules over its last readings.

The limits were set on recorded trainings that provoke each verdict, and on those that must not
(``tests/engine/traces``). The words are in :mod:`sslviz.engine.observing.verdicts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sslviz.core.messages import Verdict
from sslviz.core.reference_lines import ReferenceLine, ReferenceRole
from sslviz.core.settings import Setting, Values

SETTLED_STEPS = 50
"""No verdict before: the warm-up of the learning rate lasts as long, and batch norm has no statistics yet."""
CONVINCED = 2
"""readings in a row that a verdict needs"""
KEPT = 400
"""readings remembered: a quarter of an hour that is looked at"""

MUCH = 3.0
"""times its default, of a learning rate that is suspected"""
LEARNED, CLEARLY, FALLING = 0.02, 0.1, 0.97
"""share of the way from chance to the best loss there is; what is left of the loss of before where it falls"""
COLLAPSED, NARROW = 0.2, 0.5
"""of the deviation of points spread evenly: three presets that learn have .7 at least, learning rates of .1 and 1 have
.14 at most"""
FLAT_RANK = 0.2
"""of the untrained network's effective rank"""
RAN_OFF = 2.0
"""times what it began with, of a loss"""
WORSE, FORGOTTEN = 0.03, 0.07
"""of k-NN accuracy: below the untrained network's, and below the best so far"""
QUERIES = 500
"""for which these limits are: an accuracy of so many is .02 exact, and of fewer less exact"""
BEHIND, GAINED = 0.1, 0.1
"""of k-NN accuracy: the share by which it is below the raw inputs', and of the way from the untrained network's to 1"""
ALIKE, LITTLE_TO_GAIN = 0.85, 0.25
"""of effective negatives that all push alike; of a loss that cannot fall further below chance"""
STD, RANK, NEGATIVES = "std_of_l2_normalized", "effective_rank", "effective_negatives"


class Reading(NamedTuple):
    """One look: the mean loss of the last steps, and the health figures; k-NN accuracy is of so many ``queries``."""

    step: int
    loss: float
    figures: Mapping[str, float]
    queries: int = QUERIES


@dataclass(frozen=True)
class Case:
    """All that a rule sees: readings with the newest last, what to compare them with, and the settings in force.

    ``since`` is the step from which losses are comparable.
    """

    readings: tuple[Reading, ...]
    lines: tuple[ReferenceLine, ...]
    values: Values
    settings: Mapping[str, Setting]
    since: int = 0

    @property
    def now(self) -> Reading:
        """The newest reading."""
        return self.readings[-1]

    def figure(self, name: str) -> float:
        """A figure of now, NaN where there is none."""
        return self.now.figures.get(name, math.nan)

    def level(self, curve: str, role: ReferenceRole) -> float:
        """Return the value of the first reference line of this curve and role, NaN where there is none."""
        return next((line.value for line in self.lines if (line.curve, line.role) == (curve, role)), math.nan)

    @property
    def chance(self) -> float:
        """The loss that needs no learning: the worst of its levels, or where none is known what it began with."""
        known = [line.value for line in self.lines if line.curve == "loss"]
        return max(known, default=self.readings[0].loss)

    @property
    def best(self) -> float:
        """The lowest loss there can be, as far as it is known."""
        known = self.level("loss", "best")
        return 0.0 if math.isnan(known) else known

    @property
    def learned(self) -> float:
        """How far the loss has come on the way from chance to the best, 0…1; below 0 it is worse than chance."""
        way = self.chance - self.best
        return (self.chance - self.now.loss) / way if way > 0 else math.nan

    @property
    def falling(self) -> bool:
        """Whether the loss has fallen since two readings ago, as far back as it is comparable."""
        losses = [reading.loss for reading in self.readings if reading.step >= self.since]
        return len(losses) > 1 and losses[-1] < FALLING * losses[max(-3, -len(losses))]

    @property
    def changed(self) -> bool:
        """Whether settings have changed and there are not yet readings enough of what they do."""
        return self.since > 0 and sum(reading.step >= self.since for reading in self.readings) < CONVINCED

    @property
    def spread(self) -> float:
        """The deviation of the embeddings, of that of points spread evenly on the sphere."""
        return self.figure(STD) / self.level(STD, "isotropic")

    @property
    def thrown_together(self) -> bool:
        """Whether the embeddings were spread out at an earlier reading, and lie close together now."""
        known = [reading.figures[STD] for reading in self.readings if STD in reading.figures]
        return self.spread < COLLAPSED and max(known) >= NARROW * self.level(STD, "isotropic")

    @property
    def doubt(self) -> float:
        """How many times less exact k-NN accuracy is than of enough queries, at least 1."""
        return math.sqrt(QUERIES / min(max(self.now.queries, 1), QUERIES))

    @property
    def best_knn(self) -> float:
        """The highest k-NN accuracy so far, as far as it is known."""
        return max(reading.figures.get("knn", -math.inf) for reading in self.readings)

    @property
    def forgot(self) -> bool:
        """Whether k-NN accuracy has been clearly higher."""
        return self.figure("knn") < self.best_knn - self.doubt * FORGOTTEN

    @property
    def contrasts(self) -> bool:
        """Whether samples are told apart, so that a collapse gives the loss of chance and not a low one."""
        return not math.isnan(self.level("loss", "chance"))

    def times_default(self, key: str) -> float:
        """A setting's value in units of its default; 1 where there is no such setting."""
        if key not in self.settings:
            return 1.0
        return float(self.values[key]) / float(self.settings[key].default)


def not_learning(case: Case) -> bool:
    """The loss is where it would be without learning, still or again, and does not fall."""
    return case.learned < LEARNED and not (case.falling and case.now.loss < case.chance)


def learning_rate_high(case: Case) -> bool:
    """The loss has run off, or a large step has thrown the network to where nothing is learned."""
    ran_off = case.now.loss > RAN_OFF * max(abs(case.readings[0].loss), abs(case.chance))
    return ran_off or (case.times_default("learning_rate") >= MUCH and (not_learning(case) or case.spread < COLLAPSED))


def complete_collapse(case: Case) -> bool:
    """All samples lie at one point. Contrast never rewards that, so there it takes data without any difference."""
    return case.spread < (COLLAPSED / 10 if case.contrasts else COLLAPSED)


def temperature_low(case: Case) -> bool:
    """The loss falls while the embeddings stay in a narrow cone: differences of the size of τ are enough for it."""
    return NEGATIVES in case.now.figures and case.learned >= CLEARLY and case.spread < NARROW


def temperature_high(case: Case) -> bool:
    """All negatives push alike, near or far (Wang & Liu 2021), and there is hardly a loss to gain."""
    little = case.chance - case.best < LITTLE_TO_GAIN * case.chance
    return case.figure(NEGATIVES) > ALIKE and case.spread >= NARROW and little


def shortcut(case: Case) -> bool:
    """The loss falls but neighbours get worse; withheld where there are no labels, or another label is read better."""
    if "knn" not in case.now.figures or not (case.learned >= CLEARLY or case.falling):
        return False
    others = {key: value for key, value in case.now.figures.items() if key.startswith("knn_")}
    worse = case.doubt * WORSE
    if any(value > case.level(key, "untrained") + worse for key, value in others.items()):
        return False
    return case.figure("knn") < case.level("knn", "untrained") - worse or case.forgot or _idle(case)


def _idle(case: Case) -> bool:
    """Contrast is nearly solved, and neighbours know clearly less than those of the raw inputs, hardly more than those
    of the untrained network, and learn nothing more.
    """
    knn, untrained = case.figure("knn"), case.level("knn", "untrained")
    before = [reading.figures.get("knn", math.nan) for reading in case.readings[-4:-1]]
    rises = bool(before) and knn > min(before) + WORSE
    behind = knn < (1 - case.doubt * BEHIND) * case.level("knn", "raw_input")
    gained = knn > untrained + GAINED * (1 - untrained)
    nearly_solved = case.contrasts and STD in case.now.figures and case.learned > 0.5
    return nearly_solved and behind and not gained and not rises


def dimensional_collapse(case: Case) -> bool:
    """The embeddings use a small part of the directions that the untrained network uses (Jing 2021)."""
    return case.figure(RANK) < FLAT_RANK * case.level(RANK, "untrained")


def learning(case: Case) -> bool:
    """The loss is below chance, or falls."""
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
"""asked in this order: what explains most comes first"""


def verdict_of(case: Case) -> Verdict | None:
    """What the newest reading says, None where it says nothing clear or comes too early."""
    if case.now.step < SETTLED_STEPS or not math.isfinite(case.now.loss):
        return None
    return next((verdict for verdict, holds in RULES if holds(case)), None)


class Diagnoser:
    """Follows one run. A verdict stands until two readings in a row give another; trouble does not outlive a change of
    settings, and learning not a first reading after it that says otherwise.
    """

    def __init__(self, values: Values, settings: Mapping[str, Setting]) -> None:
        self.case = Case((), (), values, settings)
        self.verdict: Verdict | None = None
        self._last: list[Verdict | None] = []

    @property
    def last(self) -> Verdict | None:
        """What the newest reading alone says."""
        return self._last[-1] if self._last else None

    def configure(self, values: Values, step: int) -> None:
        """Settings have changed: losses before this step cannot be compared with those after."""
        self.case = replace(self.case, values=values, since=step)
        self._last.clear()
        if self.verdict != "learning":
            self.verdict = None

    def take(self, reading: Reading, lines: Iterable[ReferenceLine]) -> Verdict | None:
        """One more reading; ``lines`` are the levels as they stand now. Returns the verdict."""
        readings = (*self.case.readings[-KEPT + 1 :], reading)
        self.case = replace(self.case, readings=readings, lines=tuple(lines))
        self._last = [*self._last[-CONVINCED + 1 :], verdict_of(self.case)]
        if len(self._last) == CONVINCED and len(set(self._last)) == 1:
            self.verdict = self._last[0]
        elif self.case.changed and self.last != self.verdict:
            self.verdict = None
        return self.verdict
