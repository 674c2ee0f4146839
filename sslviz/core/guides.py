"""Guides: tours of a few steps that go on when something has happened in a run; files ``resources/guides/NAME.toml``.

A file looks like this::

    title = "the first run"
    preset = "shapes"
    minutes = 1
    end = "That was it."

    [[step]]
    text = "Watch the [map](latent_map), and press [Train](train)."
    until = { step = 1 }

    [[step]]
    text = "Wait until [k-NN](health) is above that of the raw input."
    until = { figure = "knn", above = "raw_input" }
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from sslviz.core.messages import RunState, Verdict
from sslviz.core.reference_lines import ReferenceRole
from sslviz.core.resources import resources
from sslviz.core.settings import Value

Text = Annotated[str, msgspec.Meta(min_length=1)]


class GuideError(Exception):
    """A guide cannot be used; the message names its file and says why."""


class Facts(NamedTuple):
    """What conditions are about: a run and what the user has done with it, at one moment.

    Attributes:
        state: the state of the run; None while its engine starts.
        step: the number of steps done.
        verdict: the verdict on the run, or None.
        figures: the newest value of each figure, smoothed where its curve is.
        references: the values of the reference lines, by the key of the figure and the role of the line.
        settings: the values that are in force.
        pinned: whether a sample is pinned.
        selected: the number of selected samples.
        panels: the names of the panels that can be seen.
    """

    state: RunState | None = None
    step: int = 0
    verdict: Verdict | None = None
    figures: Mapping[str, float] = {}
    references: Mapping[tuple[str, ReferenceRole], float] = {}
    settings: Mapping[str, Value] = {}
    pinned: bool = False
    selected: int = 0
    panels: frozenset[str] = frozenset()


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on a run; it holds if all that is given holds.

    Attributes:
        state: the run has this state, such as "paused".
        step: at least so many steps are done.
        verdict: the run has this verdict.
        figure: key of the figure, such as "knn", that ``above`` and ``below`` are about.
        setting: key of the setting that ``above``, ``below`` and ``equals`` are about.
        above, below: the value is greater or less than this: a number, or of a figure also the role of one of its
            reference lines, such as "raw_input".
        equals: the setting has this value.
        pinned: a sample is pinned.
        selected: at least so many samples are selected.
        panel: the panel of this name can be seen.
    """

    state: RunState | None = None
    step: int = 0
    verdict: Verdict | None = None
    figure: str = ""
    setting: str = ""
    above: float | ReferenceRole | None = None
    below: float | ReferenceRole | None = None
    equals: Value | None = None
    pinned: bool = False
    selected: int = 0
    panel: str = ""

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
        if not any(getattr(self, name) for name in self.__struct_fields__ if name not in {"above", "below", "equals"}):
            raise ValueError("a condition says nothing")

    def holds(self, facts: Facts) -> bool:
        """Return whether the condition holds."""
        return (
            self.state in (None, facts.state)
            and facts.step >= self.step
            and self.verdict in (None, facts.verdict)
            and (facts.pinned or not self.pinned)
            and facts.selected >= self.selected
            and (not self.panel or self.panel in facts.panels)
            and self._holds_for_value(facts)
        )

    def _holds_for_value(self, facts: Facts) -> bool:
        value = facts.settings.get(self.setting) if self.setting else facts.figures.get(self.figure)
        if self.equals is not None and value != self.equals:
            return False
        above, below = self._limit(self.above, facts, -math.inf), self._limit(self.below, facts, math.inf)
        if (above, below) == (-math.inf, math.inf):
            return True
        return isinstance(value, int | float) and above < value < below

    def _limit(self, limit: float | ReferenceRole | None, facts: Facts, default: float) -> float:
        """Return a limit as a number: ``default`` if there is none, and NaN if its reference line is missing."""
        if limit is None:
            return default
        return facts.references.get((self.figure, limit), math.nan) if isinstance(limit, str) else limit


class GuideStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a guide: a text, and the condition that ends the step.

    A word written ``[word](target)`` points at a part of the window, as in the texts of presets. The last one is where
    the user acts or looks: its target is outlined during the step.
    """

    text: Text
    until: Condition


class Guide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guide: it begins with the settings of a preset, goes through its steps, and ends with the text ``end``.

    ``minutes``: about how long it takes.
    """

    title: Text
    preset: Text
    minutes: int
    end: Text
    steps: Annotated[tuple[GuideStep, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="step")


def read_guide(path: Path) -> Guide:
    """Return the guide in a file. Raises GuideError if the file holds no valid guide."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Guide)
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise GuideError(f"The guide {path.name} could not be read: {error}.") from error


def guide_paths() -> list[Path]:
    """Return the files of the guides that are installed with sslviz, sorted by name."""
    return sorted((resources() / "guides").glob("*.toml"))


def guide_path(name: str) -> Path:
    """Return the file of the installed guide of this name."""
    return resources() / "guides" / f"{name}.toml"
