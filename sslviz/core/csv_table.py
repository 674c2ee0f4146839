"""Tables about files in CSV files that the user gives: a heading, then one row per file."""

from __future__ import annotations

import codecs
import csv
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

FILE = "file"
"""Name of the column with the names of the files, in tables that are new."""
FILE_HEADINGS = (FILE, "filename", "file name", "file_name", "path", "image", "name", "index")
"""Headings of that column, in lower case, in tables that exist."""
MOST_BYTES = 200_000_000
"""Size of a file above which it is not read."""
LONGEST_HEADING = 10_000
"""Number of characters of the heading by which the delimiter is found."""


class Table(NamedTuple):
    """An open table: its ``rows`` without empty ones, the character between two cells, and the encoding of the file."""

    rows: Iterator[list[str]]
    delimiter: str
    encoding: str


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
def open_table(path: Path, errors: str = "strict") -> Iterator[Table]:
    """Open a table in UTF-8 or, with a byte order mark, in UTF-16.

    ``errors``: as in :func:`open`, "replace" to read a table in an unknown encoding nevertheless.

    Raises:
        OSError: The table cannot be read.
        ValueError: It is no text, or see :func:`check_file`; the former may be raised by a row too.
        csv.Error: A row is no row of a table.
    """
    check_file(path)
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        delimiter = max(",;\t", key=file.readline(LONGEST_HEADING).count)
        file.seek(0)
        yield Table((row for row in csv.reader(file, delimiter=delimiter) if row), delimiter, encoding)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        beginning = file.read(len(codecs.BOM_UTF8))
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if beginning == codecs.BOM_UTF8 else "utf-8"
