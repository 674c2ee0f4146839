"""The protocol between window and engine: commands to the engine and messages to the window, all frozen and checked.

Where the window reads more slowly than the engine sends, scalars are merged and never dropped, waiting panel data are
replaced by newer ones, and states and failures are always delivered.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

from sslviz.core.entries import Catalogue, FigureEntry, LabelEntry
from sslviz.core.panel_data import (
    Clusters,
    FalseNegatives,
    FewLabels,
    Health,
    Invariance,
    LatentMap,
    Losses,
    PinnedViews,
    Probe,
    SelectionFigures,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
    Views,
)
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.requests import ChosenSamples, MapRequest, PredictionRequest, Request, SimilarityRequest
from sslviz.core.setting_changes import SettingChange, describe_changes
from sslviz.core.settings import Value, Values
from sslviz.core.wire import Array, Frozen, expect

PROTOCOL = 4
"""Version of the protocol; window and engine must agree on it."""
R = TypeVar("R", MapRequest, SimilarityRequest, PredictionRequest)

# --------------------------------------------------------------------------- window to engine


class Start(Frozen, frozen=True):
    """Start a run with the settings ``values``, which are complete; the engine creates the run folder ``folder``."""

    values: Values
    folder: str
    preset: str = ""
    paused: bool = False


class Open(Frozen, frozen=True):
    """Show the run recorded in ``folder``, with new records as long as a program still writes them."""

    folder: str


class Change(Frozen, frozen=True):
    """Change live settings at the next step boundary."""

    values: Values


class Control(Frozen, frozen=True):
    """Pause, resume or stop the run; ``step`` does one optimiser step and pauses."""

    action: Literal["pause", "resume", "step", "stop"]


class Watch(Frozen, frozen=True):
    """Select the panel data that the engine computes and sends; replaces the previous selection."""

    panel_data: tuple[str, ...]
    """Type names of the panel data that visible panels need; no other panel data are computed."""
    samples: ChosenSamples = ChosenSamples()
    snapshot: int = 0
    """Number of the snapshot of a recorded run to show, from 1; 0 always shows the newest snapshot."""
    requests: tuple[Request, ...] = ()
    """Options of the panel data, at most one request of each type; types without a request have default options."""

    def __post_init__(self) -> None:
        types = [type(request).__name__ for request in self.requests]
        if len(set(types)) < len(types):
            raise ValueError(f"more than one request of a type: {', '.join(types)}")

    def request(self, request_type: type[R]) -> R:
        """Return the request of this type in ``requests``; if there is none, a request with default options."""
        return next((each for each in self.requests if isinstance(each, request_type)), request_type())


class Preview(Frozen, frozen=True):
    """Request :class:`Views` drawn with the settings ``values``, whether or not there is a run.

    ``draw`` seeds the random draw of the views. ``generation`` identifies the request; the answer repeats it.
    """

    values: Values
    draw: int
    generation: int
    samples: tuple[int, ...] = ()
    """Indices of the training samples to show; if empty, the engine chooses some of each class."""


Command = Start | Open | Change | Control | Watch | Preview

# --------------------------------------------------------------------------- engine to window

RunState = Literal["ready", "preparing", "training", "paused", "recorded", "finished", "stopped", "failed"]
TERMINAL: frozenset[RunState] = frozenset({"finished", "stopped", "failed"})
"""States in which a run can end."""


class Hello(Frozen, frozen=True):
    """The first message: versions of protocol and engine, and the catalogue."""

    protocol: int
    version: str
    catalogue: Catalogue


class State(Frozen, frozen=True):
    """The state of the run has changed; exactly one state of :data:`TERMINAL` ends a run.

    ``text`` is one sentence for the user, ``details`` a text to copy, such as a traceback.
    """

    state: RunState
    step: int = 0
    text: str = ""
    details: str = ""


class Progress(Frozen, frozen=True):
    """Progress of the preparation before the first step; ``fraction``, the share done, is None if it is unknown."""

    text: str
    fraction: float | None = None


class Prepared(Frozen, frozen=True):
    """The run is prepared; the facts in this message do not change during the run.

    ``samples`` and ``parameters`` are the numbers of training samples and of trained parameters.
    """

    values: Values
    folder: str
    device: str
    samples: int
    steps_per_epoch: int
    parameters: int
    labels: tuple[LabelEntry, ...]
    figures: tuple[FigureEntry, ...]
    panel_data: tuple[str, ...]
    """Type names of the panel data that this objective provides in addition to those that every objective provides."""
    snapshots: int = 0
    """Number of snapshots of a recorded run that can be shown."""


class References(Frozen, frozen=True):
    """All current reference lines; they replace the lines of earlier messages."""

    lines: tuple[ReferenceLine, ...]


class Scalars(Frozen, frozen=True):
    """Scalars of a block of optimiser steps: ``steps`` is int64[n], each column float64[n]."""

    steps: Array
    columns: dict[str, Array]

    def __post_init__(self) -> None:
        if any(column.shape != self.steps.shape for column in self.columns.values()):
            raise ValueError("columns and steps of a block differ in length")

    def verify(self) -> None:
        expect("steps", self.steps, "int64", None)
        for name, column in self.columns.items():
            expect(name, column, "float64", *self.steps.shape)


class Mark(Frozen, frozen=True):
    """Live settings were changed at ``step``."""

    step: int
    wall_time_s: float
    changes: tuple[SettingChange, ...]
    warning: str = ""
    """A caution for the user, for example that losses before and after the change cannot be compared."""

    @property
    def text(self) -> str:
        """The changes in words, for example ``Temperature 0.2 → 0.5``."""
        return describe_changes(self.changes)


Verdict = Literal[
    "learning",
    "not_learning",
    "complete_collapse",
    "dimensional_collapse",
    "shortcut",
    "temperature_low",
    "temperature_high",
    "learning_rate_high",
]


class Diagnosis(Frozen, frozen=True):
    """The diagnosis of a run, such as "complete collapse"; ``verdict`` is None if the figures are inconclusive."""

    step: int
    verdict: Verdict | None
    title: str
    text: str
    """One sentence that explains the verdict."""
    evidence: tuple[str, ...]
    """Texts that name the figures behind the verdict, each figure with its reference value."""
    advice: str = ""
    """A sentence that tells the user what to try; empty if nothing needs to be done."""
    changes: dict[str, Value] = msgspec.field(default_factory=dict)
    """New values of the live settings that apply the advice, by key; empty if no live setting does."""


class Pulse(Frozen, frozen=True):
    """The heartbeat of a run, sent about twice a second."""

    step: int
    epoch: float
    wall_time_s: float
    samples_per_second: float
    skipped: int
    """Number of panel data messages dropped so far because the window read more slowly than the engine sent."""
    map_status: str = ""
    busy: str = ""
    """Name of the work that delays the next step for longer than usual; empty if there is no such delay."""


class Notice(Frozen, frozen=True):
    """A message to the user that does not end the run: a refused value, a warning, a restarted reducer.

    ``key`` is the key of the setting that the message is about; empty if the message is about no setting.
    """

    level: Literal["refused", "warning", "info"]
    text: str
    key: str = ""


Message = (
    Hello
    | State
    | Progress
    | Prepared
    | References
    | Scalars
    | Mark
    | Views
    | Similarity
    | Strips
    | TokenPredictions
    | StepsAhead
    | Probe
    | LatentMap
    | SelectionFigures
    | Invariance
    | FewLabels
    | Spectrum
    | Losses
    | Clusters
    | PinnedViews
    | FalseNegatives
    | Health
    | Diagnosis
    | Pulse
    | Notice
)
