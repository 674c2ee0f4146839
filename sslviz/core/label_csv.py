"""Labels of files that the user gives, in a CSV file with one row per file and one column per label.

The column with the names of the files is the first one; :mod:`sslviz.learning.io.label_table` reads such files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from sslviz.core.csv_table import FILE, FILE_HEADINGS, open_table
from sslviz.core.durable_file import write_durably


class LabelFileError(Exception):
    """Raised if labels cannot be added to a file; the message is a sentence for the user. The file stays as it is."""


def add_labels(path: Path, files: Iterable[str], label: str, value: str) -> int:
    """Give ``files`` the ``value`` of the label ``label`` in the CSV file at ``path``, which is made if it is new.

    Rows and columns that the file has stay, and so does its encoding; where a file has another value of this label,
    the new one replaces it. Returns the number of files that have this value now.

    Raises:
        LabelFileError: The file is no table with a column of file names, or cannot be read or written.
    """
    try:
        heading, rows, delimiter, encoding = _read(path)
        names = [name.strip() for name in heading]
        lowered = [name.lower() for name in names]
        place = next((lowered.index(name) for name in FILE_HEADINGS if name in lowered), None)
        if place is None:
            raise LabelFileError(f"{path.name} has no column called {FILE}: choose another file.")
        if label.lower() in FILE_HEADINGS:
            raise LabelFileError(f"A label cannot be called {label}: this is the column of file names.")
        if label not in names:
            names.append(label)
            heading.append(label)
        column = names.index(label)
        by_file = {row[place]: row for row in rows if place < len(row)}
        for file in files:
            if file not in by_file:
                rows.append([file if index == place else "" for index in range(len(heading))])
                by_file[file] = rows[-1]
            by_file[file] += [""] * (len(heading) - len(by_file[file]))
            by_file[file][column] = value
        rows = [row + [""] * (len(heading) - len(row)) for row in rows]
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerows([heading, *rows])
        write_durably(path, text.getvalue().encode(encoding))
    except (OSError, ValueError, csv.Error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise LabelFileError(f"Labels cannot be added to {path.name}: {reason}.") from error
    return sum(len(row) > column and row[column] == value for row in rows)


def labels_in(path: Path) -> tuple[str, ...]:
    """Return the names of the labels that a file has; none if it is new or cannot be read."""
    try:
        with open_table(path) as table:
            heading = next(table.rows, [])
    except (OSError, ValueError, csv.Error):
        return ()
    return tuple(name for name in map(str.strip, heading) if name and name.lower() not in FILE_HEADINGS)


def _read(path: Path) -> tuple[list[str], list[list[str]], str, str]:
    """Return heading, rows, delimiter and encoding of a file; those of an empty one if it is not there."""
    if not path.exists():
        return [FILE], [], ",", "utf-8"
    with open_table(path) as table:
        return next(table.rows, [FILE]), list(table.rows), table.delimiter, table.encoding
