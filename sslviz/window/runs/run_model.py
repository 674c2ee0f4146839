"""The model of one run in the window: messages from the engine change the model, and panels draw its data.

The map has one point for each segment of the probe. Here, "sample of the map" means the segment of one point. Its index
is its index among the segments of the probe.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import singledispatchmethod
from pathlib import Path

import numpy as np

from sslviz.core.catalogue import DECISIVE
from sslviz.core.exact_map import ExactMap, MapProgress
from sslviz.core.messages import (
    Diagnosis,
    Mark,
    Message,
    Prepared,
    Progress,
    Pulse,
    References,
    Scalars,
    State,
    Verdict,
)
from sslviz.core.panel_data import (
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
from sslviz.core.settings import Values
from sslviz.core.survey import Surveyed
from sslviz.window.runs.choices import Named, Names, Pin, Selected, TimeCursor
from sslviz.window.runs.curve import Curve
from sslviz.window.runs.map_view import MapView
from sslviz.window.runs.run_status import RunStatus

NEWEST: dict[type, str] = {
    Diagnosis: "said",
    SelectionFigures: "selection_figures",
    FewLabels: "few_labels",
    Spectrum: "spectrum",
    Losses: "losses",
    Clusters: "clusters",
    PinnedViews: "pinned_views",
    FalseNegatives: "false_negatives",
    Patches: "patches",
    Curation: "curation",
    Similarity: "similarity",
    StepsAhead: "steps_ahead",
    Strips: "prediction",
    TokenPredictions: "prediction",
}
"""Message types of which only the newest message is kept, and the attribute of the model that holds it."""
OF_DATA = ("probe", "map_view", "umap_count", "pinned", "selection", "kept", "named")
OF_NETWORK = (*NEWEST.values(), "written", "references", "curves", "health_curves", "invariance", "first_invariance")
"""Attributes of the model that are void for another data set, and those that are void for another network.

