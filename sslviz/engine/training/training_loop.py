"""The training loop of one run: optimiser steps, live settings, and calls of the observers between the steps."""

from __future__ import annotations

from typing import Protocol

from sslviz.core.messages import Mark, Notice, Progress, RunState, State
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Values
from sslviz.core.startup_timing import reached
from sslviz.core.timing import part, step_done
from sslviz.engine.training.clock import RunClock, Speed
from sslviz.engine.training.divergence import Divergence
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.live_changes import check_changes
from sslviz.engine.training.run_log import Listener, RunLog
from sslviz.engine.training.setup import Setup

PAUSED_WAKE_S = 0.1
"""Maximum interval in seconds at which the observer of a paused run is called; a command wakes it earlier."""


class RunObserver(Protocol):
    """Runs the observers of one run between its steps; they compute panel data, health figures and maps."""

    @property
    def map_status(self) -> str:
        """Status of the map for the status bar; an empty string if there is nothing to report."""

    @property
    def busy(self) -> str:
        """Title of the current computation if it has taken more than 0.5 s, else an empty string. Thread-safe."""

    def before_training(self) -> None:
        """Send what is known before the first step: some reference lines and, with a window, the samples of the map.

        With a window, also request the map of the untrained network.
        """

    def inspect(self) -> None:
        """Compute map and figures of the network of a run without steps."""

    def between_steps(self, *, idle: bool = False) -> None:
        """Run every observer whose data are needed, unless its last run was too recent.

        Called after every step but one that ends the run at a limit, and about every 0.1 s while the run is paused.
        ``idle`` is True while the run is paused: the computations may then take any share of the time, since they do
        not slow down the training.
        """

    def after_training(self) -> None:
        """Compute map and diagnosis of the last step, and then, until the window ends, the panel data that it requests.

        Without a window, return without waiting for requests. Called after the final state of the run was reported.
        """

    def settings_changed(self, values: Values, changes: tuple[SettingChange, ...]) -> None:
        """Use ``values``, the new values of all settings, from now on; ``changes`` are those that have changed."""


