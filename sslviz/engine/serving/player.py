"""Shows a recorded run by the messages of a training: all that its folder tells, and what comes while it grows."""

from __future__ import annotations

import bisect
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sslviz.core.messages import Mark, Notice, Prepared, Progress, Pulse, References, State, Watch
from sslviz.core.panel_data import Health, Similarity, Spectrum
from sslviz.core.recorder_inputs import samples
from sslviz.core.recording import Recording, Snapshot, step_of
from sslviz.core.reference_lines import ReferenceLine, read_reference_line
from sslviz.core.run_folder import RunFolderError
from sslviz.engine.observing.diagnosis import QUERIES, Diagnoser, Reading
from sslviz.engine.observing.evaluation import Figures
from sslviz.engine.observing.latent_observers import LATENT
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import MapObserver, Observer
from sslviz.engine.observing.rate_limit import RateLimit
from sslviz.engine.observing.verdicts import diagnosis
from sslviz.engine.serving.recorded_embeddings import (
    MOST_CURVES,
    RecordedEmbeddings,
    RecordedSimilarity,
    figure_entries,
    own_figures,
)
from sslviz.engine.training.failures import details
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run_log import Listener, scalars

WAKE_S, READ_S, BLOCK = 0.1, 0.5, 20_000
"""how soon it does what a person asks, and sees what grew; steps told at once"""
MOST_READINGS = 60
"""snapshots of those already there whose figures are taken, evenly chosen; the newest is always among them"""
LAST = 20
"""steps whose mean loss is read"""


