"""Storyboards of films: of a run in the window, from the maps that the window has kept, or of a run folder on disk."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from sslviz.core.messages import Mark
from sslviz.core.panel_data import Probe
from sslviz.core.plain_text import one_line
from sslviz.core.presets import preset_named
from sslviz.core.recording import Recording, SnapshotMap
from sslviz.core.run_folder import RunFolderError, step_of
from sslviz.core.run_note import note_of
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import SettingError, Value
from sslviz.core.stored_runs import preset_of
from sslviz.window.film.storyboard import Colouring, FilmError, Storyboard, storyboard_of_maps
from sslviz.window.latent.colouring import colour_choices, colouring
from sslviz.window.latent.colours import Colours, colours_by_label
from sslviz.window.latent.pictures import images_of
from sslviz.window.latent.points import points_of
from sslviz.window.runs.marks import merged
from sslviz.window.runs.run_model import RunModel

NO_MAPS = "No maps are recorded in {}: open it in the window, play its maps, and save the film there."
MAX_MARK = 60
"""Maximum length of the text of a mark, in characters."""
UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, msgspec.ValidationError)
"""Exceptions that may be raised while a damaged event is read."""


def has_film(run: RunModel) -> bool:
    """Return whether the window has kept maps of two steps of a run, so that a film can be made of them."""
    return len(run.map_view.kept_steps) > 1


def storyboard_of_run(run: RunModel, key: str) -> Storyboard:
    """Return the storyboard of the maps that the window has kept of a run, in the colours by ``key``.

    The keys are those of :func:`colour_choices`. Raises FilmError if there are fewer than two maps.
    """
    maps = [(each.step, points_of(each)) for each in run.map_view.kept_maps]
    coloured_by = Colouring(colour_choices(run).get(key, ""), colouring(run, key))
    marks = tuple((mark.step, mark.text) for mark in merged(run.marks))
    images = images_of(run.probe) if run.probe is not None else None
    return storyboard_of_maps(maps, (coloured_by,), run.title, marks, images)


def storyboard_of_folder(path: Path, labels: tuple[str, ...] = ()) -> Storyboard:
    """Return the storyboard of the maps in a run folder, coloured by each of the ``labels``, by default one.

    Raises FilmError if the folder holds no run, fewer than two maps, or no such label.
    """
    try:
        recording = Recording(path)
    except RunFolderError as error:
        raise FilmError(str(error)) from error
    maps = _maps(recording)
    if not maps:
        raise FilmError(NO_MAPS.format(path))
    probe = recording.samples()
    colourings = _colourings(probe, len(maps[0][1]), labels)
    images = images_of(probe) if probe is not None else None
    return storyboard_of_maps(maps, colourings, _title(path), _marks(recording), images)


def storyboard_of_map(path: Path, step: int, xy: npt.NDArray[np.float32]) -> Storyboard:
    """Return a storyboard in which one map of a run folder stands still, coloured by the first label.

    ``xy``: float32[n, 2], the positions of the samples of the run. Raises FilmError if the folder holds no run.
    """
    try:
        probe = Recording(path).samples()
    except RunFolderError as error:
        raise FilmError(str(error)) from error
    colourings = _colourings(probe, len(xy), ())
    images = images_of(probe) if probe is not None else None
    return storyboard_of_maps([(step, xy), (step, xy)], colourings, _title(path), (), images)


def _maps(recording: Recording) -> list[tuple[int, Any]]:
    """Return the steps and positions of those recorded maps that are by one method and have equally many points."""
    read = {step_of(path): recording.snapshot_map(path) for path in recording.snapshot_paths()}
    maps = {step: each for step, each in read.items() if each is not None}
    kinds = Counter(map(_kind, maps.values()))
    usual = max(kinds, key=kinds.__getitem__, default=None)
    return [(step, each.xy) for step, each in maps.items() if _kind(each) == usual]


def _kind(recorded: SnapshotMap) -> tuple[str, int]:
    return recorded.method, len(recorded.xy)


def _colourings(probe: Probe | None, count: int, labels: tuple[str, ...]) -> tuple[Colouring, ...]:
    entries = probe.label_entries if probe is not None and probe.ids.shape[0] == count else ()
    names = [entry.name for entry in entries]
    for label in labels:
        if label not in names:
            offered = f"there are {', '.join(names)}" if names else "it has none"
            raise FilmError(f"The run has no label {label!r}: {offered}.")
    if not names:
        return (Colouring("", Colours(np.zeros(count, np.int32))),)
    return tuple(Colouring(name, colours_by_label(probe, name)) for name in labels or names[:1])


def _title(path: Path) -> str:
    """Return the title that the user gave the run, or that of its preset, or the name of its folder."""
    with contextlib.suppress(SettingError):
        return note_of(path).title or preset_named(preset_of(path)).title
    return one_line(path.resolve().name, MAX_MARK)


def _marks(recording: Recording) -> tuple[tuple[int, str], ...]:
    marks = []
    for event in itertools.chain.from_iterable(iter(recording.new_events, [])):
        if event.get("event") == "change":
            with contextlib.suppress(*UNREADABLE):
                marks.append(_mark(event))
    return tuple((mark.step, one_line(mark.text, MAX_MARK)) for mark in merged(marks))


def _mark(event: dict[str, Any]) -> Mark:
    recorded = msgspec.convert(event["changes"], dict[str, tuple[Value, Value]])
    changes = tuple(
        SettingChange(key=key, label=key.replace("_", " ").capitalize(), before=before, after=after)
        for key, (before, after) in recorded.items()
    )
    return Mark(step=msgspec.convert(event["step"], int), wall_time_s=0.0, changes=changes)