class TrainingLoop:
    """Trains until a limit is reached or the run is stopped.

    Args:
        setup: the run to train.
        run_log: receives the record of every step, and events.
        observer: called between the steps; runs all observers of the run.
        inbox: holds the commands of the user.
        listener: receives state changes, marks and notices.
        max_steps: number of steps after which the run is finished; None for no limit.
        max_seconds: training time after which the run is finished; None for no limit.
    """

    def __init__(
        self,
        setup: Setup,
        run_log: RunLog,
        observer: RunObserver,
        inbox: Inbox,
        listener: Listener,
        max_steps: int | None,
        max_seconds: float | None,
    ) -> None:
        self.observer, self.values = observer, setup.values
        self.step = 0
        """Number of steps done."""
        self.seconds = 0.0
        """Time in seconds from the start of the first step to the end of the last, without pauses."""
        self.clock, self.speed = RunClock(), Speed(setup.trainer.batch_size)
        self._setup, self._run_log, self._inbox, self._listener = setup, run_log, inbox, listener
        self._max_steps, self._max_seconds = max_steps, max_seconds
        self._divergence = Divergence()
        self._reported_state: tuple[str, int] | None = None

    def run(self) -> RunState:
        """Train and return "finished" if a limit was reached, "stopped" if the run was told to stop.

        A run in which there is nothing to train is finished at once.
        """
        if not self._setup.trainer.objective.trains:
            self.observer.inspect()
            return "finished"
        while (permit := self._inbox.permit()) != "stop":
            if permit == "wait":
                self._pause()
                continue
            if permit == "go":
                self._report_state("training")
            self._train_step()
            if self._limit_reached():
                return "finished"
            self.observer.between_steps()
        return "stopped"

    def _train_step(self) -> None:
        self._widen()
        self.clock.run()
        self._apply_changes()
        record = self._setup.trainer.step()
        self.step, self.seconds = self._setup.trainer.step_number, self.clock.seconds
        self.speed.update(self.seconds, self.step)
        with part("records"):
            self._run_log.add({"step": self.step, "wall_time_s": self.seconds, **record})
        self._warn(self._divergence.check(self.step, record["loss"]))
        step_done(self.step)
        if self.step == 1:
            reached("the first step is done")

    def _widen(self) -> None:
        """Draw the next batch from more samples if there are from this step on; wait until they have been read.

        The waiting is no training time. Raises Stopped if the run is stopped meanwhile.
        """
        trainer, step = self._setup.trainer, self.step + 1
        while (wider := trainer.split.wider) is not None and wider.from_step <= step:
            self.clock.pause()
            before, split = trainer.split, wider.load(self._report_waiting)
            trainer.widen(split, step)
            facts = {"samples": len(split.train), "held_out": len(split.held_out), "unreadable": len(split.unreadable)}
            self._run_log.event("samples", step=step, wall_time_s=self.clock.seconds, **facts)
            self._listener.send(State(state="training", step=self.step))  # ends the progress
            if split.found is not None and len(split.unreadable) > len(before.unreadable):
                self._listener.send(Notice(level="warning", text=split.found.unreadable_text(), key="path"))

    def _report_waiting(self, text: str, fraction: float | None) -> None:
        if self._inbox.stopping:
            raise Stopped
        self._listener.send(Progress(text=text, fraction=fraction))

    def _warn(self, text: str) -> None:
        if text:
            self._run_log.event("warning", step=self.step, text=text)
            self._listener.send(Notice(level="warning", text=text))

    def _pause(self) -> None:
        """Stop the clock and run observers, then wait for a command, at most 0.1 s. Called repeatedly in a pause."""
        self.clock.pause()
        self._report_state("paused")
        self.observer.between_steps(idle=True)
        self._inbox.wait(PAUSED_WAKE_S)

    def _limit_reached(self) -> bool:
        steps, seconds = self._max_steps, self._max_seconds
        return (steps is not None and self.step >= steps) or (seconds is not None and self.seconds >= seconds)

    def _apply_changes(self) -> None:
        """Apply the changes of live settings that the user has made since the last step."""
        wanted = self._inbox.changes()
        changes = check_changes(self._setup.settings, self.values, wanted, self._listener.send)
        if changes:
            self.values = {**self.values, **{change.key: change.after for change in changes}}
            self._setup.trainer.configure(self.values)
            self._divergence.reset()
            self._report_changes(changes)
            self.observer.settings_changed(self.values, changes)

    def _report_changes(self, changes: tuple[SettingChange, ...]) -> None:
        """Write the changes into the run folder, and send a mark for the curves.

        The mark is at the next step, which is the first with the new values.
        """
        step, seconds, settings = self.step + 1, self.clock.seconds, self._setup.settings
        reasons = self._setup.trainer.objective.loss_depends_on
        effective = [change.key for change in changes if settings[change.key].has_effect(self.values)]
        warning = " ".join(reasons[key] for key in effective if key in reasons)
        mark = Mark(step=step, wall_time_s=seconds, changes=changes, warning=warning)
        values = {change.key: (change.before, change.after) for change in changes}
        self._run_log.event("change", step=step, wall_time_s=seconds, changes=values, text=mark.text)
        self._listener.send(mark)

    def _report_state(self, state: RunState) -> None:
        """Write and send the state of the run and all collected records, but only when the state has changed.

        The state "training" is reported when the training begins or continues after a pause. The state "paused" is
        reported when the pause begins, and again after each single step that the user requests during the pause.
        """
        reported = (state, self.step if state == "paused" else 0)
        if reported != self._reported_state:
            self._reported_state = reported
            self._run_log.event("state", state=state, step=self.step, wall_time_s=self.clock.seconds)
            self._listener.send(State(state=state, step=self.step))
