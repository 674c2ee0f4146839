"""The rows of the table of compared runs: settings in which they differ, and their newest figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sslviz.core.catalogue import DECISIVE
from sslviz.core.entries import FigureEntry
from sslviz.core.settings import Setting, Value, Values, format_value
from sslviz.window.plotting.numbers import figure, written
from sslviz.window.plotting.small_multiple import line_of
from sslviz.window.runs.comparison import loss_caution
from sslviz.window.runs.figures import figures_of
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import RunModel

LOSS = FigureEntry(key="loss", title="Loss", help="Averaged over about 15 steps.", per_step=True)
KNN = "knn"
"""What the keys of the figures begin with that are the better the higher they are, whatever the method is."""


class Cell(NamedTuple):
    """A cell of the table: what it says, and its value for an export."""

    text: str = "–"
    value: object = None
    default: bool = False
    """Whether the value of a setting is its default."""
    best: bool = False
    """Whether the figure is the best of the row."""


class Row(NamedTuple):
    """A row with one cell for each run. Without cells, it is the heading of the rows below."""

    name: str
    cells: tuple[Cell, ...] = ()
    help: str = ""


def rows_of(runs: Sequence[LiveRun], *, same_data: bool) -> list[Row]:
    """Return all rows of the table; k-NN is only compared if the runs are of the ``same_data``."""
    settings = list(_setting_rows(runs))
    shared = [row for row in settings if all(cell.value is not None for cell in row.cells)]
    heading = Row("Settings that differ" if settings else "No settings differ")
    figures = (Row("Newest figures"), *_figure_rows(runs, same_data=same_data))
    others = [row for row in settings if row not in shared]  # many, where methods differ
    return [
        heading,
        *shared,
        *figures,
        *((Row("Settings that only some of these runs have"), *others) if others else ()),
    ]


def _setting_rows(runs: Sequence[LiveRun]) -> Iterator[Row]:
    declared: list[dict[str, Setting]] = [
        {} if run.from_script else {each.key: each for each in run.config.settings} for run in runs
    ]
    values = [run.model.values if run.from_script else run.in_force.values for run in runs]
    keys = (key for each in (declared, values) for own in each for key in own)
    for key in dict.fromkeys((*DECISIVE, *keys)):
        cells = tuple(_setting_cell(own.get(key), key, given) for own, given in zip(declared, values, strict=True))
        if len({cell.text for cell in cells}) > 1:
            setting = next((own[key] for own in declared if key in own), None)
            label, text = (setting.label, setting.help) if setting is not None else (key, "")
            yield Row(label, tuple(_with_default(cell) for cell in cells), text)


def _setting_cell(setting: Setting | None, key: str, values: Values) -> Cell:
    """Return the cell of one run, which is empty if it has no such setting or if this has no effect."""
    value: Value | None = values.get(key)
    if value is None or (setting is not None and not setting.has_effect(values)):
        return Cell()
    text = format_value(value) if setting is None else setting.value_text(value)
    is_default = setting is not None and value == setting.default
    return Cell(text, value, default=is_default and key not in DECISIVE)  # data and method are always chosen


def _with_default(cell: Cell) -> Cell:
    return cell._replace(text=f"{cell.text} · default") if cell.default else cell


def _figure_rows(runs: Sequence[LiveRun], *, same_data: bool) -> Iterator[Row]:
    """Yield the rows of figures; those of a training only if a run is one.

    Of a network that is large for a CPU, k-NN searches fewer samples: their numbers are then told, and none is best.
    """
    models = [run.model for run in runs]
    learns, sizes = any(model.learns for model in models), [_samples(model) for model in models]
    even = learns or len(set(sizes)) == 1
    if learns:
        yield Row("Verdict", tuple(_verdict(model) for model in models))
    if not even:
        yield Row("Map samples", tuple(Cell(f"{size:,}", size) for size in sizes), "k-NN searches about as many")
    for entry in all_figures(models):
        better = max if entry.key.startswith(KNN) and same_data and even else None
        yield _figure_row(entry.title, [_newest(model, entry) for model in models], entry, better)
        if entry.key.startswith(KNN) and learns:
            yield _figure_row(f"{entry.title}, untrained", [_untrained(model, entry) for model in models], entry)
    if not learns:
        return
    yield _figure_row(LOSS.title, [_newest(model, LOSS) for model in models], LOSS, _better_loss(runs))
    yield Row("Steps", tuple(Cell(f"{model.step:,}", model.step) for model in models))
    yield Row("Seconds", tuple(_seconds(model) for model in models), "Time spent in training, without pauses")


def all_figures(models: Sequence[RunModel]) -> list[FigureEntry]:
    """Return the figures that any of the runs has: k-NN first, the others in the order of the runs.

    A run whose samples were not recorded has k-NN without a description of it.
    """
    found = {entry.key: entry for model in models for entry in figures_of(model)}
    if any(KNN in model.health_curves for model in models):
        found.setdefault(KNN, FigureEntry(key=KNN, title="k-NN", help="", form="share"))
    return sorted(found.values(), key=lambda entry: not entry.key.startswith(KNN))


def _figure_row(
    name: str, values: list[float], entry: FigureEntry, better: Callable[[list[float]], float] | None = None
) -> Row:
    """Return a row of numbers, NaN where there is none; ``better`` chooses the best of them."""
    known = [value for value in values if math.isfinite(value)]
    best = better(known) if better is not None and len(set(known)) > 1 else math.nan
    write = figure if entry is LOSS else lambda value: written(value, entry.form)
    cells = (Cell(write(value), value, best=value == best) if math.isfinite(value) else Cell() for value in values)
    return Row(name, tuple(cells), entry.help)


def _newest(model: RunModel, entry: FigureEntry) -> float:
    values = line_of(model, entry).values
    return float(values[-1]) if len(values) else math.nan


def _samples(model: RunModel) -> int:
    """Return the number of samples on the map of a run."""
    return 0 if model.probe is None else int(model.probe.ids.shape[0])


def _untrained(model: RunModel, entry: FigureEntry) -> float:
    lines = (line.value for line in model.reference_lines(entry.key) if line.role == "untrained")
    return next(lines, math.nan)


def _better_loss(runs: Sequence[LiveRun]) -> Callable[[list[float]], float] | None:
    """Return ``min`` if these losses can be compared, and a lower one is simply better."""
    notes = (run.model.prepared.loss_note for run in runs if run.model.prepared is not None)
    return None if loss_caution(runs) or any(notes) else min


def _verdict(model: RunModel) -> Cell:
    return Cell() if model.diagnosis is None else Cell(model.diagnosis.title, model.diagnosis.title)


def _seconds(model: RunModel) -> Cell:
    seconds = model.pulse.wall_time_s if model.pulse is not None else 0.0
    return Cell(f"{seconds:,.0f}", seconds) if seconds else Cell()
