"""Conditions on a run and on what the user has done with it, such as "the loss is below its chance line by 0.5"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from sslviz.core.messages import RunState, Verdict
from sslviz.core.reference_lines import ReferenceRole
from sslviz.core.settings import Value

Limit = float | Literal[ReferenceRole, "before"]
"""A number; or the role of a reference line of the figure; or "before", the value that the figure had at first."""


class Facts(NamedTuple):
    """What conditions are about: a run and what the user has done with it, at one moment.

    Attributes:
        state: the state of the run; None while its engine starts.
        step: the number of steps done.
        steps_later: how many of them were done since these facts were first asked for.
        verdict: the verdict on the run, or None.
        figures: the newest value of each figure, smoothed where its curve is.
        before: the values of the figures when they were first asked for.
        references: the values of the reference lines, by the key of the figure and the role of the line.
        settings: the values that are in force.
        pinned: whether a sample is pinned.
        selected: the number of selected samples.
        panels: the names of the panels that can be seen.
        runs_seen: the number of the recorded runs of the lesson that were in view.
    """

    state: RunState | None = None
    step: int = 0
    steps_later: int = 0
    verdict: Verdict | None = None
    figures: Mapping[str, float] = {}
    before: Mapping[str, float] = {}
    references: Mapping[tuple[str, ReferenceRole], float] = {}
    settings: Mapping[str, Value] = {}
    pinned: bool = False
    selected: int = 0
    panels: frozenset[str] = frozenset()
    runs_seen: int = 0


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on a run; it holds if all that is given holds.

    Attributes:
        state: the run has this state, such as "paused".
        step: at least so many steps are done.
        steps_later: at least so many steps were done since the step of the lesson began.
        verdict: the run has this verdict.
        figure: key of the figure, such as "knn", that ``above`` and ``below`` are about.
        setting: key of the setting that ``above``, ``below`` and ``equals`` are about.
        above, below: the value is greater or less than this: a number, or of a figure also the role of one of its
            reference lines, such as "raw_input", or "before", its value when the step of the lesson began.
        by: the value is greater than ``above``, or less than ``below``, by this much.
        equals: the setting has this value.
        pinned: a sample is pinned.
        selected: at least so many samples are selected.
        panel: the panel of this name can be seen.
        runs_seen: at least so many of the recorded runs of the lesson were in view.
    """

    state: RunState | None = None
    step: int = 0
    steps_later: int = 0
    verdict: Verdict | None = None
    figure: str = ""
    setting: str = ""
    above: Limit | None = None
    below: Limit | None = None
    by: float = 0.0
    equals: Value | None = None
    pinned: bool = False
    selected: int = 0
    panel: str = ""
    runs_seen: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError if the condition says nothing, or something that cannot be compared."""
        limits = [limit for limit in (self.above, self.below, self.equals) if limit is not None]
        if self.figure and self.setting:
            raise ValueError("a condition is about a figure or a setting, not both")
        if bool(self.figure or self.setting) != bool(limits):
            raise ValueError("a figure or a setting needs above, below or equals, and these need a figure or a setting")
        if self.setting and (isinstance(self.above, str) or isinstance(self.below, str)):
            raise ValueError("above and below of a setting are numbers")
        if self.figure and self.equals is not None:
            raise ValueError("a figure has above and below only, since it hardly ever equals a number")
        if self.by and self.above is None and self.below is None:
            raise ValueError("by needs above or below")
        if not any(getattr(self, name) for name in self.__struct_fields__ if name not in LIMITS):
            raise ValueError("a condition says nothing")

    def holds(self, facts: Facts) -> bool:
        """Return whether the condition holds."""
        return (
            self.state in (None, facts.state)
            and facts.step >= self.step
            and facts.steps_later >= self.steps_later
            and self.verdict in (None, facts.verdict)
            and (facts.pinned or not self.pinned)
            and facts.selected >= self.selected
            and (not self.panel or self.panel in facts.panels)
            and facts.runs_seen >= self.runs_seen
            and self._holds_for_value(facts)
        )

    def _holds_for_value(self, facts: Facts) -> bool:
        value = facts.settings.get(self.setting) if self.setting else facts.figures.get(self.figure)
        if self.equals is not None and value != self.equals:
            return False
        if self.above is None and self.below is None:
            return True
        above = self._number(self.above, facts, -math.inf) + self.by
        below = self._number(self.below, facts, math.inf) - self.by
        return isinstance(value, int | float) and above < value < below

    def _number(self, limit: Limit | None, facts: Facts, default: float) -> float:
        """Return a limit as a number: ``default`` if there is none, and NaN if it is of something that is missing."""
        if limit is None:
            return default
        if limit == "before":
            return facts.before.get(self.figure, math.nan)
        return facts.references.get((self.figure, limit), math.nan) if isinstance(limit, str) else limit


LIMITS = frozenset({"above", "below", "by", "equals"})
"""Attributes of a condition that say nothing without a figure or a setting."""
