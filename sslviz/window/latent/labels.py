"""Labels of the map's segments: what colours them, and how they are spelled."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import LabelEntry
from sslviz.core.panel_data import Probe

SHADES = 9
"""steps of a number on the map"""
TEXT_WIDTH, TEXT_LINES = 48, 6
"""of what is read under the mouse"""


class Colours(NamedTuple):
    """What colours the points: classes with ``names``, or ``shades`` steps of a number, named by their values.

    ``ends``: of a number, the lowest and the highest value that have a colour of their own.
    """

    labels: npt.NDArray[np.int32] = np.empty(0, np.int32)
    names: tuple[str, ...] = ()
    shades: int = 0
    ends: tuple[str, str] = ("", "")


def colours(probe: Probe | None, name: str) -> Colours:
    """Of the label called ``name``, or of the first."""
    if probe is None or not probe.label_entries:
        return Colours(np.zeros(probe.ids.shape[0] if probe is not None else 0, np.int32))
    entry = next((each for each in probe.label_entries if each.name == name), probe.label_entries[0])
    values = probe.labels[entry.name].numpy()
    if entry.names:
        return Colours(np.asarray(values, np.int32), entry.names)
    return steps_of(np.asarray(values, np.float64), entry.unit)


def steps_of(values: npt.NDArray[np.float64], unit: str) -> Colours:
    """A number in even steps between its hundredth and its last hundredth; what is not finite counts as lowest."""
    known = np.isfinite(values)
    labels = np.zeros(len(values), np.int32)
    if not known.any():
        return Colours(labels, (), SHADES)
    low, high = np.quantile(values[known], [0.01, 0.99]).tolist()
    if high == low:
        return Colours(labels, (_measured(low, unit),), SHADES, ("", _measured(low, unit)))
    steps = (values[known] - low) / (high - low) * SHADES
    labels[known] = np.clip(steps, 0, SHADES - 1).astype(np.int32)
    middles = (low + (high - low) * (step + 0.5) / SHADES for step in range(SHADES))
    names = tuple(_measured(middle, unit) for middle in middles)
    return Colours(labels, names, SHADES, (_measured(low, unit), _measured(high, unit)))


def _measured(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:z.3g}"
    return f"{text} {unit}".strip().replace("-", "−")


def column(probe: Probe, entry: LabelEntry) -> list[str | float]:
    """A label of every segment: the name of its class, or its number."""
    return [_spelled(entry, value) for value in probe.labels[entry.name].numpy().tolist()]


def excerpt(text: str, lines: int = TEXT_LINES) -> str:
    """The beginning of a text in some lines."""
    return textwrap.fill(text, TEXT_WIDTH, max_lines=lines, placeholder=" …")


def told(probe: Probe, index: int) -> str:
    """What a segment is, in some lines."""
    lines = []
    for entry in probe.label_entries:
        text = _told(probe, entry, index)
        lines.append(f"{entry.name} {text}" if len(probe.label_entries) > 1 else text)
    if probe.texts:
        lines.append(excerpt(probe.texts[index]))
    return "\n".join([*lines, f"sample {int(probe.ids.numpy()[index]):,}"])


def brief(probe: Probe, index: int) -> str:
    """A segment's labels in one line."""
    return ", ".join(_told(probe, entry, index) for entry in probe.label_entries)


def _told(probe: Probe, entry: LabelEntry, index: int) -> str:
    """One label of a segment, a number with its unit."""
    value = _spelled(entry, probe.labels[entry.name].numpy()[index].item())
    return value if isinstance(value, str) else _measured(value, entry.unit)


def _spelled(entry: LabelEntry, value: float) -> str | float:
    if not entry.names:
        return value
    return entry.names[int(value)] if 0 <= value < len(entry.names) else f"label {int(value)}"
