"""Measurements and settings of a run, to which the rules of :mod:`sslviz.engine.observing.diagnosis` are applied."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sslviz.core.messages import Verdict
from sslviz.core.reference_lines import ReferenceLine, ReferenceRole
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, Values

MIN_STEPS = 50
"""Step before which there is no verdict: until then the learning rate warms up, and the statistics of batch norm are
those of few batches."""
CONFIRMATIONS = 2
"""Number of consecutive readings that must agree on a verdict."""
MIN_FALL = 0.03
"""Value of -:attr:`Case.risen` from which the loss counts as falling."""
FORGOTTEN = 0.07
"""Difference by which k-NN accuracy must be below its maximum so far to count as lost."""
QUERIES = 500
"""Number of k-NN queries for which the limits are set; the standard error of an accuracy is then at most .022."""
STD, RANK, RANK_H = "std_of_l2_normalized", "effective_rank", "effective_rank_h"
ALIGNMENT, UNIFORMITY = "alignment", "uniformity"
NEGATIVES, ENTROPY, PROTOTYPES = "effective_negatives", "teacher_entropy", "prototypes_used"
STDS = ("z_std", "target_std", "std_of_z")
"""Keys of figures that rules use. :data:`STDS` are standard deviations of embeddings that are not scaled to length 1.
The first two belong to losses that ask for a scale, which is a reference line; the last is measured of recorded runs.
"""
ENDS = ("aligned_uniform", "best", "collapsed")
"""Roles of the reference lines of losses at which learning or a collapse ends."""


class Reading(NamedTuple):
    """The measurements at one step.

    Attributes:
        step: number of optimiser steps done.
        loss: the mean loss of this step and some steps before it, 50 steps at most.
        figures: the health figures, and the loss terms and the gradient norm of the newest step, by key.
        queries: number of held-out segments over which the k-NN accuracy among the figures is averaged.
    """

    step: int
    loss: float
    figures: Mapping[str, float]
    queries: int = QUERIES


class LastChange(NamedTuple):
    """What the user changed last: the step of the change, the changes, and the verdict that was in force before."""

    step: int
    changes: tuple[SettingChange, ...]
    verdict: Verdict | None


@dataclass(frozen=True)
class Case:
    """The measurements and settings of a run that a rule may use.

    Attributes:
        readings: one item for each step at which the run was measured so far, oldest first; a long run keeps only the
            newest ones.
        reference_lines: the values that figures are compared with, such as those of the untrained network.
        values: the settings in force.
        settings: the declarations of the settings, by key.
        since: the first step after the last change of settings; 0 if there was no change. Only readings from this step
            on tell whether the loss is falling.
        last_change: the last change of settings, as long as what follows may be due to it; else None.
        said: the verdicts that the newest readings gave since the last change, oldest first, :data:`CONFIRMATIONS` at
            most.
        ended: whether the run has ended, so that no more readings come.
    """

    readings: tuple[Reading, ...]
    reference_lines: tuple[ReferenceLine, ...]
    values: Values
    settings: Mapping[str, Setting]
    since: int = 0
    last_change: LastChange | None = None
    said: tuple[Verdict | None, ...] = ()
    ended: bool = False

    @property
    def now(self) -> Reading:
        """The newest reading."""
        return self.readings[-1]

    def figure(self, name: str) -> float:
        """Return a health figure of the newest reading; NaN if the reading lacks this figure."""
        return self.now.figures.get(name, math.nan)

    def reference(self, curve: str, role: ReferenceRole) -> float:
        """Return the value of the reference line of the curve ``curve`` with the role ``role``, such as "chance".

        Return that of the first if there are several, and NaN if there is none.
        """
        return next((line.value for line in self.reference_lines if (line.curve, line.role) == (curve, role)), math.nan)

    def history(self, name: str) -> tuple[float, ...]:
        """Return the values of a figure at the readings since the last change of settings that have it, oldest first.

        Readings before step :data:`MIN_STEPS` are left out.
        """
        since = [reading for reading in self.readings if reading.step >= max(self.since, MIN_STEPS)]
        return tuple(reading.figures[name] for reading in since if name in reading.figures)

    # ------------------------------------------------------------------ the loss and its levels

    def levels(self, *roles: ReferenceRole) -> tuple[float, ...]:
        """Return the values of the reference lines of the loss with one of ``roles``."""
        return tuple(line.value for line in self.reference_lines if line.curve == "loss" and line.role in roles)

    @property
    def chance(self) -> float:
        """The loss that is reached without learning.

        It is the highest loss in :attr:`reference_lines`, other than those that learning or a collapse ends at. If
        there is none above the lowest of these, it is the loss of the oldest item of :attr:`readings`.
        """
        starts = [line.value for line in self.reference_lines if line.curve == "loss" and line.role not in ENDS]
        return max((value for value in starts if not value <= self.lowest), default=self.readings[0].loss)

    @property
    def lowest(self) -> float:
        """The loss of embeddings that are aligned and uniform, else the lowest possible loss; NaN if neither is known.

        The first is no lower bound: a loss may fall below it.
        """
        return next(iter((*self.levels("aligned_uniform"), *self.levels("best"))), math.nan)

    @property
    def never_negative(self) -> bool:
        """Whether no loss in :attr:`readings` is negative, and :attr:`chance` is not negative either.

        If so, 0 counts as the lowest possible loss.
        """
        return not (self.chance < 0 or any(reading.loss < 0 for reading in self.readings))

    @property
    def aligned_uniform(self) -> float:
        """:attr:`lowest` or, if that is not known, 0 if :attr:`never_negative` is True, else NaN."""
        return 0.0 if math.isnan(self.lowest) and self.never_negative else self.lowest

    @property
    def loss_range(self) -> float:
        """The unit in which changes of the loss are measured: :attr:`chance` minus :attr:`aligned_uniform`.

        If :attr:`aligned_uniform` is NaN, the unit is the largest absolute value of all finite losses in
        :attr:`readings` and of :attr:`chance`.
        """
        sizes = [abs(self.chance), *(abs(reading.loss) for reading in self.readings if math.isfinite(reading.loss))]
        return max(sizes) if math.isnan(self.aligned_uniform) else self.chance - self.aligned_uniform

    @property
    def learned(self) -> float:
        """How far the loss has fallen below :attr:`chance`, in units of :attr:`loss_range`.

        It is 0 if the loss is equal to :attr:`chance`, 1 if it is equal to :attr:`aligned_uniform`, more than 1 if it
        is even lower, and negative if it is above :attr:`chance`. NaN if :attr:`chance` is not above
        :attr:`aligned_uniform`.
        """
        return (self.chance - self.now.loss) / self.loss_range if self.loss_range > 0 else math.nan

    @property
    def risen(self) -> float:
        """How far the loss is above that of two readings ago, in units of :attr:`loss_range`; negative if it fell.

        Of losses that are never negative and have no known lowest value, the unit is the loss two readings ago. Only
        readings since the last change of settings are compared. If there are only two, the second is compared with the
        first. 0 if there is only one.
        """
        losses = [reading.loss for reading in self.readings if reading.step >= self.since]
        before = losses[max(-3, -len(losses))] if losses else math.nan
        unit = before if self.never_negative and math.isnan(self.lowest) else self.loss_range
        return (losses[-1] - before) / unit if len(losses) > 1 and unit > 0 else 0.0

    @property
    def falling(self) -> bool:
        """Whether the loss is clearly below the loss two readings ago, see :attr:`risen`."""
        return self.risen < -MIN_FALL

    # ------------------------------------------------------------------ changes of settings

    @property
    def readings_since(self) -> int:
        """Number of readings from step :data:`MIN_STEPS` on and, if settings were changed, since the last change."""
        return sum(reading.step >= max(self.since, MIN_STEPS) for reading in self.readings)

    @property
    def readings_to_come(self) -> int:
        """Number of readings that are still needed before the last change of settings is judged."""
        return max(0, CONFIRMATIONS - self.readings_since) if self.since > 0 else 0

    @property
    def changed(self) -> bool:
        """Whether a setting has changed and readings are still needed before the change is judged."""
        return self.readings_to_come > 0

    # ------------------------------------------------------------------ neighbours and the kind of loss

    @property
    def uncertainty(self) -> float:
        """Factor, at least 1, by which the rules multiply the thresholds for differences between k-NN accuracies.

        It is the standard error of an accuracy over the newest reading's number of queries, divided by the standard
        error over :data:`QUERIES` queries.
        """
        return math.sqrt(QUERIES / min(max(self.now.queries, 1), QUERIES))

    def error_of_difference(self, accuracy: float) -> float:
        """Return the standard error of the difference of two accuracies that are both about ``accuracy``.

        Each is taken to be averaged over the newest reading's number of queries.
        """
        return math.sqrt(2 * max(accuracy * (1 - accuracy), 0.0) / max(self.now.queries, 1))

    @property
    def best_knn(self) -> float:
        """The highest k-NN accuracy in :attr:`readings`; minus infinity if no reading has one."""
        return max(reading.figures.get("knn", -math.inf) for reading in self.readings)

    @property
    def forgot(self) -> bool:
        """Whether k-NN accuracy is clearly below :attr:`best_knn`."""
        return self.figure("knn") < self.best_knn - self.uncertainty * FORGOTTEN

    @property
    def is_contrastive(self) -> bool:
        """Whether the loss is contrastive, that is, compares each sample with other samples.

        A contrastive loss is equal to :attr:`chance` if all embeddings are equal. Whether a loss is contrastive is told
        by a reference line of the loss with the role "chance", or by its temperature, with which negatives push; and
        by no line of a loss at which it collapses.
        """
        told = bool(self.levels("chance")) or NEGATIVES in self.now.figures
        return told and not self.levels("collapsed", "best")
