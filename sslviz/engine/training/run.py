"""One run from its settings to its final state; used by headless runs and by the engine of a window."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from sslviz.core.entries import Catalogue
from sslviz.core.found import Found
from sslviz.core.log import logger
from sslviz.core.messages import Notice, Progress, Pulse, RunState, State
from sslviz.core.plug_ins import files_of
from sslviz.core.process_identity import this_process
from sslviz.core.run_folder import RunFolder, RunFolderError, check_new_run
from sslviz.core.settings import SettingError, Values
from sslviz.core.suited import SuitedSetting
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.environment import environment
from sslviz.engine.training.failures import Stopped, details, sentence
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run_log import Listener, LogError, RunLog
from sslviz.engine.training.saving import (
    SaveProgress,
    SaveStalledError,
    device_stalled,
    disk_stalled,
    save_while_progressing,
)
from sslviz.engine.training.setup import Setup, set_up
from sslviz.engine.training.training_loop import RunObserver, TrainingLoop

SAVING = "Saving the run"
"""Text of the progress while a run is saved."""


@dataclass(frozen=True)
class Plan:
    """The settings, the folder and the length of a run.

    Attributes:
        values: values of some settings; all other settings have their defaults.
        folder: path of the run folder to be created.
        steps: number of steps after which the run ends; None for no limit.
        seconds: training time after which the run ends; None for no limit. If there are two limits, the run ends at
            the one that is reached first.
        numbered: what to do if ``folder`` already holds a run: True to create a folder whose name has a number
            appended, False to refuse the new run.
        suited: those of the values that follow from what was found in the data; they are written to the run folder.
    """

    values: Values
    folder: Path
    steps: int | None = None
    seconds: float | None = None
    numbered: bool = False
    suited: tuple[SuitedSetting, ...] = ()


class Run:
    """Prepares, trains and saves one run. Call :meth:`execute` once.

    Args:
        plan: settings, folder and length of the run.
        catalogue: all available settings, objectives and data sets.
        data_cache: loads the data.
        inbox: holds the commands that control the run.
        listener: receives all messages of the run.
        observe: called when the run has been set up; returns the object that computes panel data, figures and maps
            between the steps of this run.
    """

    def __init__(
        self,
        plan: Plan,
        catalogue: Catalogue,
        data_cache: DataCache,
        inbox: Inbox,
        listener: Listener,
        observe: Callable[[Setup, RunLog], RunObserver],
    ) -> None:
        self.plan = plan
        self.setup: Setup | None = None
        self.refused = False
        """Whether the run was refused before its start, because of a setting or the run folder."""
        self.ended: State | None = None
        """The final state; None until the run has ended."""
        self._catalogue, self._data_cache, self._inbox, self._listener = catalogue, data_cache, inbox, listener
        self._observe = observe
        self._loop: TrainingLoop | None = None
        self._run_log: RunLog | None = None
        self._last_progress: Progress | None = None
        self._closing = threading.Lock()
        self._writable = True
        """False once saving has been given up: any further access to the run folder might not return."""

    @property
    def step(self) -> int:
        """Number of steps done."""
        return self._loop.step if self._loop else 0

    @property
    def seconds(self) -> float:
        """Training time in seconds, from the start of the first step to the end of the last step, without pauses."""
        return self._loop.seconds if self._loop else 0.0

    @property
    def folder(self) -> Path:
        """The run folder; before the set-up, the folder in the plan."""
        return self._run_log.folder.path if self._run_log else self.plan.folder

    @property
    def values(self) -> Values:
        """The values of the settings now.

        Before the set-up these are the values in the plan, afterwards the values of all settings, including live
        changes.
        """
        if self._loop:
            return self._loop.values
        return self.setup.values if self.setup else self.plan.values

    def execute(self) -> State:
        """Prepare, train and save the run; return its final state.

        The final state is also sent to the listener as soon as the run is saved, exactly once, even after an error. If
        the run has a window, the method does not return then, but goes on computing the panel data that the window
        requests, until the window ends. It does return then if the set-up has failed, or if saving was given up.
        """
        try:
            ended = self._train()
            if self._loop is not None and self._writable:
                self._loop.observer.after_training()
            return ended
        finally:
            self._close_log()

    def _train(self) -> State:
        ended = State(state="failed", text="The run was broken off. Start it again.")
        try:
            ended = self._end_state(self._prepare().run())
        except Stopped:
            ended = self._end_state("stopped")
        except Exception as error:
            self.refused = self.setup is None and isinstance(error, SettingError | RunFolderError)
            text = sentence(error, self.values, self.step)
            ended = State(state="failed", step=self.step, text=text, details=details(error))
        finally:
            ended = self._close(ended)
        return ended

    def _close_log(self) -> None:
        if self._run_log is not None and self._writable:
            with contextlib.suppress(LogError):
                self._run_log.close()

    def _prepare(self) -> TrainingLoop:
        """Set the run up, have what is known before the first step sent, and return the training loop."""
        self._listener.send(State(state="preparing"))
        plan = self.plan
        check_new_run(plan.folder.parent if plan.numbered else plan.folder)
        setup = set_up(self._catalogue, plan.values, self._data_cache, self._report_progress, look_again=True)
        run_log = self._run_log = self._create_folder(setup)
        self.setup = setup
        run_log.event("process", **this_process())
        self._listener.send(setup.message(str(run_log.folder.path), plan.suited))
        placement = setup.trainer.placement
        if placement.fallback:
            instead = f"Training runs on the {placement.device.type.upper()} instead."
            text = f"{placement.fallback} {instead} sslviz doctor --self-test tries each device."
            self._listener.send(Notice(level="warning", text=text, key="device"))
        if (found := setup.split.found) is not None:
            self._say(found)
        logger("engine").info("A run on %s, in %s. %s", placement.title, self.folder, placement.fallback)
        observer = self._observe(setup, run_log)
        limits = (plan.steps, plan.seconds)
        self._loop = TrainingLoop(setup, run_log, observer, self._inbox, self._listener, *limits)
        observer.before_training()
        return self._loop

    def _say(self, found: Found) -> None:
        """Say which of the user's data are not used: those that cannot be read, and those that are left out."""
        if found.unreadable:
            self._listener.send(Notice(level="warning", text=found.unreadable_text(), key="path"))
        if found.left_out or found.unknown:
            text = found.left_out_text()
            self._listener.send(Notice(level="warning" if found.unknown else "info", text=text, key="leave_out"))

    def _create_folder(self, setup: Setup) -> RunLog:
        """Create the run folder, and return the log that writes to it."""
        create = RunFolder.create_numbered if self.plan.numbered else RunFolder.create
        folder = create(self.plan.folder, setup.values, environment(setup.trainer.placement))
        folder.save_sources(files_of("engine"))
        folder.save_suited(self.plan.suited)
        return RunLog(folder, self._listener)

    def _report_progress(self, text: str, fraction: float | None) -> None:
        """Send the progress of the preparation if it has changed, or raise Stopped if the user has stopped the run."""
        if self._inbox.stopping:
            raise Stopped
        self._send_progress(Progress(text=text, fraction=fraction))

    def _send_progress(self, progress: Progress) -> None:
        """Send the progress if it has changed."""
        if progress != self._last_progress:
            self._last_progress = progress
            self._listener.send(progress)

    def abandon(self) -> State:
        """Save the run without the step that is being computed; called from another thread than :meth:`execute`.

        Returns the final state of the run, which is also sent to the listener unless it was sent before.
        """
        return self._close(self._end_state("stopped"))

    def _close(self, ended: State) -> State:
        """Save the run with the final state ``ended``, send the final state to the listener, and return it.

        If saving fails, the final state is not ``ended`` but "failed". Later calls save and send nothing, and return
        the final state of the first call. Thread-safe.
        """
        with self._closing:
            if self.ended is None:
                if self._loop:
                    self._loop.clock.pause()
                if self.setup:
                    self.setup.trainer.split.close()
                self.ended = self._save(ended)
                self._listener.send(self.ended)
            return self.ended

    def _save(self, ended: State) -> State:
        """Save the checkpoint and the final state ``ended``, and return ``ended``.

        If saving fails or makes no progress for a minute, the state "failed" is returned instead. If the run was not
        set up yet, nothing is saved.
        """
        if self._run_log is None or self.setup is None:
            return ended
        setup, run_log = self.setup, self._run_log
        try:
            write = partial(self._write, setup, run_log, ended)
            step = save_while_progressing(write, device_stalled(setup.trainer.placement.title))
        except Exception as error:
            self._writable = not isinstance(error, SaveStalledError)
            texts = [ended.text] if ended.state == "failed" else []
            texts += [text for text in [sentence(error, self.values, self.step)] if text not in texts]
            text, why = " ".join(texts), ended.details or details(error)
            return State(state="failed", step=self.step, text=text, details=why, saved=False)
        logger("engine").info("%s Saved in %s.", ended.text, self.folder)
        return msgspec.structs.replace(ended, step=step, saved=True)

    def _write(self, setup: Setup, run_log: RunLog, ended: State, progress: SaveProgress) -> int:
        """Write the checkpoint and the final state, and return the step of the checkpoint; raises if writing fails."""
        self._send_progress(Progress(text=SAVING))
        try:
            step, data = setup.trainer.checkpoint(progress.note_part)
            progress.begin(disk_stalled(self.folder))

            def report(written: int) -> None:
                progress.note_part()
                self._send_progress(Progress(text=SAVING, fraction=written / len(data)))

            run_log.save("final", step, data, report)
            progress.note_part()
            facts = {"state": ended.state, "step": step, "wall_time_s": self.seconds, "text": ended.text}
            run_log.event("state", **facts, **({"details": ended.details} if ended.details else {}))
            return step
        finally:
            with contextlib.suppress(LogError):
                run_log.sync()

    def _end_state(self, state: RunState) -> State:
        word = "Finished" if state == "finished" else "Stopped"
        trains = self.setup is None or self.setup.trainer.objective.trains
        when = f"at step {self.step:,}" if self.step else "before the first step" if trains else "without training"
        return State(state=state, step=self.step, text=f"{word} {when}.")

    def pulse(self, skipped: int) -> Pulse | None:
        """Return the Pulse message: step, epoch, training time, speed, and the computation that is in progress.

        Return None if the run is not set up yet. Thread-safe.

        Args:
            skipped: number of panel data messages dropped so far because the window read too slowly; it is put into
                the message.
        """
        setup, loop = self.setup, self._loop
        if setup is None:
            return None
        return Pulse(
            step=self.step,
            epoch=setup.trainer.epoch,
            wall_time_s=loop.clock.seconds if loop else 0.0,
            samples_per_second=loop.speed.samples_per_second if loop else 0.0,
            samples=len(setup.trainer.split.train),
            skipped=skipped,
            map_status=loop.observer.map_status if loop else "",
            busy=loop.observer.busy if loop else "",
        )
