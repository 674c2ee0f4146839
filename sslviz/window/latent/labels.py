"""The labels of the probe's segments: as classes, and as text for cards and tables with the segments' own texts."""

from __future__ import annotations

import math
import textwrap

from sslviz.core.entries import UNKNOWN, LabelEntry, name_of
from sslviz.core.panel_data import Probe
from sslviz.window.runs.run_model import RunModel

TEXT_WIDTH, TEXT_LINES = 48, 6
"""Maximum size of an excerpt of a segment's text: characters in a line, and number of lines."""


def label_column(probe: Probe, entry: LabelEntry) -> list[str | float]:
    """Return the value of the label ``entry``, such as "shape", for each segment: a class name or a number."""
    return [_label_value(entry, value) for value in probe.labels[entry.name].numpy().tolist()]


def class_names(run: RunModel) -> tuple[str, ...]:
    """Return the names of the classes in the data, empty if the data have no label or their label is a number.

    If the data have several kinds of label, the first kind gives the classes.
    """
    entries = run.probe.label_entries if run.probe is not None else ()
    return entries[0].names if entries else ()


def known_of_selection(run: RunModel) -> set[int]:
    """Return the indices of those selected samples whose class is known, see :func:`class_names`."""
    if run.probe is None or not class_names(run):
        return set()
    known = run.probe.known(run.probe.label_entries[0])
    return {index for index in run.selection.indices if known[index]}


def excerpt(text: str, lines: int = TEXT_LINES) -> str:
    """Return the beginning of a text in at most ``lines`` lines; " …" at the end means that the text goes on."""
    return textwrap.fill(text, TEXT_WIDTH, max_lines=lines, placeholder=" …")


def description(probe: Probe, index: int) -> str:
    """Return text lines about segment ``index``: its labels, an excerpt of its text, and the number of its sample."""
    lines = []
    for entry in probe.label_entries:
        text = _label_text(probe, entry, index)
        lines.append(f"{entry.name} {text}" if len(probe.label_entries) > 1 else text)
    if probe.texts:
        lines.append(excerpt(probe.texts[index]))
    return "\n".join([*lines, f"sample {int(probe.ids.numpy()[index]):,}"])


def label_line(probe: Probe, index: int) -> str:
    """Return all labels of a segment in one line, separated by commas."""
    return ", ".join(_label_text(probe, entry, index) for entry in probe.label_entries)


def with_unit(value: float, unit: str) -> str:
    """Return a number and its unit as text.

    Numbers from 1,000 to 10 million are rounded to integers, all others to three significant digits.
    """
    text = f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:z.3g}"
    return f"{text} {unit}".strip().replace("-", "−")


def _label_text(probe: Probe, entry: LabelEntry, index: int) -> str:
    value = _label_value(entry, probe.labels[entry.name].numpy()[index].item())
    if isinstance(value, str):
        return value
    return name_of((), UNKNOWN) if math.isnan(value) else with_unit(value, entry.unit)


def _label_value(entry: LabelEntry, value: float) -> str | float:
    return name_of(entry.names, int(value)) if entry.names else value
