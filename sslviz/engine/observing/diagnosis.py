"""Diagnosis of a run: derives a verdict, such as "learning", from the latest measurements.

The rules for the nine verdicts are in :mod:`sslviz.engine.observing.diagnosis_rules`, the texts in which the window
explains them in :mod:`sslviz.engine.observing.verdict_words`, and the changes of settings that it advises in
:mod:`sslviz.engine.observing.advice`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sslviz.core.messages import Verdict
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.setting_changes import SettingChange, joined
from sslviz.core.settings import Setting, Values
from sslviz.engine.observing.diagnosis_case import CONFIRMATIONS, MIN_STEPS, Case, LastChange, Reading
from sslviz.engine.observing.diagnosis_rules import RULES

MAX_READINGS = 400
"""Maximum number of readings kept. With the panel visible, these are the readings of 18 minutes or more."""

FORGIVEN = 10
"""Number of readings after a change of settings from which a run that still learns is not harmed by the change."""


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

        ``changes`` are the changes that the user has made. Whether the loss is falling is no longer judged by losses
        before this step.
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