class Player:
    """Opens ``folder`` and follows it until it is told to stop."""

    def __init__(self, folder: Path, inbox: Inbox, listener: Listener, maps: MapService) -> None:
        self._folder, self._inbox, self._listener, self._maps = folder, inbox, listener, maps
        self._steps: list[int] = []
        self._losses: list[float] = []
        self._columns: dict[str, None] = {}
        self._seconds = 0.0
        self._slow: set[str] = set()
        self._told_lines: tuple[ReferenceLine, ...] = ()
        self._health_written = False
        self._paths: list[Path] = []
        """snapshots that can be seen"""
        self._met: set[Path] = set()
        self._viewed: Path | None = None
        self._prepared: Prepared | None = None
        self._embeddings: RecordedEmbeddings | None = None
        self._scheduler: ObserverScheduler | None = None
        self._damaged = 0
        self._curves_told = self._replaced_told = False

    def play(self) -> None:
        """Until the inbox says stop. A folder that is no run ends it with the reason."""
        self._listener.send(State(state="preparing"))
        try:
            self._recording = Recording(self._folder)
        except RunFolderError as error:
            self._listener.send(State(state="failed", text=str(error)))
            return
        self._values, self._device = self._recording.values(), _device(self._folder)
        self._diagnoser = Diagnoser(self._values, {})
        try:
            self._listener.send(Progress(text="Reading the run"))
            self._read()
            self._listener.send(State(state="recorded", step=self.step))
            reading = RateLimit(READ_S, 1.0, later=True)
            while not self._inbox.stopping:
                if reading.due:
                    with reading.measure():
                        self._read()
                self._look()
                self._inbox.wait(WAKE_S)
        except Exception as error:
            text = f"{self._folder} cannot be shown: {error}"
            self._listener.send(State(state="failed", text=text, details=details(error)))

    @property
    def step(self) -> int:
        """The last that is known."""
        snapshot = self._embeddings.step if self._embeddings is not None else 0
        return max(self._steps[-1] if self._steps else 0, snapshot)

    def pulse(self, skipped: int) -> Pulse | None:
        """How things stand; from any thread."""
        if self._prepared is None:
            return None
        return Pulse(
            step=self.step,
            epoch=0.0,
            wall_time_s=self._seconds,
            samples_per_second=0.0,
            skipped=skipped,
            map_status=self._maps.status,
        )

    # ------------------------------------------------------------------ what the folder tells

    def _read(self) -> None:
        """All that is new."""
        self._take_records(self._recording.new_metrics())
        events = self._recording.new_events()
        paths = [path for path in self._recording.snapshot_paths() if path not in self._met]
        later = self._recording.samples_are_new() and self._embeddings is not None
        new = (later or self._embeddings is None) and self._meet([*self._paths, *paths])
        if new or self._prepared is None:
            self._prepare()
        if new and self._embeddings is not None:
            self._listener.send(self._embeddings.probe)
        self._take_events(events)
        self._take_snapshots(paths)
        self._prepare()
        self._tell_left_out()
        self._tell_damage()

    def _take_records(self, records: list[dict[str, float]]) -> None:
        """Steps that follow on those before; a script may have begun again in between."""
        rising: list[dict[str, float]] = []
        for record in records:
            if not self._steps or record["step"] > self._steps[-1]:
                rising.append(record)
                self._steps.append(int(record["step"]))
                self._losses.append(record.get("loss", math.nan))
                self._columns.update(dict.fromkeys(record))
        for first in range(0, len(rising), BLOCK):
            self._listener.send(scalars(rising[first : first + BLOCK]))  # type: ignore[arg-type]
        if rising:
            self._seconds = rising[-1].get("wall_time_s", self._seconds)

    def _take_events(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            kind = event.get("event")
            try:
                if kind == "references":
                    records = msgspec.convert(event["lines"], tuple[dict[str, Any], ...])
                    self._tell_lines(tuple(read_reference_line(record) for record in records))
                elif kind == "change":
                    self._listener.send(msgspec.convert({"type": "Mark", **_without(event, "event")}, Mark))
                elif kind == "health":
                    step, told = int(event["step"]), _without(event, "event", "step")
                    figures = {key: float(value) for key, value in told.items() if key.isprintable()}
                    if not 0 <= step < 2**53:
                        raise ValueError("no step")
                    self._health_written = True
                    self._tell_figures(step, figures)
            except (KeyError, TypeError, ValueError, OverflowError, msgspec.ValidationError):
                self._recording.damaged += 1

    def _take_snapshots(self, paths: list[Path]) -> None:
        """Their figures are taken where the run did not write them down itself."""
        self._met |= set(paths)
        self._paths += paths
        if self._health_written or self._embeddings is None:
            return
        for path in sorted({*paths[:: max(1, len(paths) // MOST_READINGS)], *paths[-1:]}, key=step_of):
            if (snapshot := self._snapshot(path)) is not None:
                self._tell_figures(snapshot.step, self._embeddings.figures(snapshot))

    def _look(self) -> None:
        """Bring the snapshot that is asked for into view, and draw what is watched of it."""
        if self._embeddings is None or self._scheduler is None:
            return
        watch = self._inbox.watch
        while (path := self._wanted(watch)) is not None and path != self._viewed:
            if (snapshot := self._snapshot(path)) is not None:
                self._viewed, self._embeddings.now = path, snapshot
            else:
                self._paths.remove(path)
        self._scheduler.run_due(watch)

    def _wanted(self, watch: Watch) -> Path | None:
        """The snapshot that is asked for, the newest where it is none of those there are."""
        at = watch.snapshot if 0 < watch.snapshot <= len(self._paths) else len(self._paths)
        return self._paths[at - 1] if self._paths else None

    def _snapshot(self, path: Path) -> Snapshot | None:
        """One of them; None where it cannot be read, or is of other samples than the first."""
        found = self._recording.snapshot(path)
        return found if found is not None and self._fits(found) else None

    def _fits(self, snapshot: Snapshot) -> bool:
        assert self._embeddings is not None
        wanted = self._embeddings.probe.ids.shape[0]
        fits = len(snapshot.h) == wanted and (snapshot.z is None or snapshot.z.shape[1] == wanted)
        self._recording.damaged += not fits
        return fits

    def _meet(self, paths: list[Path]) -> bool:
        """Whether there is a first snapshot that can be read: it says what the map is of."""
        first = next(filter(None, map(self._recording.snapshot, paths)), None)
        if first is None:
            return False
        probe, count = self._recording.samples(), len(first.h)
        if probe is not None and probe.ids.shape[0] != count:
            self._recording.damaged += 1
            probe = None
        probe = probe or samples(count, None, None, None)
        temperature = self._values.get("temperature", math.nan)
        known = isinstance(temperature, int | float)
        embeddings = self._embeddings = RecordedEmbeddings(probe, first, float(temperature) if known else math.nan)
        observers: list[Observer] = [
            MapObserver(embeddings, self._maps),
            RecordedSimilarity(embeddings, self._listener),
        ]
        observers += [observer(embeddings, self._listener) for observer in LATENT]
        for observer in observers:
            observer.rate_limit = RateLimit(WAKE_S, 1.0)  # there is no training to wait for them
        self._scheduler = ObserverScheduler(observers, self._listener, lambda: embeddings.step)
        self._viewed = None
        return True

    # ------------------------------------------------------------------ what is told

    def _prepare(self) -> None:
        """Tell what the run is of, again where more of it is known."""
        labels = self._embeddings.labels if self._embeddings is not None else ()
        prepared = Prepared(
            values=self._values,
            folder=str(self._folder),
            device=self._device,
            samples=self._embeddings.probe.of if self._embeddings is not None else 0,
            steps_per_epoch=1,
            parameters=0,
            labels=labels,
            figures=figure_entries(labels, self._slow, list(self._columns)),
            panel_data=(Similarity.__name__, Spectrum.__name__) if self._embeddings is not None else (),
            snapshots=len(self._paths),
        )
        if prepared != self._prepared:
            self._prepared = prepared
            self._listener.send(prepared)

    def _tell_figures(self, step: int, figures: Figures) -> None:
        self._slow |= figures.keys()
        self._listener.send(Health(step=step, figures=figures))
        if self._embeddings is not None and not self._health_written:
            self._tell_lines(())
        if step:
            queries = QUERIES if self._embeddings is None or self._health_written else self._embeddings.queries
            reading = Reading(step, self._loss_at(step), figures, queries)
            verdict = self._diagnoser.take(reading, self._told_lines)
            found = diagnosis(verdict, self._diagnoser.case)
            self._listener.send(msgspec.structs.replace(found, changes={}))  # there is nothing to change any more

    def _tell_lines(self, lines: tuple[ReferenceLine, ...]) -> None:
        """Those that were written, and what the first snapshot adds to them."""
        lines = lines or self._told_lines
        if (
            self._embeddings is not None
            and not self._health_written
            and not any(line.curve != "loss" for line in lines)
        ):
            lines += self._embeddings.lines()
        if lines != self._told_lines:
            self._told_lines = lines
            self._listener.send(References(lines=lines))

    def _loss_at(self, step: int) -> float:
        last = bisect.bisect_right(self._steps, step)
        known = np.array(self._losses[max(0, last - LAST) : last])
        known = known[np.isfinite(known)]
        return float(known.mean()) if len(known) else math.nan

    def _tell_left_out(self) -> None:
        """Once there are more figures than can be seen at once."""
        own = own_figures(list(self._columns))
        if len(own) > MOST_CURVES and not self._curves_told:
            self._curves_told = True
            text = f"This run has {len(own)} figures of its own: the first {MOST_CURVES} of them are shown."
            self._listener.send(Notice(level="info", text=text))

    def _tell_damage(self) -> None:
        if self._recording.replaced and not self._replaced_told:
            self._replaced_told = True
            text = f"The files in {self._folder} are others now: open it again to see the new run."
            self._listener.send(Notice(level="warning", text=text))
        damaged = self._recording.damaged
        if damaged > self._damaged:
            some = "1 line or file" if damaged == 1 else f"{damaged:,} lines or files"
            text = f"{some} of this run cannot be read and {'is' if damaged == 1 else 'are'} left out."
            self._listener.send(Notice(level="warning", text=text))
        self._damaged = damaged


def _without(event: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in keys}


def _device(folder: Path) -> str:
    """Where it was trained, empty where that is not known."""
    try:
        found = json.loads((folder / "environment.json").read_text("utf-8"))["device"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(found)
