"""One run from its settings to its final state, for a headless engine and for a window alike."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sslviz.core.entries import Catalogue
from sslviz.core.log import logger
from sslviz.core.messages import Progress, Pulse, RunState, State
from sslviz.core.run_folder import RunFolderError
from sslviz.core.settings import SettingError, Values
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.failures import Stopped, details, sentence
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run_log import Listener, LogError, RunLog
from sslviz.engine.training.setup import Setup, set_up
from sslviz.engine.training.training_loop import RunObserver, TrainingLoop


@dataclass(frozen=True)
class Plan:
    """What a run is to do.

    Attributes:
        values: values of settings; all others have their defaults.
        folder: where the run folder is created.
        steps: number of steps to train; None for no limit.
        seconds: time to train; None for no limit.
    """

    values: Values
    folder: Path
    steps: int | None = None
    seconds: float | None = None


class Run:
    """Prepares, trains and saves one run. Call :meth:`execute` once.

    Args:
        plan: what to do.
        catalogue: the settings, objectives and data sets that there are.
        data_cache: loads the data.
        inbox: through which the run is controlled.
        listener: receives all messages of the run.
        observe: returns the observer of a run that is set up.
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
        """Whether the plan cannot be carried out at all, in contrast to a run that fails."""
        self.ended: State | None = None
        """The final state, once the run has ended."""
        self._catalogue, self._data_cache, self._inbox, self._listener = catalogue, data_cache, inbox, listener
        self._observe = observe
        self._loop: TrainingLoop | None = None
        self._run_log: RunLog | None = None
        self._last_progress: Progress | None = None
        self._closing = threading.Lock()

    @property
    def step(self) -> int:
        """Number of steps done."""
        return self._loop.step if self._loop else 0

    @property
    def seconds(self) -> float:
        """Time from the start of the first step to the end of the last, without pauses."""
        return self._loop.seconds if self._loop else 0.0

    @property
    def values(self) -> Values:
        """Values of the settings: those of the plan at first, then all, with live changes."""
        if self._loop:
            return self._loop.values
        return self.setup.values if self.setup else self.plan.values

    def execute(self) -> State:
        """Run, and return the final state, which is sent exactly once, whatever happens."""
        ended = State(state="failed", text="The run was broken off.")
        try:
            ended = self._end_state(self._prepare().run())
        except Stopped:
            ended = self._end_state("stopped")
        except Exception as error:
            self.refused = self.setup is None and isinstance(error, SettingError | RunFolderError)
            text = sentence(error, self.values, self.step)
            ended = State(state="failed", step=self.step, text=text, details=details(error))
        finally:
            ended = self.close(ended)
        return ended

    def _prepare(self) -> TrainingLoop:
        """Set the run up, observe the untrained network, and return the training loop."""
        self._listener.send(State(state="preparing"))
        setup = set_up(self._catalogue, self.plan.values, self.plan.folder, self._data_cache, self._report_progress)
        self.setup, run_log = setup, RunLog(setup.folder, self._listener)
        self._run_log = run_log
        self._listener.send(setup.message())
        logger("engine").info("A run on %s, in %s.", setup.trainer.placement.title, self.plan.folder)
        observer = self._observe(setup, run_log)
        limits = (self.plan.steps, self.plan.seconds)
        self._loop = TrainingLoop(setup, run_log, observer, self._inbox, self._listener, *limits)
        observer.before_training()
        return self._loop

    def _report_progress(self, text: str, fraction: float | None) -> None:
        """Send the progress of the preparation, unless it has not changed. Raises Stopped."""
        if self._inbox.stopping:
            raise Stopped
        progress = Progress(text=text, fraction=fraction)
        if progress != self._last_progress:
            self._last_progress = progress
            self._listener.send(progress)

    def close(self, ended: State) -> State:
        """Save the run, send its final state and return it. Thread-safe; only the first call has an effect."""
        with self._closing:
            if self.ended is None:
                if self._loop:
                    self._loop.clock.pause()
                self.ended = self._save(ended)
                self._listener.send(self.ended)
            return self.ended

    def _save(self, ended: State) -> State:
        """Save the checkpoint and the final state; return that state, or a failure to save it."""
        if self._run_log is None or self.setup is None:
            return ended
        try:
            step, data = self.setup.trainer.checkpoint()
            self._run_log.save("final", step, data)
            facts = {"state": ended.state, "step": step, "wall_time_s": self.seconds, "text": ended.text}
            self._run_log.event("state", **facts, **({"details": ended.details} if ended.details else {}))
            logger("engine").info("%s Saved in %s.", ended.text, self.plan.folder)
        except Exception as error:
            texts = [ended.text] if ended.state == "failed" else []
            texts += [text for text in [sentence(error, self.values, self.step)] if text not in texts]
            return State(state="failed", step=self.step, text=" ".join(texts), details=ended.details or details(error))
        finally:
            with contextlib.suppress(LogError):
                self._run_log.close()
        return msgspec.structs.replace(ended, step=step)

    def _end_state(self, state: RunState) -> State:
        word = "Finished" if state == "finished" else "Stopped"
        when = f"at step {self.step:,}" if self.step else "before the first step"
        return State(state=state, step=self.step, text=f"{word} {when}.")

    def pulse(self, skipped: int) -> Pulse | None:
        """Return the progress of the training, or None before and after it. Thread-safe.

        Args:
            skipped: number of messages that were left out because the window was too slow.
        """
        setup, loop = self.setup, self._loop
        if setup is None or self.ended is not None:
            return None
        return Pulse(
            step=self.step,
            epoch=setup.trainer.epoch,
            wall_time_s=loop.clock.seconds if loop else 0.0,
            samples_per_second=loop.speed.samples_per_second if loop else 0.0,
            skipped=skipped,
            map_status=loop.observer.map_status if loop else "",
            busy=loop.observer.busy if loop else "",
        )
