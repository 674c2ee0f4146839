"""The labels of the probe's segments: as classes, and as text for cards and tables with the segments' own texts."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np

from sslviz.core.entries import UNKNOWN, LabelEntry, name_of
from sslviz.core.panel_data import Probe
from sslviz.core.panel_data.latent_map import MAX_FILE
from sslviz.core.plain_text import FILE_WIDTH, one_line
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


def sample_name(probe: Probe, index: int, sign: str = "sample ") -> str:
    """Return the file of the sample of segment ``index``, elided; without one, its number after ``sign``."""
    return one_line(probe.files[index], FILE_WIDTH) if probe.files else f"{sign}{int(probe.ids.numpy()[index]):,}"


def sample_columns(probe: Probe, indices: Sequence[int]) -> dict[str, list[object]]:
    """Return the columns of a table that say which samples segments belong to: numbers and, if any, files."""
    numbers = probe.ids.numpy()[np.asarray(indices, np.intp)].tolist()
    return {"sample": numbers} | ({"file": [probe.files[index] for index in indices]} if probe.files else {})


def description(probe: Probe, index: int, *, whole: bool = False) -> str:
    """Return text lines about segment ``index``: its labels, an excerpt of its text, and which sample it is of.

    That is the file of the sample, elided unless ``whole``, or its number, see :func:`sample_name`.
    """
    lines = []
    for entry in probe.label_entries:
        text = label_text(probe, entry, index)
        lines.append(f"{entry.name} {text}" if len(probe.label_entries) > 1 else text)
    if probe.texts:
        lines.append(excerpt(probe.texts[index]))
    file = textwrap.fill(one_line(probe.files[index], MAX_FILE), TEXT_WIDTH) if probe.files and whole else ""
    return "\n".join([*lines, file or sample_name(probe, index)])


def label_line(probe: Probe, index: int) -> str:
    """Return all labels of a segment in one line, separated by commas."""
    return ", ".join(label_text(probe, entry, index) for entry in probe.label_entries)


def with_unit(value: float, unit: str) -> str:
    """Return a number and its unit as text.

    Numbers from 1,000 to 10 million are rounded to integers, all others to three significant digits.
    """
    text = f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:z.3g}"
    return f"{text} {unit}".strip().replace("-", "−")


def label_text(probe: Probe, entry: LabelEntry, index: int) -> str:
    """Return a label of a segment as text: the name of its class, or its number with the unit."""
    value = _label_value(entry, probe.labels[entry.name].numpy()[index].item())
    if isinstance(value, str):
        return value
    return name_of((), UNKNOWN) if math.isnan(value) else with_unit(value, entry.unit)


def _label_value(entry: LabelEntry, value: float) -> str | float:
    return name_of(entry.names, int(value)) if entry.names else value
