"""What the window knows of one run: panels draw from it, messages change it, and nothing else does."""

from __future__ import annotations

import time
from functools import singledispatchmethod
from pathlib import Path

import numpy as np

from sslviz.core.messages import (
    Diagnosis,
    Mark,
    Message,
    Prepared,
    Progress,
    Pulse,
    References,
    RunState,
    Scalars,
    State,
)
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
from sslviz.core.settings import Values
from sslviz.core.wire import Frozen
from sslviz.window.runs.curve import Curve
from sslviz.window.runs.life_cycle import LifeCycle, Phase

NEWEST: dict[type, str] = {
    Diagnosis: "diagnosis",
    SelectionFigures: "selection_figures",
    FewLabels: "few_labels",
    Spectrum: "spectrum",
    Losses: "losses",
    Clusters: "clusters",
    PinnedViews: "pinned_views",
    FalseNegatives: "false_negatives",
    Similarity: "similarity",
    StepsAhead: "steps_ahead",
    Strips: "prediction",
    TokenPredictions: "prediction",
}
"""messages of which the newest is all that counts, and what of a run it is"""
MAX_MARKS = 500
READING = "Reading the run …"
ENDED = "This run has ended, and its network answers no more. Train to ask another one."
"""of what was not asked for while it went on"""


class Pin(Frozen, frozen=True):
    """A person has taken a sample of the map into view, or let go of it; never crosses a pipe."""

    index: int | None


class Selected(Frozen, frozen=True):
    """A person has selected samples of the map, or with none let go of them; never crosses a pipe."""

    indices: tuple[int, ...]
    origin: str = ""
    """where they come from, in a few words"""
    name: str = ""
    """under which they are kept as long as the run is open"""


Names = dict[str, tuple[int, ...]]
"""samples of the map by the name that a person gave them"""


class Named(Frozen, frozen=True):
    """A person has given samples of the map a name, or with an empty one taken theirs away; never crosses a pipe."""

    indices: tuple[int, ...]
    name: str


