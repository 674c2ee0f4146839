"""The protocol between window and engine: commands to the engine and messages to the window.

Commands and messages are immutable, and the process that receives them checks their fields. If the window reads more
slowly than the engine sends, messages wait in the engine. Of the waiting messages of a type in
:data:`~sslviz.core.panel_data.PANEL_DATA`, only the newest is kept. Waiting :class:`Scalars` with no other message
between them are joined, up to a limit, to one message that holds all their steps. All other messages are sent in their
order.
"""

from __future__ import annotations

from typing import Literal, TypeVar, get_args

import msgspec

from sslviz.core.entries import Catalogue, FigureEntry, LabelEntry
from sslviz.core.exact_map import ExactMap, LayOut, MapProgress
from sslviz.core.panel_data import (
    UMAP_LEARN,
    Clusters,
    Curation,
    EarlierMaps,
    FalseNegatives,
    FewLabels,
    Health,
    Invariance,
    LatentMap,
    Losses,
    Patches,
    PinnedViews,
    Probe,
    SelectionFigures,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
    Views,
    WrittenText,
)
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.requests import ChosenSamples, MapRequest, PredictionRequest, Request, SimilarityRequest
from sslviz.core.setting_changes import SettingChange, describe_changes
from sslviz.core.settings import Value, Values
from sslviz.core.suited import SuitedSetting
from sslviz.core.survey import Survey, Surveyed, Surveying
from sslviz.core.wire import Array, Frozen, expect

PROTOCOL = 8
"""Version of the protocol; window and engine must agree on it."""
R = TypeVar("R", MapRequest, SimilarityRequest, PredictionRequest)

# --------------------------------------------------------------------------- window to engine


class Start(Frozen, frozen=True):
    """Start a run with ``values``, a value for every setting.

    The engine creates the run folder ``folder``; if it already holds a run, a number is appended to its name.
    ``suited``: those of the values that follow from what was found in the data.
    """

    values: Values
    folder: str
    preset: str = ""
    paused: bool = False
    suited: tuple[SuitedSetting, ...] = ()


class Open(Frozen, frozen=True):
    """Show the run recorded in ``folder``, including records that a program adds to the folder later."""

    folder: str


class Change(Frozen, frozen=True):
    """Change live settings to ``values``, which take effect at the next optimiser step."""

    values: Values


class Control(Frozen, frozen=True):
    """Pause, resume or stop the run; the action "step" does one optimiser step and then pauses the run."""

    action: Literal["pause", "resume", "step", "stop"]


class Watch(Frozen, frozen=True):
    """Tells the engine which panel data to compute and send, and with which options; replaces the previous Watch."""

    panel_data: tuple[str, ...]
    """Type names of the panel data that visible panels need. Of other panel data, the engine computes only health
    figures (less often), and the maps of the untrained network and of the last step."""
    samples: ChosenSamples = ChosenSamples()
    snapshot: int = 0
    """Number of the snapshot of a recorded run to show, from 1; 0 always shows the newest snapshot."""
    requests: tuple[Request, ...] = ()
    """Options of the map, of the similarity matrix and of the predictions: at most one request of each type.

    If a type is missing, its options have their default values."""

    def __post_init__(self) -> None:
        types = [type(request).__name__ for request in self.requests]
        if len(set(types)) < len(types):
            raise ValueError(f"more than one request of a type: {', '.join(types)}")
        if self.request(MapRequest).method == UMAP_LEARN:
            raise ValueError("maps by umap-learn are requested by a LayOut")

    def request(self, request_type: type[R]) -> R:
        """Return the item of :attr:`requests` of the type ``request_type``; if there is none, one with defaults."""
        return next((each for each in self.requests if isinstance(each, request_type)), request_type())


