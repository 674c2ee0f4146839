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


def by_run(tables: Sequence[tuple[str, Table | None]]) -> Table | None:
    """Return the tables of several runs below each other, each with the title of its run in a first column ``run``.

    A run whose table lacks a column of another one has empty cells in it. A run without a table is left out; without
    one of the first run, which the others are compared with, the result is None.
    """
    filled = [(title, table) for title, table in tables if table is not None]
    names = dict.fromkeys(name for _, table in filled for name in table)
    columns: dict[str, list[object]] = {name: [] for name in ("run", *names)}
    for title, table in filled:
        length = len(next(iter(table.values())))
        columns["run"] += [title] * length
        for name in names:
            columns[name] += table.get(name, [None] * length)
    return columns if tables[0][1] is not None else None


def to_csv(table: Table, delimiter: str = ",") -> str:
    """Return the table as CSV: a header, then one line per row. Floats have all their digits, NaN is ``nan``."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()