class RunModel:
    """One run, as far as its messages have told."""

    def __init__(self, title: str = "", colour: int = 0) -> None:
        self.title = title
        """what the person calls it"""
        self.colour = colour
        """which of the palette's colours is its"""
        self.folder: Path | None = None
        """where it is saved, from its start on"""
        self.life_cycle = LifeCycle()
        self.snapshot = 0
        """which of a recorded run's a person looks at, from 1; 0 the newest"""
        self.state_text = ""
        self.details = ""
        self.step = 0
        self.values: Values = {}
        self.prepared: Prepared | None = None
        self.progress: Progress | None = None
        self.pulse: Pulse | None = None
        self.probe: Probe | None = None
        self.views: Views | None = None
        self.similarity: Similarity | None = None
        self.prediction: Strips | TokenPredictions | None = None
        self.steps_ahead: StepsAhead | None = None
        self.latent_map: LatentMap | None = None
        self.map_arrived = 0.0
        self.umap_count = 0
        self.diagnosis: Diagnosis | None = None
        self.pinned: int | None = None
        """which of the map's samples a person keeps in view"""
        self.selection = Selected(indices=())
        self.kept: dict[str, Selected] = {}
        """selections by their names"""
        self.named: Names = {}
        """samples that a person has given a name, a class each"""
        self.selection_figures: SelectionFigures | None = None
        self.spectrum: Spectrum | None = None
        self.few_labels: FewLabels | None = None
        self.invariance: Invariance | None = None
        self.invariance_then: Invariance | None = None
        """the first of the same sample"""
        self.losses: Losses | None = None
        self.clusters: Clusters | None = None
        self.pinned_views: PinnedViews | None = None
        self.false_negatives: FalseNegatives | None = None
        self.references: tuple[ReferenceLine, ...] = ()
        self.curves: dict[str, Curve] = {}
        self.health_curves: dict[str, Curve] = {}
        self.marks: list[Mark] = []

    @property
    def state(self) -> RunState | None:
        """The state that the engine reported last; None before the first."""
        return self.life_cycle.state

    @property
    def recorded(self) -> bool:
        """Whether the run is shown from its folder, so that it can be looked at and not be steered."""
        return self.life_cycle.recorded

    @property
    def reading(self) -> bool:
        """Whether the folder of a recorded run has not been read yet."""
        return self.life_cycle.phase is Phase.OPENING

    @property
    def ended(self) -> bool:
        """Whether the run has reached its one terminal state."""
        return self.life_cycle.ended

    @property
    def active(self) -> bool:
        """Whether a training was started and has not ended."""
        return self.life_cycle.active

    @property
    def name(self) -> str:
        """The name of the run's folder; empty before it has one."""
        return self.folder.name if self.folder is not None else ""

    def reference_lines(self, curve: str) -> tuple[ReferenceLine, ...]:
        """The levels that belong to one curve."""
        return tuple(line for line in self.references if line.curve == curve)

    @singledispatchmethod
    def take(self, message: Message | Pin | Selected) -> None:
        """Let one message change what is known; kinds that say nothing about a run are passed over."""
        if (name := NEWEST.get(type(message))) is not None:
            setattr(self, name, message)

    @take.register
    def _state(self, message: State) -> None:
        if self.ended:  # the first terminal state stands
            return
        self.life_cycle.report(message.state)
        self.state_text, self.details = message.text, message.details
        self.step = max(self.step, message.step)
        self.progress = None

    @take.register
    def _prepared(self, message: Prepared) -> None:
        self.prepared = message
        self.values = dict(message.values)

    @take.register
    def _progress(self, message: Progress) -> None:
        if self.state == "preparing":  # the last word on it may be overtaken by what it led to
            self.progress = message

    @take.register
    def _pulse(self, message: Pulse) -> None:
        self.pulse = message
        self.step = max(self.step, message.step)

    @take.register
    def _scalars(self, message: Scalars) -> None:
        steps = message.steps.numpy()
        for name, column in message.columns.items():
            self.curves.setdefault(name, Curve()).append(steps, column.numpy())
        if len(steps):
            self.step = max(self.step, int(steps[-1]))

    @take.register
    def _mark(self, message: Mark) -> None:
        self.marks = [*self.marks[-MAX_MARKS + 1 :], message]
        self.values.update({change.key: change.after for change in message.changes})

    @take.register
    def _health(self, message: Health) -> None:
        for name, value in message.figures.items():
            curve = self.health_curves.setdefault(name, Curve(1024, window=1.0))
            curve.append(np.array([message.step]), np.array([value]))

    @take.register
    def _map(self, message: LatentMap) -> None:
        self.latent_map = message
        self.map_arrived = time.monotonic()
        self.umap_count += message.method == "umap"

    @take.register
    def _probe(self, message: Probe) -> None:
        before, self.probe = self.probe, message
        if before is None or not np.array_equal(before.ids.numpy(), message.ids.numpy()):
            self.pinned, self.selection = None, Selected(indices=())  # others lie there now
            self.kept.clear()
            self.named = {}
        self.losses = self.clusters = self.pinned_views = self.false_negatives = self.few_labels = None

    @take.register
    def _pin(self, message: Pin) -> None:
        there = self.probe is not None and message.index is not None and 0 <= message.index < self.probe.ids.shape[0]
        self.pinned = message.index if there else None

    @take.register
    def _selected(self, message: Selected) -> None:
        count = self.probe.ids.shape[0] if self.probe is not None else 0
        indices = tuple(sorted({index for index in message.indices if 0 <= index < count}))
        self.selection = Selected(indices=indices, origin=message.origin, name=message.name)
        if message.name:
            self.kept[message.name] = self.selection

    @take.register
    def _named(self, message: Named) -> None:
        """A sample has one name, the last it was given."""
        others = {name: tuple(set(indices) - set(message.indices)) for name, indices in self.named.items()}
        self.named = {name: tuple(sorted(indices)) for name, indices in others.items() if indices}
        if message.name and message.indices:
            together = {*self.named.get(message.name, ()), *message.indices}
            self.named[message.name] = tuple(sorted(together))

    @take.register
    def _invariance(self, message: Invariance) -> None:
        if self.invariance_then is None or self.invariance_then.index != message.index:
            self.invariance_then = message
        self.invariance = message

    @take.register
    def _views(self, message: Views) -> None:
        if self.views is None or message.generation >= self.views.generation:
            self.views = message

    @take.register
    def _references(self, message: References) -> None:
        self.references = message.lines
