"""Runs the observers of one run between its steps, so that none of them can harm the training."""

from __future__ import annotations

import math

import msgspec

from sslviz.core.messages import Notice, References, Verdict, Watch
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Values
from sslviz.engine.observing.diagnosis import Diagnoser, Reading
from sslviz.engine.observing.evaluation import Evaluation, Figures, Scores
from sslviz.engine.observing.latent_observers import LATENT
from sslviz.engine.observing.map_record import MapRecord
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.network_observers import NETWORK
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import HealthObserver, MapObserver, Observer, ReferenceLevelsObserver
from sslviz.engine.observing.panel_data import probe_message
from sslviz.engine.observing.verdicts import TROUBLE, diagnosis
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run_log import Listener, RunLog
from sslviz.engine.training.setup import Setup


class Observation:
    """The looks of one run; without ``maps`` there is no map, and one that is not ``watched`` is for the record."""

    def __init__(
        self,
        setup: Setup,
        run_log: RunLog,
        inbox: Inbox,
        listener: Listener,
        maps: MapService | None,
        *,
        watched: bool = True,
    ) -> None:
        self._setup, self._inbox, self._listener, self._maps = setup, inbox, listener, maps
        self.evaluation = Evaluation(setup.trainer, setup.split, setup.modality, self._check)
        self._levels: tuple[ReferenceLine, ...] = ()
        self._run_log = run_log
        self._baseline = ReferenceLevelsObserver(setup, self.evaluation, self._tell_health, self._take_levels)
        self._health = HealthObserver(setup, self.evaluation, self._judge)
        self._diagnoser = Diagnoser(setup.values, setup.settings)
        self._warned: set[Verdict | None] = set()
        self._watched = watched
        self._map = MapObserver(self.evaluation, maps, watched=watched) if maps else None
        network = (observer(setup, self.evaluation, listener) for observer in NETWORK)
        latent = (observer(self.evaluation, listener) for observer in LATENT)
        always: list[Observer] = [*([self._map] if self._map else []), self._baseline, self._health]
        self._scheduler = ObserverScheduler((*always, *network, *latent), listener, lambda: setup.trainer.step_number)

    @property
    def map_status(self) -> str:
        """What the reducer has to say."""
        return self._maps.status if self._maps else ""

    @property
    def busy(self) -> str:
        """The look that has taken long by now."""
        return self._scheduler.busy

    def before_training(self) -> None:
        """The untrained network's map, and the lines that are known already."""
        self._warn_of_samples()
        self._tell_lines()
        if self._map and self._maps:
            probe, ids = self.evaluation.probe, self.evaluation.probe_ids
            split = self._setup.split
            told = probe_message(self._setup.modality, probe, ids, split.labels, len(split.labelled_train))
            self._maps.record = MapRecord(self._setup.folder, told)
            if self._watched:
                self._listener.send(told)
                self._scheduler.run_if_due(self._map, Watch(panel_data=("LatentMap",)))

    def between_steps(self) -> None:
        """Whatever is due."""
        self._scheduler.run_due(self._inbox.watch)

    def settings_changed(self, values: Values) -> None:
        """Lines move with the settings, and what was wrong may be so no more."""
        self._diagnoser.configure(values, self._setup.trainer.step_number + 1)
        self._warned.clear()
        self._tell_lines()
        case = self._diagnoser.case
        if case.readings and self._diagnoser.verdict is None:
            self._listener.send(diagnosis(None, case))

    def final_verdict(self) -> Verdict | None:
        """What the last weights say, or where that is not clear what the run was said to be; None before a step."""
        if self._setup.trainer.loss is not None:
            self._read(self._setup.trainer.step_number, self.evaluation.health())
        return self._diagnoser.last or self._diagnoser.verdict

    def final_scores(self, patience_s: float | None) -> Scores | None:
        """On all samples; None where that would take longer than ``patience_s``.

        The live figures would be no answer: they are of fewer samples, and lower.
        """
        self.evaluation.check = lambda: None  # the run is over, Stop has been heard
        if patience_s is not None and self.evaluation.scores_cost_s > patience_s:
            return None
        return self.evaluation.scores()

    def _check(self) -> None:
        if self._inbox.stopping:
            raise Stopped

    def _warn_of_samples(self) -> None:
        probe, there = self.evaluation.probe, len(self._setup.split.labelled_train)
        if len(probe) > 1 and bool((probe.data == probe.data[:1]).all()):
            text = "All samples are the same: there is nothing to tell apart. Choose other data."
            self._listener.send(Notice(level="warning", text=text, key="data"))
        if len(probe) < min(math.ceil(int(self._setup.values["probe_samples"]) / probe.segments), there):
            text = f"This network is slow on this device: map and figures take {len(probe):,} samples only."
            self._listener.send(Notice(level="info", text=text, key="probe_samples"))

    def _warn(self, text: str) -> None:
        self._run_log.event("warning", step=self._setup.trainer.step_number, text=text)
        self._listener.send(Notice(level="warning", text=text))

    def _tell_health(self, step: int, figures: Figures) -> None:
        self._run_log.event("health", step=step, **figures)
        self._listener.send(Health(step=step, figures=figures))

    def _judge(self, step: int, figures: Figures) -> None:
        """Tell the figures, and what they say of the run; once more loudly where that is trouble."""
        self._tell_health(step, figures)
        verdict = self._read(step, figures)
        found = diagnosis(verdict, self._diagnoser.case)
        self._listener.send(found)
        if verdict in TROUBLE and verdict not in self._warned:
            self._warned.add(verdict)
            self._warn(f"{found.title}. {found.text} {found.advice}")

    def _read(self, step: int, figures: Figures) -> Verdict | None:
        loss = self._setup.trainer.loss
        reading = Reading(step, math.nan if loss is None else loss, figures, self.evaluation.queries)
        return self._diagnoser.take(reading, self._lines())

    def _take_levels(self, levels: tuple[ReferenceLine, ...]) -> None:
        self._levels = levels
        self._tell_lines()

    def _lines(self) -> tuple[ReferenceLine, ...]:
        trainer = self._setup.trainer
        own = trainer.objective.reference_lines(trainer.batch_size, self.evaluation.baselines)
        return own + self._levels

    def _tell_lines(self) -> None:
        lines = self._lines()
        self._run_log.event("references", lines=msgspec.to_builtins(lines))
        self._listener.send(References(lines=lines))
