"""What crosses the pipe between window and engine: commands one way, messages the other. All frozen, all checked.

Scalars are merged and never dropped, pictures are dropped for newer ones, states and failures always arrive.
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
from sslviz.core.settings import Value, Values
from sslviz.core.wire import Array, Frozen, expect

PROTOCOL = 4
R = TypeVar("R", MapRequest, SimilarityRequest, PredictionRequest)

# --------------------------------------------------------------------------- window to engine


class Start(Frozen, frozen=True):
    """Begin the run. ``values`` are complete; ``folder`` is the run folder, made by the engine."""

    values: Values
    folder: str
    preset: str = ""
    paused: bool = False


class Open(Frozen, frozen=True):
    """Show a recorded run instead of doing one, and follow it while it grows."""

    folder: str


class Change(Frozen, frozen=True):
    """Live settings to apply at the next step boundary."""

    values: Values


class Control(Frozen, frozen=True):
    """What the buttons say. ``step`` does one step and pauses."""

    action: Literal["pause", "resume", "step", "stop"]


class Watch(Frozen, frozen=True):
    """Which panel data the engine is to send, and of what; replaces the watch before."""

    panel_data: tuple[str, ...]
    """Type names of the panel data that visible panels need; nothing else is computed."""
    samples: ChosenSamples = ChosenSamples()
    snapshot: int = 0
    """The snapshot of a recorded run to show, counted from 1; 0 is the newest, also while the run grows."""
    requests: tuple[Request, ...] = ()
    """At most one of each type."""

    def __post_init__(self) -> None:
        types = [type(request).__name__ for request in self.requests]
        if len(set(types)) < len(types):
            raise ValueError(f"more than one request of a type: {', '.join(types)}")

    def request(self, request_type: type[R]) -> R:
        """Return the request of this type, or its defaults where there is none."""
        return next((each for each in self.requests if isinstance(each, request_type)), request_type())


class Preview(Frozen, frozen=True):
    """Ask for :class:`Views` under these values, run or no run; ``draw`` picks the random draw."""

    values: Values
    draw: int
    generation: int
    samples: tuple[int, ...] = ()
    """numbers of the training samples to show; none: some of each label"""


Command = Start | Open | Change | Control | Watch | Preview

# --------------------------------------------------------------------------- engine to window

RunState = Literal["ready", "preparing", "training", "paused", "recorded", "finished", "stopped", "failed"]
TERMINAL: frozenset[RunState] = frozenset({"finished", "stopped", "failed"})


class Hello(Frozen, frozen=True):
    """The first message: who speaks, and what can be chosen."""

    protocol: int
    version: str
    catalogue: Catalogue


class State(Frozen, frozen=True):
    """The run's state has changed. Exactly one of :data:`TERMINAL` ends a run.

    ``text`` is one sentence for the person, ``details`` what they can copy (a traceback).
    """

    state: RunState
    step: int = 0
    text: str = ""
    details: str = ""


class Progress(Frozen, frozen=True):
    """Something long before the first step; ``fraction`` is None where its length is unknown."""

    text: str
    fraction: float | None = None


class Prepared(Frozen, frozen=True):
    """The run stands: facts that do not change any more."""

    values: Values
    folder: str
    device: str
    samples: int
    steps_per_epoch: int
    parameters: int
    labels: tuple[LabelEntry, ...]
    figures: tuple[FigureEntry, ...]
    panel_data: tuple[str, ...]
    """tags of the pictures that this objective gives and not all do"""
    snapshots: int = 0
    """how many of a recorded run can be seen"""


class References(Frozen, frozen=True):
    """All reference lines as they stand now; replaces those before."""

    lines: tuple[ReferenceLine, ...]


class Scalars(Frozen, frozen=True):
    """Figures per optimiser step, a whole block. ``steps`` is int64[n]; each column float64[n]."""

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
    """Something happened to the run at ``step``: a live setting was changed."""

    step: int
    wall_time_s: float
    changes: dict[str, tuple[Value, Value]]
    """key: (before, after)"""
    text: str
    warning: str = ""
    """For example that losses before and after cannot be compared."""


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
    """What the figures of a step say about the run, in a word and in words; None where they say nothing clear."""

    step: int
    verdict: Verdict | None
    title: str
    text: str
    """one sentence on what that means"""
    evidence: tuple[str, ...]
    """the figures behind it, each beside what it is compared with"""
    advice: str = ""
    """what to try; empty where nothing needs to be done"""
    changes: dict[str, Value] = msgspec.field(default_factory=dict)
    """settings that do what is advised, where live settings can"""


class Pulse(Frozen, frozen=True):
    """Sent about twice a second while there is a run."""

    step: int
    epoch: float
    wall_time_s: float
    samples_per_second: float
    skipped: int
    """pictures dropped so far because the reader was slower"""
    map_status: str = ""
    busy: str = ""
    """what keeps it from the next step for longer than is usual"""


class Notice(Frozen, frozen=True):
    """Something the person should know and the run survives: a refused value, a warning, a restarted reducer."""

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
