"""``.parquet``: a row for each sample, h as a list; needs the extra ``parquet``."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from sslviz.exporting.result import ExportError
from sslviz.exporting.table import Table


def encoded(table: Table) -> bytes:
    """Return the table as a Parquet file. Raises ExportError without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow: pip install 'sslviz[parquet]'.") from error
    columns: dict[str, Any] = {name: values.tolist() for name, values in table.facts.items()}
    h = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(table.h.ravel()), table.h.shape[1])
    file = BytesIO()
    parquet.write_table(pyarrow.table({**columns, "x": table.xy[:, 0], "y": table.xy[:, 1], "h": h}), file)
    return file.getvalue()
