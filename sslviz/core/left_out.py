"""Lists of samples of the user's own data that are left out of a run: text files with one file name per line.

The window writes each list into a file of its own, which is never changed, so that the settings of a run go on to say
what was left out of it. Lists lie in the user's data folder of sslviz, never beside the user's pictures.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from sslviz.core.durable_file import write_durably
from sslviz.core.folders import left_out_folder
from sslviz.core.plain_text import one_line

TABLES = (".csv", ".tsv")
HEADINGS = ("file", "filename", "file name", "file_name", "path", "name", "image", "index")
"""Headings, in lower case, of the column of a table that has the names; without one of them, it is the first column."""
MOST_BYTES = 200_000_000
"""Size of a list above which it is not read."""
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

    Raises:
        OSError: The file cannot be read.
        ValueError: It is too large, or no text or table.
    """
    file = Path(path)
    if file.stat().st_size > MOST_BYTES:
        raise ValueError(f"has more than {MOST_BYTES // 10**6} MB")
    text = file.read_text(encoding="utf-8-sig", errors="strict")
    if file.suffix.lower() not in TABLES:
        return tuple(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))
    first = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    try:
        rows = [row for row in table if row]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    heading = [cell.strip().lower() for cell in rows[0]] if rows else []
    column = next((heading.index(name) for name in HEADINGS if name in heading), None)
    cells = [row[column or 0].strip() for row in rows[column is not None :] if len(row) > (column or 0)]
    return tuple(dict.fromkeys(cell for cell in cells if cell))
