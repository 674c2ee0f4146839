"""Tables of the numbers that a panel shows, and their conversion to CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

Table = Mapping[str, Sequence[object]]
"""Columns of equal length by name, in order; a cell of None is empty."""


def by_step(columns: Mapping[str, Mapping[float, object]]) -> Table:
    """Return a table with a row for each step found in any column, ascending; each column maps steps to values."""
    steps = sorted(set().union(*columns.values()))
    cells = {name: [column.get(step) for step in steps] for name, column in columns.items()}
    return {"step": [int(step) for step in steps], **cells}


def to_csv(table: Table, delimiter: str = ",") -> str:
    """Return CSV of a header and a line per row. Floats are written with all their digits, NaN as ``nan``."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()
