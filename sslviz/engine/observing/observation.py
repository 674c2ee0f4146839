"""Builds the observers of one run and runs them between optimiser steps."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sslviz.core.messages import Notice, Progress, Verdict, Watch
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Values
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.final_scores import FinalScores
from sslviz.engine.observing.health_reporter import HealthReporter
from sslviz.engine.observing.latent_observers import LATENT
from sslviz.engine.observing.map_record import MapRecord
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.network_observers import NETWORK
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import HealthObserver, MapObserver, Observer, ReferenceLinesObserver
from sslviz.engine.observing.pretrained import PretrainedObserver
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run_log import Listener, LogError, RunLog
from sslviz.engine.training.setup import Setup
from sslviz.learning.io.picture_settings import LARGEST_SIDE

WAKE_S = 0.1
"""Maximum time in seconds until the observers run again after the end of a run; after a command they run at once."""


class Observation:
    """Observes one run: computes its health figures, maps and panel data between optimiser steps, and its final scores.

    It is the :class:`~sslviz.engine.training.training_loop.RunObserver` that the training loop calls.

    Args:
        setup: the run to observe.
        run_log: receives events and warnings.
        inbox: says which data the visible panels need, and whether the run is to stop.
        listener: receives the messages of the observers.
        maps: lays out the latent map; None for a run without a map.
        watched: whether there is a window. Without one, maps are made for the run folder only.
    """

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
        self._setup, self._run_log, self._inbox, self._listener = setup, run_log, inbox, listener
        self._maps, self._watched = maps, watched
        self._training = True
        self.evaluation = Evaluation(setup.trainer, setup.split, setup.modality, self._check)
        self._reporter = HealthReporter(setup, self.evaluation, run_log, listener, watched=watched)
        reporter, batch_size = self._reporter, setup.trainer.batch_size
        self._health_observer = HealthObserver(
            self.evaluation, reporter.report_and_diagnose, batch_size, watched=watched
        )
        self._lines_observer = ReferenceLinesObserver(self.evaluation, reporter.report, reporter.report_lines)
        self._pretrained_observer = PretrainedObserver(
            self.evaluation.pretrained, reporter.report_pretrained, whole=not setup.trainer.objective.trains
        )
        self._map_observer = MapObserver(self.evaluation.embeddings, maps, watched=watched) if maps else None
        self._scheduler = ObserverScheduler(self._observers(), listener, lambda: setup.trainer.step_number)

    def _observers(self) -> tuple[Observer, ...]:
        """Return all observers in the order in which they run."""
        evaluation = self.evaluation
        return (
            *([self._map_observer] if self._map_observer else []),
            self._lines_observer,
            self._health_observer,
            *([self._pretrained_observer] if self._watched else []),
            *(observer(self._setup, evaluation, self._listener) for observer in NETWORK),
            *(observer(evaluation.embeddings, self._listener) for observer in LATENT),
        )

    @property
    def map_status(self) -> str:
        """Text for the status bar about the process that lays out the map; empty if there is nothing to say."""
        return self._maps.status if self._maps else ""

    @property
    def busy(self) -> str:
        """Title of the observer that has been running for more than 0.5 s, or an empty string. Thread-safe."""
        return self._scheduler.busy

    def before_training(self) -> None:
        """Report the reference lines that are known before the first step.

        Also send a notice if all samples of the map are equal, or if the map has fewer samples than the settings ask
        for because the network is large. If there is a window and the run has a map, also send the samples of the map,
        and request the map of the untrained network.
        """
        self._warn_of_samples()
        self._reporter.report_lines()
        if self._map_observer and self._maps:
            probe = self.evaluation.probe_message()
            self._maps.record = MapRecord(self._run_log.folder, probe)
            if self._watched:
                self._listener.send(probe)
                self._scheduler.run_if_due(self._map_observer, Watch(panel_data=("LatentMap",)))

    def inspect(self) -> None:
        """Request the map, and report the figures and reference lines of a run without steps, all of step 0.

        Before the figures, which take longest, the panels in view get their data.
        """
        self._listener.send(Progress(text="Encoding the samples"))
        if self._map_observer and self._maps and self._maps.requested_step is None:  # a window has requested it
            self._scheduler.run(self._map_observer, self._inbox.watch)
        if self._watched:
            self._scheduler.run_due(self._inbox.watch, idle=True)
        self._scheduler.run(self._lines_observer, self._inbox.watch)

    def between_steps(self, *, idle: bool = False) -> None:
        """Run the observers whose data have to be computed now; ``idle`` says that the run is paused."""
        self._scheduler.run_due(self._inbox.watch, idle=idle)

    def after_training(self) -> None:
        """Request the map of the last step, and send the last diagnosis; then run each observer when it is due.

        This goes on until the window is closed, which can therefore still ask for panel data when the run has ended.
        Without a window, this method returns after the request and the scores of a pretrained network. No map is
        requested if the run has requested none before, if the last request was already for this step, or if the window
        has been closed.
        """
        self._training = False
        with contextlib.suppress(Stopped):  # the window is gone
            self._request_last_map()
            with self._log_errors_told():
                self._conclude()
                self._compare_with_pretrained()
            while self._inbox.connected:
                with self._log_errors_told():
                    self._scheduler.run_due(self._inbox.watch, idle=True)
                self._inbox.wait_for_command(WAKE_S)

    def _request_last_map(self) -> None:
        step = self._setup.trainer.step_number
        if self._map_observer is None or self._maps is None or self._maps.requested_step is None:
            return
        if self._watched and not self._inbox.connected:
            return  # the engine is ending, and its reducer with it
        if self._maps.requested_step != step:
            self._scheduler.run(self._map_observer, self._inbox.watch)
        self._maps.keep_last(step)

    def _conclude(self) -> None:
        """Compute the health figures of the last step, and send the last diagnosis; only if there is a window."""
        if not (self._watched and self._inbox.connected):
            return
        step = self._setup.trainer.step_number
        try:
            if step and self._reporter.measured_step != step:
                self._scheduler.run(self._health_observer, self._inbox.watch)
        finally:  # a full disk does not keep it back
            self._reporter.conclude()

    def _compare_with_pretrained(self) -> None:
        """Report the reference lines of a pretrained network at the end of a run without a window, unless stopped."""
        if not self._watched and not self._inbox.stopping:
            scores = self.evaluation.pretrained.final(lambda: self._inbox.stopping)
            if scores is not None:
                self._reporter.report_pretrained(scores.lines())

    @contextlib.contextmanager
    def _log_errors_told(self) -> Iterator[None]:
        """Context manager that sends a LogError as a warning: after the end of a run, it ends nothing."""
        try:
            yield
        except LogError as error:
            self._listener.send(Notice(level="warning", text=str(error)))

    def settings_changed(self, values: Values, changes: tuple[SettingChange, ...]) -> None:
        """Report the reference lines again, since some depend on the settings, and tell the diagnosis of the change.

        Called when the user has changed settings during the run, before the first step with the new values. ``values``
        are the new values of all settings; ``changes`` are those that have changed.
        """
        self._reporter.settings_changed(values, changes)
        self._health_observer.hasten()

    def final_verdict(self) -> Verdict | None:
        """Return the verdict, such as "learning", on the network as it is after the last step.

        If no rule gives a verdict on it, return the last confirmed verdict, that is, the last one given by two
        measurements in a row. Return None if there is none either.
        """
        return self._reporter.final_verdict()

    def final_scores(self, patience_s: float | None) -> FinalScores | None:
        """Return the scores on all samples, or None if encoding these would probably take over ``patience_s`` seconds.

        Return None also if the time cannot be estimated, since nothing has been encoded yet. There is no limit if
        ``patience_s`` is None. The health figures are no substitute for these scores: they are computed on fewer
        samples, and with a smaller bank the k-NN accuracies are usually lower.
        """
        if patience_s is not None and not self.evaluation.final.cost_s <= patience_s:  # NaN if nothing was encoded yet
            return None
        return self.evaluation.final.compute()

    def _check(self) -> None:
        if self._inbox.stopping if self._training else self._watched and not self._inbox.connected:
            raise Stopped

    def _warn_of_samples(self) -> None:
        """Send notices about samples that keep the figures from being what they could be.

        All samples of the map are equal, a large network limits their number, or pictures of the user's own are smaller
        than the weights expect them, although the files are larger.
        """
        samples, probe = self.evaluation.samples, self.evaluation.samples.probe
        if samples.probe_is_constant:
            text = "All samples are the same: there is nothing to tell apart. Choose other data."
            self._listener.send(Notice(level="warning", text=text, key="data"))
        if samples.limited:
            wholes = f"{len(probe):,} of {len(samples.train):,} samples"
            wholes += f", {probe.segments:,} moments each" if probe.segments > 1 else ""
            text = f"This network is large for a CPU: map and figures take {wholes}. "
            text += "With a smaller network or a GPU they take more."
            self._listener.send(Notice(level="info", text=text, key="probe_samples"))
        found, expected = self._setup.split.found, self._setup.trainer.objective.expected_side
        if found is not None and expected is not None:
            side, best = probe.sample_shape[-1], min(expected, found.side, LARGEST_SIDE)
            if side < best:
                text = (
                    f"The encoder was trained on pictures of {expected} pixels a side, and yours are reduced to {side}."
                )
                text += f" Set the side to {best} to see what it can do."
                self._listener.send(Notice(level="info", text=text, key="side"))
