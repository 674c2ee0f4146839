"""Tables about files in CSV files that the user gives: a heading, then one row per file."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "file"
"""Name of the column with the names of the files, in tables that are new."""
FILE_HEADINGS = (FILE, "filename", "file name", "file_name", "path", "image", "name", "index")
"""Headings of that column, in lower case, in tables that exist."""
MOST_BYTES = 200_000_000
"""Size of a file above which it is not read."""
LONGEST_HEADING = 10_000
"""Number of characters of the heading by which the delimiter is found."""


def check_file(path: Path) -> None:
    """Check that a file that the user gives can be read to its end.

    Raises:
        OSError: It is not there.
        ValueError: It is a pipe or a device, which may have no end, or has more than :data:`MOST_BYTES`.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no file")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // 10**6} MB")


@contextmanager
def open_table(path: Path) -> Iterator[tuple[Iterator[list[str]], str]]:
    """Open a table; the value is its rows, without empty ones, and the character between two cells.

    Raises:
        OSError: The table cannot be read.
        ValueError: It is no text, or see :func:`check_file`; the former may be raised by a row too.
        csv.Error: A row is no row of a table.
    """
    check_file(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = max(",;\t", key=file.readline(LONGEST_HEADING).count)
        file.seek(0)
        yield (row for row in csv.reader(file, delimiter=delimiter) if row), delimiter
