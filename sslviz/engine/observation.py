"""What is looked at while training goes on, and how often: figures, the similarity matrix, the map."""

from __future__ import annotations

import dataclasses
import math

from sslviz.core.messages import Health, Notice, ReferenceLine, References
from sslviz.core.settings import Values
from sslviz.engine.evaluation import Evaluation, Figures, Scores
from sslviz.engine.failures import Stopped
from sslviz.engine.inbox import Inbox
from sslviz.engine.levels import health_lines, isotropic_std
from sslviz.engine.mapping import Maps
from sslviz.engine.pace import Pace
from sslviz.engine.pictures import probe_message, similarity_of_matrix, similarity_of_z
from sslviz.engine.prepare import Setup
from sslviz.engine.recorder import Listener, Recorder

HEALTH_S, HEALTH_SHARE = 1.9, 0.03
"""a little less than the map's, so that the figures come with it and share its encoding"""
UNSEEN_HEALTH_S = 10.0
MAP_S, FIRST_MAP_S, MAP_SHARE = 2.0, 0.5, 0.04
SIMILARITY_S, SIMILARITY_SHARE = 0.7, 0.01
PROBE_PAIRS = 64
COLLAPSED = 0.1
"""of the isotropic deviation; below it all samples have become one point"""
SETTLED_STEPS, CONVINCED = 50, 2
"""no verdict before these, since a fresh network is a narrow cone, nor on fewer figures in a row"""


class Observation:
    """Looks at one run between its steps. Without ``maps``, as in headless runs, only the health figures are taken."""

    def __init__(self, setup: Setup, recorder: Recorder, inbox: Inbox, listener: Listener, maps: Maps | None) -> None:
        self._setup, self._recorder, self._inbox, self._listener, self._maps = setup, recorder, inbox, listener, maps
        self.evaluation = Evaluation(setup.trainer, setup.split, self._check)
        self._health_pace = Pace(HEALTH_S, HEALTH_SHARE)
        self._map_pace = Pace(FIRST_MAP_S, MAP_SHARE)
        self._similarity_pace = Pace(SIMILARITY_S, SIMILARITY_SHARE)
        self._levels: tuple[ReferenceLine, ...] = ()
        self._live = Scores(math.nan, math.nan, math.nan)
        self._seen: dict[str, tuple[object, ...]] = {}
        self._low_in_a_row = 0

    @property
    def map_status(self) -> str:
        """What the reducer has to say."""
        return self._maps.status if self._maps else ""

    def before(self) -> None:
        """The untrained network's map, and the lines that are known already."""
        probe = self.evaluation.probe
        if len(probe) > 1 and bool((probe.data == probe.data[:1]).all()):
            text = "All samples are the same: there is nothing to tell apart. Choose other data."
            self._listener.send(Notice(level="warning", text=text, key="data"))
        if len(probe) < min(int(self._setup.values["probe_samples"]), len(self._setup.split.train)):
            text = f"This network is slow on this device: map and figures take {len(probe):,} samples only."
            self._listener.send(Notice(level="info", text=text, key="probe_samples"))
        self._tell_levels()
        if self._maps:
            names, of = self._setup.split.label_names, len(self._setup.split.train)
            self._listener.send(probe_message(probe, self.evaluation.probe_ids, names, of))
            self._take_map(self._maps)

    def between(self) -> None:
        """Whatever is due."""
        watch, step = self._inbox.watch, self._setup.trainer.step_number
        if self._maps and "LatentMap" in watch.kinds and self._due("LatentMap", self._map_pace, step):
            self._take_map(self._maps)
        if step and self._due("Health", self._health_pace, step):
            self._health_pace.interval_s = HEALTH_S if "Health" in watch.kinds else UNSEEN_HEALTH_S
            self._take_health(step)
        if "Similarity" in watch.kinds:
            self._take_similarity(step)

    def configured(self, values: Values) -> None:
        """Lines move with the settings."""
        self._tell_levels()

    def final_scores(self, patience_s: float | None) -> Scores:
        """On all samples; where that would take longer than ``patience_s``, the last live figures."""
        self.evaluation.check = lambda: None  # the run is over, Stop has been heard
        if patience_s is not None and self.evaluation.scores_cost_s > patience_s:
            return self._live
        return self.evaluation.scores()

    def _due(self, kind: str, pace: Pace, *seen: object) -> bool:
        """Whether it is time, and there is something new since the last time."""
        if not pace.due or self._seen.get(kind) == seen:
            return False
        self._seen[kind] = seen
        return True

    def _check(self) -> None:
        if self._inbox.stopping:
            raise Stopped

    # ----------------------------------------------------------------- looks

    def _take_health(self, step: int) -> None:
        if not self._levels:
            self._take_levels()
            return
        with self._health_pace.looking():
            figures = self.evaluation.health()
        self._live = dataclasses.replace(self._live, knn=figures["knn"])
        self._tell_health(step, figures)
        self._warn_of_collapse(step, figures["std_of_l2_normalized"])

    def _take_levels(self) -> None:
        """Once: what the untrained network and the raw inputs give; after the first step, which so comes sooner."""
        untrained = self.evaluation.health_untrained()
        self._live = Scores(math.nan, self.evaluation.knn_raw(), untrained["knn"])
        self._levels = health_lines(self.evaluation.z_dim, self._live.knn_raw, untrained)
        self._tell_health(0, untrained)
        self._tell_levels()

    def _tell_health(self, step: int, figures: Figures) -> None:
        self._recorder.event("health", step=step, **figures)
        self._listener.send(Health(step=step, figures=figures))

    def _tell_levels(self) -> None:
        own = self._setup.trainer.objective.reference_lines(self._setup.trainer.batch_size)
        self._listener.send(References(lines=own + self._levels))

    def _take_map(self, maps: Maps) -> None:
        step = self._setup.trainer.step_number
        with self._map_pace.looking():
            maps.snapshot(step, self.evaluation)
        self._map_pace.interval_s = min(self._map_pace.interval_s * 1.2, MAP_S)

    def _take_similarity(self, step: int) -> None:
        source, last = self._inbox.watch.similarity_source, self._setup.trainer.last
        if not self._due("Similarity", self._similarity_pace, step, source):
            return
        with self._similarity_pace.looking():
            if source == "probe":
                z_a, z_b, views = self.evaluation.z_pairs(PROBE_PAIRS)
                labels = self.evaluation.probe.labels[: len(z_a)]
                self._listener.send(similarity_of_z(step, z_a, z_b, views, labels))
            elif last is not None and last.output.similarity is not None and last.output.views is not None:
                labels = self._setup.split.train.labels[last.indices.cpu()]
                matrix = last.output.similarity
                self._listener.send(similarity_of_matrix(last.step, "batch", matrix, last.output.views, labels))

    def _warn_of_collapse(self, step: int, std: float) -> None:
        low = step >= SETTLED_STEPS and std < COLLAPSED * isotropic_std(self.evaluation.z_dim)
        self._low_in_a_row = self._low_in_a_row + 1 if low else 0
        if self._low_in_a_row != CONVINCED:
            return
        text = (
            "The embeddings have collapsed: all samples lie at nearly the same point. "
            "Lower the learning rate, raise the temperature, or begin again with another seed."
        )
        self._recorder.event("warning", step=step, text=text)
        self._listener.send(Notice(level="warning", text=text))
