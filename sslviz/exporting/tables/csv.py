"""``.csv``: a row for each sample: what it is, its place x and y on the map, and h0, h1 and so on."""

from __future__ import annotations

import csv
from io import StringIO

from sslviz.exporting.table import Table


def encoded(table: Table) -> bytes:
    """Return the table as UTF-8 with a heading; cells of samples that are not on the map are empty."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*table.facts, "x", "y", *(f"h{index}" for index in range(table.h.shape[1]))])
    columns = zip(*(values.tolist() for values in table.facts.values()), strict=True)
    for facts, xy, h in zip(columns, table.xy, table.h, strict=True):
        place = [f"{value:.6g}" if value == value else "" for value in xy.tolist()]  # noqa: PLR0124 - not NaN
        writer.writerow([*facts, *place, *(f"{value:.7g}" for value in h.tolist())])
    return file.getvalue().encode()
