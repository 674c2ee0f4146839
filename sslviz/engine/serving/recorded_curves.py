"""Sends the metrics, events, health figures and diagnosis of a recorded run as messages.

Metrics are the values that a run recorded at each step in metrics.jsonl, such as the loss. Events are the records in
events.jsonl, such as changes of settings. Health figures are evaluations of the embeddings, such as k-NN accuracy and
effective rank.
"""

from __future__ import annotations

import bisect
import math
from array import array
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from sslviz.core.entries import SCRIPT, FigureEntry, LabelEntry
from sslviz.core.log import FirstOccurrences
from sslviz.core.messages import Mark, Notice, References, Verdict
from sslviz.core.panel_data import Health
from sslviz.core.recording import ENDED, Snapshot
from sslviz.core.reference_lines import ReferenceLine, read_reference_line
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, Value, Values
from sslviz.engine.observing.diagnosis import Diagnoser
from sslviz.engine.observing.diagnosis_case import ENTROPY, PROTOTYPES, QUERIES, STDS, Reading
from sslviz.engine.observing.health import Figures
from sslviz.engine.observing.verdict_texts import diagnosis
from sslviz.engine.serving.outbox import MAX_FIGURES
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.training.figures import (
    GRADIENT,
    OF_EMBEDDINGS,
    is_health_figure,
    knn_entries,
)
from sslviz.engine.training.run_log import Listener, Record, scalars

TERMS = (ENTROPY, PROTOTYPES, *STDS)
"""Loss terms that the diagnosis reads, if the run has recorded reference lines of them."""
LOSS_STEPS = 20
"""Number of steps over which the loss is averaged for the diagnosis."""
MAX_OWN_CURVES = 6
"""Maximum number of curves of a recorded run besides the loss, the gradient norm and the health figures.

They show figures of a script's own, or figures of the objective if sslviz has trained the run."""
COMMON = frozenset({"step", "loss", "wall_time_s", "epoch"})
"""Columns of the metrics whose meaning is the same in all runs; they are not counted as figures of a script's own."""
ALWAYS_SHOWN = ("loss", "top1", GRADIENT.key)
"""Columns of the metrics that are always sent to the window if they are recorded."""
MAX_STEP = 2**53
"""Exclusive upper bound of a step: float64 represents all smaller integers exactly."""
UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, msgspec.ValidationError)
"""Exceptions that may be raised while an event of unknown origin is read."""


