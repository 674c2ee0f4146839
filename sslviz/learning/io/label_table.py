"""Labels of files in a table beside them: a CSV file with a column of file names and further columns."""

from __future__ import annotations

import csv
import itertools
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from msgspec.structs import replace

from sslviz.core.csv_table import FILE_HEADINGS, open_table
from sslviz.core.entries import LabelEntry
from sslviz.core.found import Unreadable
from sslviz.core.plain_text import one_line, plain_text
from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.picture_labels import HELD_OUT, MOST_CLASSES, TRAIN, Column, class_column, number_in
from sslviz.learning.io.pictures import why
from sslviz.learning.io.reported import reported

ENDINGS = (".csv", ".tsv")
SPLIT_NAMES = ("split", "set", "subset")
"""Names of a column that says which files are held out."""
READING = "Reading {}"
ROWS = 5000
"""Number of texts in a table between two calls of the progress callback."""
MOST_COLUMNS = 1000
"""Number of columns above which a table is not read."""
LOOKED_AT = 100
"""Number of rows among which the column of file names is looked for."""
NUMBERS_FROM = 20
"""Number of different numbers in a column from which they are numbers and not classes."""
MOST_NAME = 60
"""Maximum length of the name of a label."""


@dataclass
class LabelTable:
    """What the tables beside some files say about them.

    ``columns``: the labels. ``held_out``: whether each file is held out; None if the tables do not say so.
    ``unreadable``: tables that could not be read.
    """

    columns: list[Column] = field(default_factory=list)
    held_out: list[bool] | None = None
    unreadable: list[Unreadable] = field(default_factory=list)


def label_table(root: Path, files: Sequence[str], progress: ProgressCallback) -> LabelTable:
    """Return what the tables in the folder ``root`` say about ``files``, which are paths in this folder.

    A table has a heading. One of its columns has paths or names of the files, with or without their endings; a column
    called "split" may have the words train, val and test, and every other column is a label: numbers if it has many,
    and otherwise classes. Columns with a different text for nearly every file are left out. ``progress`` may raise to
    cancel.
    """
    table = LabelTable()
    paths = _tables(root)
    if not paths:
        return table
    names = FileNames(reported(files, progress, READING.format("labels")))
    for path in paths:
        try:
            _add(table, _read(path, names, progress), len(files), progress)
        except OSError as error:
            table.unreadable.append(Unreadable(plain_text(path.name), why(error)))
        except (ValueError, csv.Error) as error:
            table.unreadable.append(Unreadable(plain_text(path.name), f"cannot be read as a table: {error}"))
    return table


def _tables(root: Path) -> list[Path]:
    """Return the paths of the tables in a folder, sorted; none if it cannot be read, of which the scan tells."""
    try:
        with os.scandir(root) as entries:
            return sorted(
                Path(entry.path)
                for entry in entries
                if entry.name.lower().endswith(ENDINGS) and not entry.name.startswith(".") and os.path.isfile(entry)
            )
    except OSError:
        return []


def label_file(path: Path, names: FileNames, number: int, progress: ProgressCallback) -> list[Column]:
    """Return the labels that one table has of files; unlike those of :func:`label_table`, they may have one class.

    ``names``: finds the files, of which there are ``number``. Labels with one class cannot be scored. ``progress`` may
    raise to cancel.

    Raises:
        OSError: the table cannot be read.
        ValueError: it is no table.
    """
    table = LabelTable()
    try:
        _add(table, _read(path, names, progress), number, progress, least=1)
    except csv.Error as error:
        raise ValueError(str(error)) from error
    return table.columns


class FileNames:
    """Finds files by their path, or by their name with or without its ending if only one has it.

    A text with folders finds no file of the same name in another folder, but may have folders more or fewer above it.
    ``others`` are other names of the files, such as numbers; empty if they have none.
    """

    def __init__(self, files: Iterable[str], others: Sequence[str] = ()) -> None:
        self._by_path = {name: number for number, name in enumerate(others)}
        self._by_name: dict[str, str | None] = {}
        for number, path in enumerate(files):
            self._by_path[path] = number
            if path[:1].isspace():  # lists and tables are read without blanks around names
                self._by_path.setdefault(path.strip(), number)
            name = path.rpartition("/")[2]
            for key in {name, os.path.splitext(name)[0]}:
                self._by_name[key] = None if key in self._by_name else path

    def find(self, text: str) -> int | None:
        path = text.strip().replace("\\", "/").removeprefix("./")
        for exact in (text, path):  # a name may have a backslash
            if exact in self._by_path:
                return self._by_path[exact]
        folder, _, name = path.rpartition("/")
        named = self._by_name.get(name)
        if named is None:
            return None
        other = named.rpartition("/")[0]
        shorter, longer = sorted((folder, other), key=len)
        return self._by_path[named] if not shorter or f"/{longer}".endswith(f"/{shorter}") else None


