"""What a report of a run says, gathered from the messages with which the window shows the same run."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sslviz.core.catalogue import chosen_objective, dataset_entry, settings_for
from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Diagnosis, Mark, Message, Notice, Prepared, References, Scalars
from sslviz.core.panel_data import Health, Probe
from sslviz.core.plain_text import one_line
from sslviz.core.presets import preset_named
from sslviz.core.recording import Snapshot
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.run_folder import RunFolderError
from sslviz.core.run_note import RunNote, note_of
from sslviz.core.settings import SettingError, Value, format_value
from sslviz.core.stored_runs import preset_of
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving.recorded_run import RecordedRun
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.exporting.result import ExportError, Say
from sslviz.exporting.table import last_snapshot, map_of
from sslviz.reduction.lazy import LazyReducer

LOSS = FigureEntry(key="loss", title="Loss", help="The loss of each step.", form="number", per_step=True)
MAX_TITLE, MAX_FACT = 60, 300
COMMAND = "command"
"""The entry of environment.json with the command line."""
T = TypeVar("T")
Curve = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Steps and values, float64[m] each."""


@dataclass
class Contents:
    """What is known of a run; it receives the messages that a window would.

    Attributes:
        title: title of the run.
        subtitle: method and data, if sslviz has trained the run.
        note: what the user has noted.
        settings: the settings as texts, by their names in the form.
        facts: versions, device and the like, as texts.
        figures: descriptions of the curves, the loss first.
        curves: their points, by key.
        lines: the reference lines.
        marks: changes of settings during the run.
        diagnosis: the last diagnosis; None if there is none.
        notices: warnings about the run.
        snapshot: the last snapshot; None if there is none.
        xy: the map of its samples, float32[n, 2].
        probe: the samples; None if they are not recorded.
    """

    title: str = ""
    subtitle: str = ""
    note: RunNote = field(default_factory=RunNote)
    settings: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    figures: list[FigureEntry] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    lines: tuple[ReferenceLine, ...] = ()
    marks: list[Mark] = field(default_factory=list)
    diagnosis: Diagnosis | None = None
    notices: list[str] = field(default_factory=list)
    snapshot: Snapshot | None = None
    xy: npt.NDArray[np.float32] | None = None
    probe: Probe | None = None
    _parts: dict[str, list[Curve]] = field(default_factory=dict)

    @property
    def last_step(self) -> int:
        """The last step with a figure; 0 if there are no figures."""
        return int(max((steps[-1] for steps, _ in self.curves.values()), default=0))

    @singledispatchmethod
    def send(self, message: Message) -> None:
        """Keep what a message says; most say nothing that is reported."""

    @send.register
    def _(self, message: Scalars) -> None:
        steps = message.steps.numpy().astype(np.float64)
        for key, column in message.columns.items():
            self._parts.setdefault(key, []).append((steps, column.numpy().astype(np.float64)))

    @send.register
    def _(self, message: Health) -> None:
        for key, value in message.figures.items():
            self._parts.setdefault(key, []).append((np.array([message.step], np.float64), np.array([value])))

    @send.register
    def _(self, message: References) -> None:
        self.lines = message.lines

    @send.register
    def _(self, message: Mark) -> None:
        self.marks.append(message)

    @send.register
    def _(self, message: Diagnosis) -> None:
        self.diagnosis = message

    @send.register
    def _(self, message: Prepared) -> None:
        self.figures = [LOSS, *message.figures]

    @send.register
    def _(self, message: Notice) -> None:
        if message.level == "warning":
            self.notices.append(message.text)

    def join(self) -> None:
        """Join the parts of each curve in the order of their steps; values that are not finite are left out."""
        for key, parts in self._parts.items():
            steps, values = (np.concatenate(each) for each in zip(*parts, strict=True))
            last = {step: index for index, step in enumerate(steps.tolist()) if np.isfinite(values[index])}
            order = [last[step] for step in sorted(last)]  # a script that was resumed does some steps again
            if order:
                self.curves[key] = steps[order], values[order]


def contents_of(folder: Path, say: Say) -> Contents:
    """Return what is known of the run in ``folder``. Raises ExportError."""
    say("Reading the run", None)
    contents, reducer = Contents(), LazyReducer()
    catalogue = build_catalogue()
    with contextlib.closing(reducer):
        try:
            run = RecordedRun(folder, catalogue, contents, MapService(reducer, contents))
        except RunFolderError as error:
            raise ExportError(str(error)) from error
        while run.read():
            pass
        while run.evaluate_next():
            say("Computing figures", None)
    contents.join()
    contents.note = note_of(folder)
    contents.title = contents.note.title or _preset_title(folder) or one_line(folder.resolve().name, MAX_TITLE)
    values = run.values
    contents.settings = {one_line(key, MAX_TITLE): _text(value) for key, value in values.items()}
    with contextlib.suppress(SettingError):
        settings = [each for each in settings_for(catalogue, values) if each.key in values and each.has_effect(values)]
        contents.settings = {each.label: _text(values[each.key], each.unit) for each in settings}
        data = dataset_entry(catalogue, str(values["data"])).title if "data" in values else ""
        contents.subtitle = f"{chosen_objective(catalogue, values).title} on {data}" if data else ""
    contents.facts = dict(_facts(folder))
    with contextlib.suppress(ExportError):
        recording, contents.snapshot = last_snapshot(folder)
        contents.xy, probe = map_of(contents.snapshot, say), recording.samples()
        contents.probe = probe if probe is not None and probe.ids.shape[0] == len(contents.xy) else None
    return contents


def _preset_title(folder: Path) -> str:
    with contextlib.suppress(SettingError):
        return preset_named(preset_of(folder)).title
    return ""


def _text(value: Value, unit: str = "") -> str:
    return f"{format_value(_without_folders(value))} {unit}".strip()


def _without_folders(value: T) -> T | str:
    """Return the last name of an absolute path, and any other value as it is.

    Where files lie on a machine may name people, and is nothing for those who are given a report.
    """
    return Path(value).name if isinstance(value, str) and os.path.isabs(value) else value


def _facts(folder: Path) -> list[tuple[str, str]]:
    """Return the entries of environment.json as names and texts; those of tables within it one by one.

    The command line is left out: it may have any paths in it.
    """
    try:
        table: Any = json.loads((folder / "environment.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    flat: list[tuple[object, object]] = []
    for key, value in table.items() if isinstance(table, Mapping) else ():
        if key != COMMAND:
            flat += value.items() if isinstance(value, Mapping) else [(key, value)]
    texts = (
        (key, " ".join(str(_without_folders(each)) for each in (value if isinstance(value, list) else [value])))
        for key, value in flat
        if value not in (None, "")
    )
    return [(one_line(key, MAX_TITLE), one_line(text, MAX_FACT)) for key, text in texts if text]
