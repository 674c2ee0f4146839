"""``.npz``: the arrays ``h``, ``xy`` and one for each further column, without pickle."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from sslviz.exporting.table import Table


def encoded(table: Table) -> bytes:
    """Return the table as the content of a file that ``numpy.load`` reads."""
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **{**table.facts, "h": table.h, "xy": table.xy})
    return file.getvalue()