class Preview(Frozen, frozen=True):
    """Request example views of training samples, made with the settings ``values``; this needs no run.

    The answer is a :class:`Views`, or a :class:`Notice` if there are no views. If the data have to be downloaded first,
    there is no answer; that to a :class:`Rehearse` says so. If several requests wait, only the newest is answered.
    ``draw`` is a number from which the random views are derived: the same number gives the same views. ``generation``
    identifies the request, and the :class:`Views` repeat it.
    """

    values: Values
    draw: int
    generation: int
    samples: tuple[int, ...] = ()
    """Indices of the training samples to show, of which the first 8 are used. If there are none, the engine chooses up
    to 8 samples, one of each class first."""


class Rehearse(Frozen, frozen=True):
    """Show the data and the untrained network with the settings ``values``, as long as no run has been started.

    The answer is a :class:`Prepared` without a folder, which repeats ``generation``, a number that identifies the
    request. If several requests wait, only the newest is answered. After the answer come the samples of the map
    (:class:`~sslviz.core.panel_data.Probe`) if they are new, their map by the raw inputs, and of the untrained network
    the reference lines, the loss of the first batch, the health figures, and the panel data that a :class:`Watch`
    lists; all of them have step 0. A :class:`Start` ends this at once.
    """

    values: Values
    generation: int
    anew: bool = False
    """Whether all is to be sent, also what earlier answers have brought: the window has dropped it."""


Command = Start | Open | Change | Control | Watch | Preview | Rehearse | Survey | LayOut

# --------------------------------------------------------------------------- engine to window

RunState = Literal["ready", "preparing", "training", "paused", "recorded", "finished", "stopped", "failed"]
TERMINAL: frozenset[RunState] = frozenset({"finished", "stopped", "failed"})
"""States in which a run can end."""


class Hello(Frozen, frozen=True):
    """The first message of the engine: the versions of the protocol and of the engine, and the catalogue."""

    protocol: int
    version: str
    catalogue: Catalogue


class State(Frozen, frozen=True):
    """Tells that the state of the run has changed.

    Every run that the engine trains ends in exactly one of the states :data:`TERMINAL`. A recorded run stays in the
    state "recorded", which is sent again when its ``text`` changes; if the run cannot be shown, its state is "failed".

    ``text`` is a short text for the user, ``details`` a text to copy, such as a traceback.
    """

    state: RunState
    step: int = 0
    text: str = ""
    details: str = ""
    saved: bool | None = None
    """In a terminal state: whether the weights are saved in the run folder, as they were after ``step`` steps. None if
    there was nothing to save, or if it is not known."""


class Progress(Frozen, frozen=True):
    """Progress of a Survey, of the preparation before the first step, of reading a recorded run, or of saving a run.

    ``fraction`` is the completed share, or None if it is unknown.
    """

    text: str
    fraction: float | None = None


class Prepared(Frozen, frozen=True):
    """Describes a run: its settings, device, labels, figures and so on.

    The message is sent once before the first step; for a recorded run it is sent again when the description changes.
    It also answers a :class:`Rehearse`, and then describes the run that a Start with these settings would begin.
    ``samples`` and ``parameters`` are the numbers of training samples and of trained parameters; where nothing is
    trained, of all parameters. Of a recorded run these numbers are not known: ``samples`` is then the ``split_size`` of
    its :class:`~sslviz.core.panel_data.Probe` (0 if there is none), ``parameters`` is 0 and ``steps_per_epoch`` is 1.
    """

    values: Values
    device: str
    samples: int
    steps_per_epoch: int
    parameters: int
    labels: tuple[LabelEntry, ...]
    figures: tuple[FigureEntry, ...]
    panel_data: tuple[str, ...]
    """Type names of the panel data that this run provides in addition to those that every run provides."""
    folder: str = ""
    """The run folder; empty in the answer to a Rehearse, since an untrained network has none."""
    generation: int = 0
    """Number of the Rehearse that this answers."""
    note: str = ""
    """Sentences for the user that say why there is nothing, or not everything, to show before the training.

    If the data or the settings are the reason, the fields about them are empty or 0."""
    snapshot_steps: tuple[int, ...] = ()
    """Steps of the snapshots of a recorded run that can be shown, ascending."""
    loss_note: str = ""
    """A sentence on how to read the loss; empty if a lower loss is simply better."""
    samples_to_come: int = 0
    """Number of training samples that are still read, and that are trained on from later steps on."""
    trains: bool = True
    """Whether the network is trained; if not, there are no steps, and no loss and no verdict either."""
    suited: tuple[SuitedSetting, ...] = ()
    """Those of the values that follow from what was found in the data."""

    @property
    def samples_text(self) -> str:
        """The number of training samples in words."""
        total = self.samples + self.samples_to_come
        return f"{self.samples:,} of {total:,} samples at first" if self.samples_to_come else f"{total:,} samples"


