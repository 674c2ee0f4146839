"""What the list of runs says about each run: its title, its figures, its date and size, and whether it is open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sslviz.core.counts import counted
from sslviz.core.memory import size_text
from sslviz.core.percentage import percent
from sslviz.core.presets import all_presets
from sslviz.core.run_note import note_of
from sslviz.core.run_summary import RunSummary
from sslviz.core.stored_runs import recent
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_names import SEPARATOR, named_by_folder, parts_of_titles, title_of
from sslviz.window.runs.session import Session


class RunEntry(NamedTuple):
    """A run folder in the list.

    ``parts``: the preset, then every setting that differs from it, in words. ``run``: the run of the window that shows
    or trains what is in the folder; None if the folder is not open.
    """

    summary: RunSummary
    title: str
    parts: tuple[str, ...]
    state: str
    run: LiveRun | None

    @property
    def figures(self) -> str:
        """The last figures, such as "k-NN 96.1 % · loss 1.92 · 1,200 steps"; of a sweep, what varies."""
        if self.summary.sweep:
            return self.summary.sweep
        knn, loss, step = self.summary.knn, self.summary.loss, self.summary.step
        knn_text = f"k-NN {percent(knn, 1)}" if knn is not None else ""
        loss_text = f"loss {loss:.3g}" if loss is not None else ""
        step_text = counted(step, "step") if step is not None else "no step"
        return SEPARATOR.join(filter(None, (knn_text, loss_text, step_text)))

    @property
    def facts(self) -> str:
        """Date, size and state, such as "today 14:32 · 18 MB · finished".

        While a training of the run goes on or is paused, the state comes first: the list may have no room for all.
        """
        facts = [when(self.summary.begun), size_text(self.summary.size_bytes)]
        facts.insert(0 if self.run is not None and self.run.model.active else len(facts), self.state)
        return SEPARATOR.join(filter(None, facts))

    @property
    def text(self) -> str:
        """All that the list says about the run, in one line."""
        return ". ".join(filter(None, (self.title, self.figures, self.facts, self.summary.note.text)))

    def matches(self, words: str) -> bool:
        """Return whether each of the words occurs in the entry, in any case."""
        said = " ".join((*self.parts, self.text, self.summary.path.name)).casefold()
        return all(word in said for word in words.casefold().split())


class RunEntries:
    """Makes the entries of the list; what a run differs in is found out once for each summary."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._presets = {preset.name: preset for preset in all_presets()}
        self._catalogue = session.catalogue
        self._parts: dict[Path, tuple[RunSummary, tuple[str, ...]]] = {}

    def of(self, summaries: tuple[RunSummary, ...]) -> list[RunEntry]:
        """Return an entry for each run folder; those that are open have the titles of their tabs."""
        if self._catalogue is not self._session.catalogue:
            self._catalogue = self._session.catalogue
            self._parts.clear()
        runs = sorted(self._session.runs, key=lambda run: run.running)  # of two with one folder, the one that trains
        shown = {run.model.folder.resolve(): run for run in runs if run.model.folder is not None}
        return [self._entry(summary, shown.get(summary.path)) for summary in summaries]

    def _entry(self, summary: RunSummary, run: LiveRun | None) -> RunEntry:
        known, parts = self._parts.get(summary.path, (None, ()))
        if known is not summary:
            parts = parts_of_titles([named_by_folder(summary, self._presets, self._catalogue)])[0]
            parts += ("sweep",) if summary.sweep else ()
            self._parts[summary.path] = summary, parts
        title = run.model.title if run is not None else summary.note.title or title_of(parts)
        return RunEntry(summary, title, parts, _state(summary, run), run)


def _state(summary: RunSummary, run: LiveRun | None) -> str:
    if run is not None and run.model.active:
        memory = run.training_thread.memory_bytes if run.model.state == "paused" else 0
        return f"paused, holds {size_text(memory)}" if memory else run.model.state or ""
    return summary.state if summary.ended or not summary.state else "not finished"


def recent_titles(folder: Path, limit: int) -> list[tuple[Path, str]]:
    """Return the newest runs in a folder of runs, at most ``limit``: the path of each, and its title with its date."""
    titles = {preset.name: preset.title for preset in all_presets()}
    runs = recent(folder, limit)
    named = [note_of(run.path).title or titles.get(run.preset, run.preset) for run in runs]
    return [(run.path, f"{title}{SEPARATOR}{when(run.begun)}") for run, title in zip(runs, named, strict=True)]


def when(time: datetime) -> str:
    """Return a time in short: "today 14:32", or "28 Nov 2026, 14:32" on another day."""
    return f"today {time:%H:%M}" if time.date() == datetime.now().astimezone().date() else f"{time:%d %b %Y, %H:%M}"
