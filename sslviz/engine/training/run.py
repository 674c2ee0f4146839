"""One run from its settings to its one terminal state: the loop that headless and served runs share."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from sslviz.core.entries import Catalogue
from sslviz.core.log import logger
from sslviz.core.messages import Mark, Notice, Progress, Pulse, RunState, State
from sslviz.core.run_folder import RunFolderError
from sslviz.core.settings import SettingError, Values
from sslviz.core.startup_timing import reached
from sslviz.core.timing import part, step_done
from sslviz.engine.training.clock import RunClock, Speed
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.divergence import Divergence
from sslviz.engine.training.failures import Stopped, details, sentence
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.live_changes import SettingChanges, check_changes, describe_changes
from sslviz.engine.training.run_log import Listener, LogError, RunLog
from sslviz.engine.training.setup import Setup, set_up

PAUSED_WAKE_S = 0.1


@dataclass(frozen=True)
class Plan:
    """What to do: ``values`` as given, the rest are defaults; without a limit it trains until it is stopped."""

    values: Values
    folder: Path
    steps: int | None = None
    seconds: float | None = None


class RunObserver(Protocol):
    """Looks at the training between steps: panel data and diagnostics, rate-limited."""

    @property
    def map_status(self) -> str:
        """A few words on the map, empty where there is nothing to say."""

    @property
    def busy(self) -> str:
        """What has taken long by now, empty where nothing does."""

    def before_training(self) -> None:
        """The network is untrained; look at it."""

    def between_steps(self) -> None:
        """A step is done, or the run is paused and there is time; look where it is due."""

    def settings_changed(self, values: Values) -> None:
        """Live settings have changed."""


class Run:
    """Give it commands through ``inbox``; it tells ``listener`` everything. :meth:`execute` it once."""

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
        self.step = 0
        self.values: Values = dict(plan.values)
        self.refused = False
        """whether what was asked for cannot be had at all, rather than went wrong"""
        self.seconds = 0.0
        """from the start of the first step to the end of the last, pauses left out"""
        self._catalogue, self._data_cache, self._inbox, self._listener = catalogue, data_cache, inbox, listener
        self._observe = observe
        self._observer: RunObserver | None = None
        self._run_log: RunLog | None = None
        self._clock, self._speed, self._divergence = RunClock(), Speed(1), Divergence()
        self._entered: tuple[str, int] | None = None
        self._last_progress: Progress | None = None
        self._closing = threading.Lock()
        self.ended: State | None = None

    def execute(self) -> State:
        """Prepare, train, save. Whatever happens, exactly one terminal state is told, and returned."""
        ended = State(state="failed", text="The run was broken off.")
        try:
            setup, run_log, observer = self._prepare()
            ended = self._train(setup, run_log, observer)
        except Stopped:
            ended = self._ending("stopped")
        except Exception as error:
            self.refused = self.setup is None and isinstance(error, SettingError | RunFolderError)
            text = sentence(error, self.values, self.step)
            ended = State(state="failed", step=self.step, text=text, details=details(error))
        finally:
            ended = self.close(ended)
        return ended

    def _prepare(self) -> tuple[Setup, RunLog, RunObserver]:
        self._listener.send(State(state="preparing"))
        setup = self.setup = set_up(
            self._catalogue, self.plan.values, self.plan.folder, self._data_cache, self._progress
        )
        run_log = self._run_log = RunLog(setup.folder, self._listener)
        self.values, self._speed = setup.values, Speed(setup.trainer.batch_size)
        self._listener.send(setup.facts())
        logger("engine").info("A run on %s, in %s.", setup.trainer.placement.title, self.plan.folder)
        observer = self._observer = self._observe(setup, run_log)
        observer.before_training()
        return setup, run_log, observer

    def _progress(self, text: str, fraction: float | None) -> None:
        if self._inbox.stopping:
            raise Stopped
        news = Progress(text=text, fraction=fraction)
        if news != self._last_progress:
            self._last_progress = news
            self._listener.send(news)

    # ----------------------------------------------------------------- the loop

    def _train(self, setup: Setup, run_log: RunLog, observer: RunObserver) -> State:
        while (permit := self._inbox.permit()) != "stop":
            if permit == "wait":
                self._stand_still(run_log, observer)
                continue
            if permit == "go":
                self._enter("training", run_log)
            self._one_step(setup, run_log, observer)
            if self._limit_reached():
                return self._ending("finished")
            observer.between_steps()
        return self._ending("stopped")

    def _one_step(self, setup: Setup, run_log: RunLog, observer: RunObserver) -> None:
        self._clock.run()
        self._apply_changes(setup, run_log, observer)
        record = setup.trainer.step()
        self.step, self.seconds = setup.trainer.step_number, self._clock.seconds
        self._speed.update(self.seconds, self.step)
        with part("records"):
            run_log.add({"step": self.step, "wall_time_s": self.seconds, **record})
        self._warn(self._divergence.judge(self.step, record["loss"]), run_log)
        step_done(self.step)
        if self.step == 1:
            reached("the first step is done")

    def _warn(self, text: str, run_log: RunLog) -> None:
        if text:
            run_log.event("warning", step=self.step, text=text)
            self._listener.send(Notice(level="warning", text=text))

    def _stand_still(self, run_log: RunLog, observer: RunObserver) -> None:
        self._clock.pause()
        self._enter("paused", run_log)
        observer.between_steps()
        self._inbox.wait(PAUSED_WAKE_S)

    def _limit_reached(self) -> bool:
        steps, seconds = self.plan.steps, self.plan.seconds
        return (steps is not None and self.step >= steps) or (seconds is not None and self.seconds >= seconds)

    def _apply_changes(self, setup: Setup, run_log: RunLog, observer: RunObserver) -> None:
        """The last word on every slider that moved since the step before."""
        wanted = self._inbox.changes()
        changes = check_changes(setup.settings, self.values, wanted, self._listener.send) if wanted else {}
        if changes:
            self.values = {**self.values, **{key: after for key, (_, after) in changes.items()}}
            setup.trainer.configure(self.values)
            self._divergence.begin_anew()
            self._tell_changes(setup, run_log, changes)
            observer.settings_changed(self.values)

    def _tell_changes(self, setup: Setup, run_log: RunLog, changes: SettingChanges) -> None:
        step, seconds, text = self.step + 1, self._clock.seconds, describe_changes(setup.settings, changes)
        warning = " ".join(filter(None, (setup.trainer.objective.not_comparable(key) for key in changes)))
        run_log.event("change", step=step, wall_time_s=seconds, changes=changes, text=text)
        self._listener.send(Mark(step=step, wall_time_s=seconds, changes=changes, text=text, warning=warning))

    def _enter(self, state: RunState, run_log: RunLog) -> None:
        """Tell a new state, after the figures of the steps before it."""
        entered = (state, self.step if state == "paused" else 0)
        if entered != self._entered:
            self._entered = entered
            run_log.event("state", state=state, step=self.step, wall_time_s=self._clock.seconds)
            self._listener.send(State(state=state, step=self.step))

    # ----------------------------------------------------------------- how it ends, and how far it is

    def close(self, ended: State) -> State:
        """Save and tell the terminal state: the first call counts, from whichever thread it comes."""
        with self._closing:
            if self.ended is None:
                self._clock.pause()
                self.ended = self._saved(ended)
                self._listener.send(self.ended)
            return self.ended

    def _saved(self, ended: State) -> State:
        """``ended``, or what went wrong while it was written down."""
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

    def _ending(self, state: RunState) -> State:
        word = "Finished" if state == "finished" else "Stopped"
        when = f"at step {self.step:,}" if self.step else "before the first step"
        return State(state=state, step=self.step, text=f"{word} {when}.")

    def pulse(self, skipped: int) -> Pulse | None:
        """How far it is; from any thread."""
        if self.setup is None or self.ended is not None:
            return None
        return Pulse(
            step=self.step,
            epoch=self.setup.trainer.epoch,
            wall_time_s=self._clock.seconds,
            samples_per_second=self._speed.samples_per_second,
            skipped=skipped,
            map_status=self._observer.map_status if self._observer else "",
            busy=self._observer.busy if self._observer else "",
        )
