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
"""Step before which there is no verdict: until then the learning rate warms up, and the statistics of batch norm have
not settled."""
CONFIRMATIONS = 2
"""Number of consecutive readings that must agree on a verdict."""
MIN_FALL = 0.03
"""Fraction of the loss two readings ago, or of :attr:`Case.loss_range` if losses are negative, by which the loss must
be below that of two readings ago to count as falling."""
COLLAPSED, NARROW = 0.2, 0.5
"""Relative spread (see :attr:`Case.spread`) below which embeddings are collapsed, and below which they lie in a narrow
cone. The spread was .7 at least in three presets that learn, .14 at most with learning rates of .1 and 1."""
FORGOTTEN = 0.07
"""Difference by which k-NN accuracy must be below its maximum so far to count as lost."""
QUERIES = 500
"""Number of k-NN queries for which the limits are set; the standard error of an accuracy is then at most .022."""
STD, RANK, NEGATIVES = "std_of_l2_normalized", "effective_rank", "effective_negatives"


class Reading(NamedTuple):
    """The measurements at one step.

    Attributes:
        step: number of optimiser steps done.
        loss: the mean loss of this step and some steps before it, 50 steps at most.
        figures: the health figures by key.
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

    @property
    def chance(self) -> float:
        """The loss that is reached without learning.

        It is the highest loss in :attr:`reference_lines`, other than those that learning or a collapse ends at. If
        there is none, it is the loss of the oldest item of :attr:`readings`.
        """
        ends = ("aligned_uniform", "best", "collapsed")
        values = [line.value for line in self.reference_lines if line.curve == "loss" and line.role not in ends]
        return max(values, default=self.readings[0].loss)

    @property
    def never_negative(self) -> bool:
        """Whether no loss in :attr:`readings` is negative, and :attr:`chance` is not negative either.

        If so, 0 counts as the lowest possible loss.
        """
        return not (self.chance < 0 or any(reading.loss < 0 for reading in self.readings))

    @property
    def aligned_uniform(self) -> float:
        """The loss of embeddings that are aligned and uniform, as given in :attr:`reference_lines`.

        If none is given there, this is the lowest possible loss, if that is given. Otherwise it is 0 if
        :attr:`never_negative` is True, else NaN, since the lowest possible loss is then unknown.
        """
        value = self.reference("loss", "aligned_uniform")
        value = self.reference("loss", "best") if math.isnan(value) else value
        return 0.0 if math.isnan(value) and self.never_negative else value

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
    def falling(self) -> bool:
        """Whether the loss is clearly below the loss two readings ago.

        Only readings since the last change of settings are compared. If there are only two, the second is compared with
        the first. False if there are none or only one.
        """
        losses = [reading.loss for reading in self.readings if reading.step >= self.since]
        before = losses[max(-3, -len(losses))] if losses else math.nan
        unit = before if self.never_negative else self.loss_range
        return len(losses) > 1 and losses[-1] < before - MIN_FALL * unit

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

    @property
    def spread(self) -> float:
        """Relative spread of the embeddings: 0 if all are equal, 1 if they are spread evenly on the unit sphere.

        It is the standard deviation of z, the output of the projector, after each z was scaled to length 1. This is
        divided by the standard deviation of points spread evenly on the sphere. NaN if the newest reading lacks this
        figure, for example because the objective has no positive pairs, or if its reference line is not known yet.
        """
        return self.figure(STD) / self.reference(STD, "isotropic")

    @property
    def recollapsed(self) -> bool:
        """Whether the embeddings are collapsed now, but were spread out at an earlier reading."""
        known = [reading.figures[STD] for reading in self.readings if STD in reading.figures]
        return self.spread < COLLAPSED and max(known) >= NARROW * self.reference(STD, "isotropic")

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
        by a reference line of the loss with the role "chance".
        """
        return not math.isnan(self.reference("loss", "chance"))

    def times_default(self, key: str) -> float:
        """Return the value of a setting divided by its default; 1 if there is no such setting."""
        if key not in self.settings:
            return 1.0
        return float(self.values[key]) / float(self.settings[key].default)