def _read(path: Path, names: FileNames, progress: ProgressCallback) -> list[tuple[str, dict[int, str]]]:
    """Return the name of each column of a table, and its texts by the number of the file; nothing if no file fits."""
    with open_table(path, errors="replace") as table:
        return _columns(table.rows, READING.format(plain_text(path.name)), names, progress)


def _columns(
    rows: Iterator[list[str]], text: str, names: FileNames, progress: ProgressCallback
) -> list[tuple[str, dict[int, str]]]:
    """Return the columns of the table with these ``rows``, as :func:`_read` does; ``text``: what is reported."""
    heading = next(rows, [])
    if len(heading) > MOST_COLUMNS:
        raise ValueError(f"it has more than {MOST_COLUMNS:,} columns")
    first = list(itertools.islice(rows, LOOKED_AT))
    fits = [sum(names.find(row[k]) is not None for row in first if k < len(row)) for k in range(len(heading))]
    if not first or 2 * max(fits, default=0) < len(first):
        return []
    by_heading = [
        2 * fit >= len(first) and name.strip().lower() in FILE_HEADINGS for fit, name in zip(fits, heading, strict=True)
    ]
    of_names = max(range(len(fits)), key=lambda k: (by_heading[k], fits[k]))  # labels may be numbers, as indices are
    columns: list[tuple[str, dict[int, str]]] = [
        (one_line(name, MOST_NAME).replace("/", " ") or f"column {k + 1}", {})
        for k, name in enumerate(heading)
        if k != of_names
    ]
    for row in reported(itertools.chain(first, rows), progress, text, max(1, ROWS // len(heading))):
        number = names.find(row[of_names]) if of_names < len(row) else None
        if number is not None:
            others = [cell.strip() for k, cell in enumerate(row) if k != of_names]
            for (_, values), cell in zip(columns, others, strict=False):
                if cell:  # another row may have the label of this file
                    values[number] = cell
    return columns


def _add(
    table: LabelTable,
    columns: Sequence[tuple[str, dict[int, str]]],
    number: int,
    progress: ProgressCallback,
    least: int = 2,
) -> None:
    """Add the columns of a table about a ``number`` of files; of columns with the same name, the first one counts.

    Classes of a label are ``least`` at least.
    """
    known = {column.entry.name for column in table.columns}
    for name, values in columns:
        indices = reported(range(number), progress, READING.format(f"the label {name}"))
        texts = [values.get(index, "") for index in indices]
        words = {text.lower() for text in texts if text}
        if name.lower() in SPLIT_NAMES and words and words <= TRAIN | HELD_OUT:
            table.held_out = [text.lower() in HELD_OUT for text in texts]
        elif name not in known and (column := _column(name, texts, progress, least)) is not None:
            known.add(name)
            table.columns.append(column)


def _column(name: str, texts: Sequence[str], progress: ProgressCallback, least: int) -> Column | None:
    """Return the label that a column has; None if it has none, such as a different text for every file."""
    reading = READING.format(f"the label {name}")
    counted = Counter(text for text in reported(texts, progress, reading) if text)
    numbers = _numbers(reported(counted, progress, reading))
    if numbers:
        whole = all(number == int(number) for number in numbers.values())
        if len(set(numbers.values())) > NUMBERS_FROM or (not whole and len(counted) > 1):
            values = [numbers.get(text, math.nan) for text in reported(texts, progress, reading)]
            return Column(LabelEntry(name=name), torch.tensor(values, dtype=torch.float32))
    if not least <= len(counted) <= MOST_CLASSES or (least > 1 and 2 * len(counted) > counted.total()):
        return None
    column = class_column(name, texts)
    return column if len(counted) > 1 else Column(replace(column.entry, scored=False), column.values)


def _numbers(texts: Iterable[str]) -> dict[str, float]:
    """Return the number that each text is; nothing if one of them is none."""
    numbers = {}
    for text in texts:
        number = number_in(text)
        if number == math.inf:
            return {}
        numbers[text] = number
    return numbers