class RecordedCurves:
    """Sends the curves of a recorded run, and diagnoses the run.

    The curves show metrics and health figures (such as k-NN accuracy), with reference lines, and with marks where
    settings were changed. If the run recorded no health figures, they are computed from its snapshots.

    Args:
        listener: receives the messages.
        values: values of the run's settings.
        settings: the declarations of the run's settings, by key; none of a run that sslviz has not trained.
    """

    def __init__(self, listener: Listener, values: Values, settings: Mapping[str, Setting]) -> None:
        self._listener, self._settings = listener, settings
        known = {key: setting for key, setting in settings.items() if setting.allows(values.get(key))}
        self._diagnoser = Diagnoser(values, known)
        self._steps = array("q")
        """Step of each record that was sent, without records that later ones have replaced."""
        self._read = {key: array("d") for key in ("loss", *TERMS)}
        """Those columns of these records that the diagnosis reads; NaN where a record lacks one."""
        self._changes: deque[Mark] = deque()
        """Changes of settings that the diagnosis was not told yet, since no reading at their steps or later was."""
        self._newest: Record = {}
        self._columns: dict[str, None] = {}
        """Names of the columns of the metrics (the keys), in the order in which they first appeared."""
        self._health_keys: set[str] = set()
        self._recorded_lines: tuple[ReferenceLine, ...] = ()
        self._lines: tuple[ReferenceLine, ...] = ()
        """The lines that were last sent."""
        self._reported = FirstOccurrences()
        self.embeddings: RecordedEmbeddings | None = None
        self.has_health = False
        """Whether the run recorded health figures."""
        self.wall_time_s = 0.0
        """Time of the last step, in seconds since the run began."""

    @property
    def step(self) -> int:
        """The last step whose metrics were sent; 0 if there is none."""
        return self._steps[-1] if self._steps else 0

    @property
    def figures(self) -> tuple[FigureEntry, ...]:
        """The declarations (title, tooltip, number format) of the curves in the window; the loss needs none."""
        labels = self.embeddings.labels if self.embeddings is not None else ()
        return figure_entries(labels, self._health_keys, list(self._columns))

    def send_metrics(self, records: Iterable[Record]) -> None:
        """Send those metrics in ``records`` that the window shows, in messages of bounded size.

        ``records`` must be sorted by step. Usually, they begin after the last record that was sent. If they begin at
        the step of that record, the two records of this step are merged. If they begin at an earlier step, because a
        script was resumed from a checkpoint, the curves go back to this earlier step and continue from there.
        """
        added = [_with_own_names(record) for record in records]
        if added and self._steps and added[0]["step"] <= self.step:
            added[0] = {**self._newest, **added[0]} if added[0]["step"] == self.step else added[0]
            self._forget(int(added[0]["step"]))
        for record in added:
            self._steps.append(int(record["step"]))
            for key, column in self._read.items():
                column.append(record.get(key, math.nan))
            self._columns.update(dict.fromkeys(record))
            self._newest = record
        names = [name for name in dict.fromkeys((*ALWAYS_SHOWN, *self._own_columns)) if name in self._columns]
        block = MAX_FIGURES // (1 + len(names))
        for first in range(0, len(added), block):
            self._listener.send(scalars(added[first : first + block], names))
        self.wall_time_s = self._newest.get("wall_time_s", self.wall_time_s)

    def _forget(self, step: int) -> None:
        """Forget the records of step ``step`` and of all later steps, since new records of these steps follow.

        The first time that the script has gone back to an earlier step, a notice says so.
        """
        if step < self.step and self._reported.is_new("steps"):
            text = f"The script has gone back from step {self.step:,} to {step:,}: the curves go on from there."
            self._listener.send(Notice(level="info", text=text))
        first = bisect.bisect_left(self._steps, step)
        del self._steps[first:]
        for column in self._read.values():
            del column[first:]

    @property
    def _own_columns(self) -> list[str]:
        return own_columns(list(self._columns))[:MAX_OWN_CURVES]

    def send_events(self, events: Sequence[Mapping[str, Any]]) -> int:
        """Send the reference lines, marks (changes of settings) and health figures recorded in ``events``.

        A diagnosis is sent after the health figures of each step but step 0, and when the run has ended. A notice is
        sent if the run has failed.

        Returns the number of events that could not be read.
        """
        unreadable = 0
        for event in events:
            try:
                self._send_event(event)
            except UNREADABLE:
                unreadable += 1
        self._report_end(events)
        return unreadable

    def _send_event(self, event: Mapping[str, Any]) -> None:
        event_type = event.get("event")
        if event_type == "references":
            records = msgspec.convert(event["lines"], tuple[dict[str, Any], ...])
            lines = tuple(read_reference_line(record) for record in records)
            self._recorded_lines = lines or self._recorded_lines
            self._send_lines()
        elif event_type == "change":
            mark = self._mark(event)
            self._listener.send(mark)
            self._changes.append(mark)
        elif event_type == "health":
            step, fields = int(event["step"]), _without(event, "event", "step")
            figures = {key: float(value) for key, value in fields.items() if key.isprintable()}
            if not 0 <= step < MAX_STEP:
                raise ValueError("impossible step")
            self.has_health = True
            self._send_health(step, figures)

    def _follow(self, mark: Mark) -> None:
        """Tell the diagnosis of a change of settings, so that figures before and after are not compared."""
        case = self._diagnoser.case
        changed = {change.key: change.after for change in mark.changes}
        allowed = {key: value for key, value in changed.items() if key in case.settings}
        if all(case.settings[key].allows(value) for key, value in allowed.items()):
            self._diagnoser.configure({**case.values, **allowed}, mark.step, mark.changes)

    def _report_end(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Send a notice if the last of the ``events`` that record the state of the run says that the run has failed.

        If it says that the run has ended, whose recorded figures all came before, send the last diagnosis too.
        """
        states = [event for event in events if event.get("event") in {"state", "resume"}]
        last = states[-1] if states else {}
        if last.get("state") == "failed" and (text := last.get("text")):
            self._listener.send(Notice(level="warning", text=f"The run failed at step {self.step:,}: {text}"))
        if last.get("state") in ENDED and self.has_health and self._diagnoser.case.readings:
            self._send_diagnosis(self._diagnoser.end())

    def _mark(self, event: Mapping[str, Any]) -> Mark:
        """Return the message that makes the window draw a mark, for an event that records a change of settings.

        Raises one of :data:`UNREADABLE` if the event is damaged.
        """
        recorded = msgspec.convert(event["changes"], dict[str, tuple[Value, Value]])
        changes = tuple(
            SettingChange(key=key, label=self._label(key), before=before, after=after)
            for key, (before, after) in recorded.items()
        )
        step, seconds = msgspec.convert(event["step"], int), msgspec.convert(event["wall_time_s"], float)
        return Mark(step=step, wall_time_s=seconds, changes=changes)

    def _label(self, key: str) -> str:
        return self._settings[key].label if key in self._settings else key

    def send_snapshot(self, snapshot: Snapshot) -> None:
        """Compute and send the health figures of a snapshot, unless the run recorded such figures."""
        if self.embeddings is not None and not self.has_health:
            figures = self.embeddings.figures(snapshot)
            self.embeddings.refer_to(snapshot, figures)
            self._send_health(snapshot.step, figures)

    def _send_health(self, step: int, figures: Figures) -> None:
        """Send the health figures of a step, the reference lines if they have changed, and the diagnosis.

        No diagnosis is sent for step 0, the untrained network.
        """
        self._health_keys |= figures.keys()
        self._listener.send(Health(step=step, figures=figures))
        self._send_lines()
        if step:
            while self._changes and self._changes[0].step <= step:
                self._follow(self._changes.popleft())
            queries = QUERIES if self.embeddings is None or self.has_health else self.embeddings.queries
            reading = Reading(step, self._mean_loss(step), {**self._terms(step), **figures}, queries)
            self._send_diagnosis(self._diagnoser.add(reading, self._lines))

    def _send_diagnosis(self, verdict: Verdict | None) -> None:
        message = diagnosis(verdict, self._diagnoser.case)
        self._listener.send(msgspec.structs.replace(message, changes={}))  # no setting can be changed any more

    def _send_lines(self) -> None:
        """Send the reference lines if they have changed since they were last sent.

        If all recorded lines belong to the curve of the loss, and the run recorded no health figures, lines for health
        figures are computed from the embeddings and added.
        """
        lines = self._recorded_lines
        only_loss = all(line.curve == "loss" for line in lines)
        if self.embeddings is not None and not self.has_health and only_loss:
            lines += self.embeddings.lines
        if lines != self._lines:
            self._lines = lines
            self._listener.send(References(lines=lines))

    def _mean_loss(self, step: int) -> float:
        """Return the mean of the losses at the last :data:`LOSS_STEPS` recorded steps up to ``step``.

        NaN and infinite losses are left out. If no loss is left, the result is NaN.
        """
        end = bisect.bisect_right(self._steps, step)
        losses = np.array(self._read["loss"][max(0, end - LOSS_STEPS) : end])
        losses = losses[np.isfinite(losses)]
        return float(losses.mean()) if len(losses) else math.nan

    def _terms(self, step: int) -> Figures:
        """Return those loss terms of the last recorded step up to ``step`` that the diagnosis reads, by key.

        sslviz records reference lines of these terms. A metric of the same name by a script has none, and is left out,
        since it may mean something else.
        """
        last = bisect.bisect_right(self._steps, step) - 1
        own = {line.curve for line in self._recorded_lines}
        values = {key: self._read[key][last] for key in TERMS if key in own} if last >= 0 else {}
        return {key: value for key, value in values.items() if math.isfinite(value)}

    def report_left_out(self) -> None:
        """Send a notice, once, if the run has recorded more than :data:`MAX_OWN_CURVES` figures of its own.

        These are the figures that :func:`own_columns` returns. Only the first ones are shown.
        """
        own = own_columns(list(self._columns))
        if len(own) > MAX_OWN_CURVES and self._reported.is_new("figures"):
            text = f"This run has {len(own)} figures of its own: the first {MAX_OWN_CURVES} of them are shown. "
            text += "Log only those that you want to see."
            self._listener.send(Notice(level="info", text=text))


def _without(event: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in keys}


def figure_entries(
    labels: tuple[LabelEntry, ...], health_keys: set[str], columns: list[str]
) -> tuple[FigureEntry, ...]:
    """Return a declaration (title, tooltip, number format) of each curve in the window; the loss needs none.

    The curves show the health figures whose key is in ``health_keys``, the gradient norm if it is in ``columns``, and
    the first :data:`MAX_OWN_CURVES` of all other ``columns`` that are not in :data:`COMMON`.

    Args:
        labels: descriptions of the labels of the samples; each label may have a health figure, its k-NN score.
        health_keys: keys of the health figures that were recorded or computed.
        columns: names of all metrics that the run recorded.
    """
    vote = "By the vote, or the mean, of the 20 nearest of four fifths of the samples, asked about others."
    of_labels = tuple(msgspec.structs.replace(entry, help=vote) for entry in knn_entries(labels))
    health = [entry for entry in (*of_labels, *OF_EMBEDDINGS) if entry.key in health_keys]
    gradient = [GRADIENT] if GRADIENT.key in columns else []
    return (*health, *gradient, *(_own_entry(key) for key in own_columns(columns)[:MAX_OWN_CURVES]))


def _with_own_names(record: Mapping[str, float]) -> Mapping[str, float]:
    """Return the metrics of a step; a metric that has the key of a health figure gets the suffix :data:`SCRIPT`.

    For example, a script may record a metric "effective_rank" of its own. Without the suffix it would be taken for the
    health figure of this key, which is computed from a snapshot.
    """
    return {_own_name(key): value for key, value in record.items()}


@lru_cache(4096)
def _own_name(key: str) -> str:
    return f"{key}{SCRIPT}" if is_health_figure(key) else key


def own_columns(columns: list[str]) -> list[str]:
    """Return ``columns`` without the gradient norm and without the names in :data:`COMMON`, such as "loss".

    ``columns`` are the names of all metrics of a run. Those that remain are, for example, figures that a script
    computes by itself, or figures of an objective of sslviz.
    """
    return [key for key in columns if key not in COMMON and key != GRADIENT.key]


def _own_entry(key: str) -> FigureEntry:
    name = key.removesuffix(SCRIPT)
    title = (name.replace("_", " ").strip().capitalize()[:24] or "?") + key[len(name) :]
    text = f"{name}, as it was recorded."
    return FigureEntry(key=key, title=title, help=text, form="small", per_step=True, smooth=False)
