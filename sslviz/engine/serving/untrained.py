"""What can be shown before a run: the samples of the map by their raw inputs, and the untrained network."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

from sslviz.core.messages import Message, References, Watch
from sslviz.core.panel_data import Health, LatentMap, Probe
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Values
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.health import Figures
from sslviz.engine.observing.latent_observers import LATENT
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.network_observers import NETWORK
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import MapObserver, Observer, ReferenceLinesObserver
from sslviz.engine.observing.pretrained import PretrainedObserver
from sslviz.engine.observing.raw_inputs import RawInputs
from sslviz.engine.training.run_log import Listener, scalars
from sslviz.engine.training.setup import Setup
from sslviz.learning.objective import Scores
from sslviz.reduction.reducer import Reducer


class DataOnMap:
    """The samples of the map, laid out by their raw inputs. It passes the maps on to a listener until it is closed.

    Args:
        probe: the message that describes the samples.
        raw_inputs: the raw inputs of the samples.
        reducer: lays out the map.
        listener: receives the map.
    """

    def __init__(self, probe: Probe, raw_inputs: RawInputs, reducer: Reducer, listener: Listener) -> None:
        self.probe, self._listener = probe, listener
        observer = MapObserver(raw_inputs, MapService(reducer, self, "raw_input"))
        self._scheduler = ObserverScheduler((observer,), self, lambda: 0)
        self._lock = threading.Lock()  # guards the next two
        self._newest: Message | None = None
        self._closed = False

    def answer(self, watch: Watch) -> None:
        """Request the map if the window shows it and it was not requested with these options yet."""
        self._scheduler.run_due(watch, idle=True)

    def send(self, message: Message) -> None:
        """Pass a map on, or a notice about it, unless this object is closed. Called from any thread."""
        with self._lock:
            if self._closed:
                return
            if isinstance(message, LatentMap):
                self._newest = message
            self._listener.send(message)

    def send_again(self) -> None:
        """Send the newest map again, if there is one."""
        with self._lock:
            if self._newest is not None:
                self._listener.send(self._newest)

    def close(self) -> None:
        """Send nothing more, although the reducer may still lay out the map."""
        with self._lock:
            self._closed = True


class UntrainedNetwork:
    """The untrained network of some settings, and what the panels show of it, all as of step 0.

    Args:
        setup: a run with these settings, which will not be trained.
        fixed: the values of the settings that are not live.
        listener: receives the messages of the observers.
        check: called again and again during computations, between the layers of the network too; it may raise an
            exception to stop them.
    """

    def __init__(self, setup: Setup, fixed: Values, listener: Listener, check: Callable[[], None]) -> None:
        self.setup, self.fixed = setup, fixed
        self._listener, self._check = listener, check
        for layer in setup.trainer.objective.modules():
            layer.register_forward_pre_hook(lambda *_: check())
        self._evaluation = Evaluation(setup.trainer, setup.split, setup.modality, check)
        self._changed = False
        """Whether settings were changed since the evaluation was built."""
        self._scheduler: ObserverScheduler | None = None
        self._observers: tuple[Observer, ...] = ()
        self._baselines: Scores = {}
        self._health_lines: tuple[ReferenceLine, ...] = ()
        self._pretrained_lines: tuple[ReferenceLine, ...] = ()
        self._pretrained = self._evaluation.pretrained
        """Kept when settings change, on which it does not depend."""

    @property
    def large(self) -> bool:
        """Whether the network is too large for a CPU to be shown before it is trained."""
        return self._evaluation.samples.limited

    def configure(self, values: Values) -> None:
        """Use new values of live settings, and compute everything again."""
        self.setup = dataclasses.replace(self.setup, values=values)
        self.setup.trainer.configure(values)
        self._changed = True
        self.drop_observers()

    def drop_observers(self) -> None:
        """Drop the observers. They refer to this object, so that it would otherwise wait for the garbage collector."""
        self._scheduler, self._observers = None, ()

    def data_on_map(self) -> tuple[Probe, RawInputs]:
        """Return the message that describes the samples of the map, and the raw inputs of these samples."""
        evaluation = self._evaluation
        return evaluation.probe_message(), RawInputs(self.setup.modality, evaluation.samples.probe)

    def first_messages(self) -> list[Message]:
        """Return the reference lines known so far, and the loss of the first batch.

        There is no loss if the network is large, or if nothing is to be trained.
        """
        lines = self._lines()
        has_loss = self.setup.trainer.objective.trains and not self.large
        return [lines] if not has_loss else [lines, scalars([{"step": 0, **self.setup.trainer.rehearse()}])]

    def answer(self, watch: Watch) -> None:
        """Send the panel data that the window shows and has not received yet, then the health figures.

        Does nothing if the network is large.
        """
        if self.large:
            return
        if self._scheduler is None:
            self._scheduler, self._observers = self._observe_anew()
        for observer in self._observers:
            self._check()
            self._scheduler.run_if_due(observer, watch, idle=True)

    def _observe_anew(self) -> tuple[ObserverScheduler, tuple[Observer, ...]]:
        """Return new observers, and a scheduler that has run none of them yet.

        If settings were changed, the evaluation is a new one too: the old one has a copy of the network without them.
        """
        setup = self.setup
        if self._changed:
            self._evaluation = Evaluation(setup.trainer, setup.split, setup.modality, self._check)
            self._changed = False
        evaluation = self._evaluation
        observers: tuple[Observer, ...] = (
            *(observer(setup, evaluation, self._listener) for observer in NETWORK),
            *(observer(evaluation.embeddings, self._listener) for observer in LATENT),
            ReferenceLinesObserver(evaluation, self._report, self._take_lines, after=0),
            PretrainedObserver(self._pretrained, self._take_pretrained, whole=True),
        )
        return ObserverScheduler((), self._listener, lambda: 0), observers

    def _report(self, step: int, figures: Figures) -> None:
        self._listener.send(Health(step=step, figures=figures))

    def _take_lines(self, health_lines: tuple[ReferenceLine, ...]) -> None:
        self._baselines, self._health_lines = self._evaluation.own_scores.baselines, health_lines
        self._listener.send(self._lines())

    def _take_pretrained(self, lines: tuple[ReferenceLine, ...]) -> None:
        self._pretrained_lines = lines
        self._listener.send(self._lines())

    def _lines(self) -> References:
        """Return the reference lines under the current settings; those of the health figures may be earlier ones."""
        trainer = self.setup.trainer
        own = trainer.objective.reference_lines(trainer.batch_size, self._baselines)
        return References(lines=own + self._health_lines + self._pretrained_lines)
