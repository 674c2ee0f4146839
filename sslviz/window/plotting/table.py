"""What a panel shows, as columns of figures that other programs can read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

Table = Mapping[str, Sequence[object]]
"""Columns of equal length by their names, in order; a cell of None is empty."""


def by_step(columns: Mapping[str, Mapping[float, object]]) -> Table:
    """One row for each step at which any column has something, rising; each column is given as step: value."""
    steps = sorted(set().union(*columns.values()))
    cells = {name: [column.get(step) for step in steps] for name, column in columns.items()}
    return {"step": [int(step) for step in steps], **cells}


def to_csv(table: Table, delimiter: str = ",") -> str:
    """A header and a line a row; every float in as many digits as make it the same float again, NaN as ``nan``."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()