The views are in neither: they answer requests of their own."""
MAX_WRITTEN = 3
"""Maximum number of written texts; the oldest are dropped."""
MAX_MARKS = 500
"""Maximum number of marks; beyond it the oldest are dropped."""
ENDED = "This run has ended, and its network answers no more. Train to ask another one."
"""Text of a panel whose data only the network of a run could compute, after the engine of that run has ended."""


class RunModel(RunStatus):
    """The data of one run that messages have brought: curves and marks, and the newest message of most other types.

    Most attributes are None until their data have arrived.
    """

    def __init__(self, title: str = "", colour: int = 0) -> None:
        super().__init__(title, colour)
        self.probe: Probe | None = None
        self.views: Views | None = None
        self.views_redrawn = False
        """Whether the views differ from those before only by the random draw: no setting and no selection changed."""
        self.similarity: Similarity | None = None
        self.prediction: Strips | TokenPredictions | None = None
        self.written: tuple[WrittenText, ...] = ()
        """The last texts that the network has written, newest first, at most :data:`MAX_WRITTEN`."""
        self.steps_ahead: StepsAhead | None = None
        self.map_view = MapView()
        self.umap_count = 0
        """Number of live maps made by UMAP that have arrived so far; maps by umap-learn do not count."""
        self.verdict_withheld = False
        """Whether the diagnosis is hidden, so that the user may judge."""
        self.said: Diagnosis | None = None
        """The newest diagnosis, also while the user has switched verdicts off."""
        self.pinned: int | None = None
        """Index of the pinned sample of the map."""
        self.selection = Selected(indices=())
        self.kept: dict[str, Selected] = {}
        """Selections that are kept, by name."""
        self.named: Names = {}
        """Samples that the user has named; each name makes a class."""
        self.selection_figures: SelectionFigures | None = None
        self.spectrum: Spectrum | None = None
        self.few_labels: FewLabels | None = None
        self.invariance: Invariance | None = None
        self.first_invariance: Invariance | None = None
        """The first one since the sample was pinned, for comparison; None until it has arrived."""
        self.losses: Losses | None = None
        self.clusters: Clusters | None = None
        self.pinned_views: PinnedViews | None = None
        self.false_negatives: FalseNegatives | None = None
        self.patches: Patches | None = None
        self.curation: Curation | None = None
        self.references: tuple[ReferenceLine, ...] = ()
        self.curves: dict[str, Curve] = {}
        self.health_curves: dict[str, Curve] = {}
        self.marks: list[Mark] = []
        self._void: set[str] = set()
        """Attributes of which no result counts until the next :class:`Prepared`: see :meth:`expect`."""

    @property
    def latent_map(self) -> LatentMap | None:
        """The map in view: the newest one, or one by umap-learn that the user has requested."""
        return self.map_view.shown

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The newest diagnosis; None if there is none, if the user has switched verdicts off, or while it is hidden."""
        return self.said if self.judged and not self.verdict_withheld else None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of :attr:`diagnosis`; None if there is none."""
        return self.diagnosis.verdict if self.diagnosis is not None else None

    @property
    def map_arrived(self) -> float:
        """Time at which :attr:`latent_map` arrived, see :attr:`MapView.arrived`."""
        return self.map_view.arrived

    @property
    def cursor_step(self) -> int | None:
        """The step at which the user looks back; None while the user follows the run."""
        return self.map_view.cursor_step

    @property
    def shows_kept_map(self) -> bool:
        """Whether the map in view is of an earlier step of a live run. The engine has nothing more of this step.

        Of a recorded run, the engine soon sends the neighbours on a map that was kept.
        """
        return self.map_view.is_kept and not self.recorded

    @property
    def replay_steps(self) -> tuple[int, ...]:
        """The steps at which the user can look back, ascending: snapshots of a recorded run, or else the kept maps."""
        if self.recorded:
            return self.prepared.snapshot_steps if self.prepared is not None else ()
        return self.map_view.kept_steps

    @property
    def snapshot(self) -> int:
        """Number of the snapshot of a recorded run that is shown, from 1; 0 is the newest."""
        if self.cursor_step is None or not self.recorded:
            return 0
        return bisect_right(self.replay_steps, self.cursor_step)

    def step_of(self, message_type: type) -> int | None:
        """Return the step of the newest message of a type; None if there is none, or if the type has no steps."""
        name = "invariance" if message_type is Invariance else NEWEST.get(message_type, "")
        return getattr(getattr(self, name, None), "step", None)

    def disconnect(self) -> None:
        """Take note that the engine has ended or was asked to; a map that umap-learn lays out is not expected then."""
        self.connected = False
        self.map_view.take_progress(MapProgress(text=""))

    def reference_lines(self, curve: str) -> tuple[ReferenceLine, ...]:
        """Return the reference lines of the curve with this name."""
        return tuple(line for line in self.references if line.curve == curve)

    def expect(self, values: Values) -> None:
        """Take note that the next results are of a network with the settings ``values``.

        Results of another data set, objective or variant are forgotten, so that no panel shows them any longer; the map
        of the raw inputs is that of any objective. They are forgotten once more when the next :class:`Prepared` comes,
        since until then the engine may have sent more of them.
        """
        changed = [key for key in DECISIVE if values.get(key) != self.values.get(key)]
        if changed:
            self._void.update(OF_NETWORK, OF_DATA if "data" in changed else ())
            self._forget()
        self.values = dict(values)

    def _forget(self) -> None:
        empty = RunModel()
        for name in self._void:
            setattr(self, name, getattr(empty, name))

    @singledispatchmethod
    def take(self, message: Message | Pin | Selected | TimeCursor) -> None:
        """Update the model with one message; messages of types that the model does not keep are ignored."""
        if (name := NEWEST.get(type(message))) is not None:
            setattr(self, name, message)

    @take.register
    def _state(self, message: State) -> None:
        if self.ended:  # a terminal state is never replaced by a later one
            return
        self.life_cycle.report(message.state)
        if message.state == "preparing" and self.recorded:  # the folder is read from its beginning, perhaps again
            self.marks = []
            self.map_view.history.keep_only(())
        self.state_text, self.details, self.saved = message.text, message.details, message.saved
        self.step = max(self.step, message.step)
        self.progress = None

    @take.register
    def _prepared(self, message: Prepared) -> None:
        self.prepared = message
        if self.recorded:
            self.values = dict(message.values)
            self.map_view.history.keep_only(message.snapshot_steps)
            return
        self.expect(message.values)
        if message.note:  # no results of this network come, and those of another one would be taken for them
            self._void.update(OF_NETWORK)
        self._forget()
        self._void.clear()
        if message.folder:
            self.folder = Path(message.folder)

    @take.register
    def _progress(self, message: Progress) -> None:
        if not self.ended:
            self.progress = message

    @take.register
    def _surveyed(self, message: Surveyed) -> None:
        self.progress = None

    @take.register
    def _pulse(self, message: Pulse) -> None:
        self.pulse = message
        self.step = max(self.step, message.step)

    @take.register
    def _scalars(self, message: Scalars) -> None:
        steps = message.steps.numpy()
        if not len(steps):
            return
        for name, column in message.columns.items():
            if steps[0] > 0 and self._is_of_untrained(name):  # the curves of a training begin with its first step
                del self.curves[name]
            self.curves.setdefault(name, Curve()).append(steps, column.numpy())
        self.step = max(self.step, int(steps[-1]))

    def _is_of_untrained(self, name: str) -> bool:
        """Return whether the curve ``name`` holds only a figure of the untrained network, shown before Train."""
        return name in self.curves and not self.recorded and float(self.curves[name].steps[-1]) == 0.0

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
        self.map_view.take_live(message)
        self.umap_count += message.method == "umap" and message.space == "latent"

    @take.register
    def _earlier_maps(self, message: EarlierMaps) -> None:
        if self.probe is not None and self.probe.ids.shape[0] == message.xy.shape[1]:
            self.map_view.take_earlier(message.maps())

    @take.register
    def _exact_map(self, message: ExactMap) -> None:
        self.map_view.take_exact(message.latent_map)

    @take.register
    def _map_progress(self, message: MapProgress) -> None:
        if self.connected:  # progress that was sent before the engine was asked to end is out of date
            self.map_view.take_progress(message)

    @take.register
    def _probe(self, message: Probe) -> None:
        previous, self.probe = self.probe, message
        if previous is None or not np.array_equal(previous.ids.numpy(), message.ids.numpy()):
            self.pinned, self.selection = None, Selected(indices=())  # the map has other samples now
            self.invariance = self.first_invariance = None
            self.map_view = MapView() if previous is not None else self.map_view
            self.kept.clear()
            self.named = {}
        self.losses = self.clusters = self.pinned_views = self.false_negatives = self.few_labels = None
        self.patches = self.curation = None

    @take.register
    def _pin(self, message: Pin) -> None:
        count = self.probe.ids.shape[0] if self.probe is not None else 0
        self.pinned = message.index if message.index is not None and 0 <= message.index < count else None
        self.first_invariance = None

    @take.register
    def _time_cursor(self, message: TimeCursor) -> None:
        self.map_view.move_cursor(message.step)

    @take.register
    def _selected(self, message: Selected) -> None:
        count = self.probe.ids.shape[0] if self.probe is not None else 0
        indices = tuple(sorted({index for index in message.indices if 0 <= index < count}))
        self.selection = Selected(indices=indices, origin=message.origin, name=message.name)
        if message.name:
            self.kept[message.name] = self.selection

    @take.register
    def _named(self, message: Named) -> None:
        """Name samples, or remove their names; a new name replaces the previous name of a sample."""
        others = {name: tuple(set(indices) - set(message.indices)) for name, indices in self.named.items()}
        self.named = {name: tuple(sorted(indices)) for name, indices in others.items() if indices}
        if message.name and message.indices:
            indices = {*self.named.get(message.name, ()), *message.indices}
            self.named[message.name] = tuple(sorted(indices))

    @take.register
    def _invariance(self, message: Invariance) -> None:
        if self.first_invariance is None or self.first_invariance.index != message.index:
            self.first_invariance = message
        self.invariance = message

    @take.register
    def _views(self, message: Views) -> None:
        if self.views is None or message.generation >= self.views.generation:
            self.views = message

    @take.register
    def _written(self, message: WrittenText) -> None:
        self.written = (message, *self.written[: MAX_WRITTEN - 1])

    @take.register
    def _references(self, message: References) -> None:
        self.references = message.lines
