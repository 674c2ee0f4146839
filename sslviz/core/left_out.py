"""Lists of samples of the user's own data that are left out of a run: text files with one file name per line.

The window writes each list into a file of its own, which is never changed, so that the settings of a run go on to say
what was left out of it. Lists lie in the user's data folder of sslviz, never beside the user's pictures.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
from collections.abc import Iterable
from pathlib import Path

from sslviz.core.csv_table import FILE_HEADINGS, check_file, open_table
from sslviz.core.durable_file import write_durably
from sslviz.core.folders import left_out_folder
from sslviz.core.plain_text import one_line

TABLES = (".csv", ".tsv")
MOST_NAME = 40


def write_left_out(names: Iterable[str], data: Path) -> Path:
    """Write a list of ``names`` of samples in the data at the path ``data``; return its file, whose name has the count.

    Names with line breaks cannot be listed. Raises OSError if the file cannot be written.
    """
    listed = sorted(name for name in {*names} if "\n" not in name and "\r" not in name)
    text = "".join(f"{name}\n" for name in listed)
    place = hashlib.sha256(str(data).encode(errors="backslashreplace")).hexdigest()[:8]
    content = hashlib.sha256(text.encode()).hexdigest()[:6]
    folder = left_out_folder() / f"{one_line(data.name, MOST_NAME)} {place}" / content
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{len(listed)} picture{'' if len(listed) == 1 else 's'}.txt"
    write_durably(file, text.encode())
    return file


def read_left_out(path: str) -> tuple[str, ...]:
    """Return the names in a list: one per line of a text, or those in one column of a .csv or .tsv table.

    That column has one of the :data:`FILE_HEADINGS`; without any, it is the first one, and there is no heading.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no text or no table, or see :func:`~sslviz.core.csv_table.check_file`.
    """
    file = Path(path)
    if file.suffix.lower() not in TABLES:
        check_file(file)
        text = file.read_text(encoding="utf-8-sig")
        return tuple(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))
    try:
        with open_table(file) as table:
            first = next(table.rows, [])
            heading = [cell.strip().lower() for cell in first]
            column = next((heading.index(name) for name in FILE_HEADINGS if name in heading), None)
            rows = table.rows if column is not None else itertools.chain([first], table.rows)
            cells = (row[column or 0].strip() for row in rows if len(row) > (column or 0))
            return tuple(dict.fromkeys(cell for cell in cells if cell))
    except csv.Error as error:
        raise ValueError(str(error)) from error