class References(Frozen, frozen=True):
    """All reference lines of the run, such as the loss of a network that guesses; they replace all earlier lines."""

    lines: tuple[ReferenceLine, ...]


class Scalars(Frozen, frozen=True):
    """Figures at n optimiser steps, such as the loss of each step.

    ``steps``: int64[n], the numbers of the steps. ``columns``: for each figure, by its key, the values at these steps,
    float64[n], NaN where there is none. The health figures are sent in :class:`Health` instead.
    """

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
    """Tells that settings were changed during the run; ``step`` is the first step with the new values."""

    step: int
    wall_time_s: float
    changes: tuple[SettingChange, ...]
    warning: str = ""
    """A caution for the user, for example that losses before and after the change cannot be compared."""

    @property
    def text(self) -> str:
        """The changes of the settings in words, for example ``Temperature 0.2 → 0.5``."""
        return describe_changes(self.changes)


Verdict = Literal[
    "learning",
    "not_learning",
    "complete_collapse",
    "dimensional_collapse",
    "shortcut",
    "views_unrelated",
    "temperature_low",
    "temperature_high",
    "learning_rate_high",
]
TROUBLE: frozenset[Verdict | None] = frozenset(get_args(Verdict)) - {"learning", "not_learning"}
"""Verdicts of which the user is told even while another run is in view. "Not learning yet" is not one of them: it may
be a matter of time."""


class Diagnosis(Frozen, frozen=True):
    """The diagnosis of a run, such as "complete collapse"; ``verdict`` is None if the figures are inconclusive."""

    step: int
    verdict: Verdict | None
    title: str
    text: str
    """One or two sentences that explain the verdict."""
    evidence: tuple[str, ...]
    """Texts that name the figures behind the verdict, each figure with its reference value if it has one."""
    advice: str = ""
    """A sentence that tells the user what to try; empty if nothing needs to be done."""
    changes: dict[str, Value] = msgspec.field(default_factory=dict)
    """New values of the live settings that apply the advice, by key; empty if no live setting does."""
    readings_to_come: int = 0
    """Number of measurements that are still needed to judge the last change of settings; 0 if it is judged."""


class Pulse(Frozen, frozen=True):
    """The progress and speed of a run, sent about twice a second."""

    step: int
    epoch: float
    wall_time_s: float
    samples_per_second: float
    skipped: int
    """Number of messages that the engine has not sent as they were: panel data that newer ones replaced because the
    window read too slowly, and messages that are too long or cannot be encoded."""
    samples: int = 0
    """Number of training samples, of which there may be more than at the start; 0 for a recorded run."""
    map_status: str = ""
    busy: str = ""
    """Name of the work that has delayed the next step for more than half a second, or of a long computation for a
    recorded run; empty if there is none."""


class Notice(Frozen, frozen=True):
    """A notice to the user, for example that a value was refused or the reducer was restarted. The run goes on.

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
    | Surveying
    | Surveyed
    | References
    | Scalars
    | Mark
    | Views
    | Similarity
    | Strips
    | TokenPredictions
    | WrittenText
    | StepsAhead
    | Probe
    | LatentMap
    | EarlierMaps
    | SelectionFigures
    | Invariance
    | FewLabels
    | Spectrum
    | Losses
    | Clusters
    | PinnedViews
    | FalseNegatives
    | Patches
    | Curation
    | Health
    | Diagnosis
    | Pulse
    | MapProgress
    | ExactMap
    | Notice
)
