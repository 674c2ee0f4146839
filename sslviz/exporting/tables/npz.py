"""``.npz``: the arrays ``h``, ``xy`` and one for each further column, without pickle."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from sslviz.exporting.table import Table


def encoded(table: Table) -> bytes:
    """Return the table as the content of a file that ``numpy.load`` reads."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:  # numpy.savez takes no array with the name "file"
        for name, array in {**table.facts, "h": table.h, "xy": table.xy}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return file.getvalue()
