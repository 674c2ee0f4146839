"""Tables of the numbers that a panel shows, and the conversion of tables to CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

Table = Mapping[str, Sequence[object]]
"""Columns of equal length by name, in order; a cell of None is empty."""


def by_step(columns: Mapping[str, Mapping[float, object]]) -> Table:
    """Return a table with one row for each step that is found in any column, in ascending order.

    Each column maps steps to values; a step without a value in a column has an empty cell.
    """
    steps = sorted(set().union(*columns.values()))
    cells = {name: [column.get(step) for step in steps] for name, column in columns.items()}
    return {"step": [int(step) for step in steps], **cells}


def to_csv(table: Table, delimiter: str = ",") -> str:
    """Return the table as CSV: a header, then one line per row. Floats have all their digits, NaN is ``nan``."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()
