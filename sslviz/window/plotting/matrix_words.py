"""What a similarity matrix, its rows and columns, and its pairs are called in the window."""

from __future__ import annotations

from typing import NamedTuple

from sslviz.core.panel_data import Probe, Similarity
from sslviz.core.plain_text import FILE_WIDTH, one_line


class Words(NamedTuple):
    """What a matrix of one content is called.

    Attributes:
        of: what the matrix compares; ``{}`` stands for :attr:`Similarity.of`.
        positive, other: the name of a cell of a positive pair, and of any other cell.
        captions: the names of the histograms of all other pairs and of the positive pairs.
        row, column: the names of a row and a column; ``{}`` stands for that of the sample, dimension or prototype.
            ``column`` is empty if the columns are the same as the rows.
    """

    of: str
    positive: str
    other: str
    captions: tuple[str, str] = ("negatives", "positives")
    row: str = "{}"
    column: str = ""


WORDS = {
    "views": Words("{}", "positive pair", "negative pair"),
    "latents": Words("{}", "the positive", "two samples"),
    "scores": Words("predictions", "the positive", "a negative", row="prediction from {}", column="candidate of {}"),
    "predictions": Words(
        "predictions", "its target", "another target", ("others", "targets"), "prediction from {}", "target of {}"
    ),
    "queries": Words("queries and keys", "its key", "another key", ("others", "keys"), "query of {}", "key of {}"),
    "dimensions": Words(
        "the dimensions of {}", "the same dimension", "two dimensions", ("two dim.", "same dim."), "dimension {}"
    ),
    "prototypes": Words(
        "prototypes", "the same prototype", "two prototypes", ("others", "same"), "teacher: {}", "student: {}"
    ),
}
"""The words for each content of a matrix, see :attr:`Similarity.what`."""


def matrix_name(shown: Similarity) -> str:
    """Return what the matrix is of, such as ``of queries and keys``; empty if that is unknown."""
    name = WORDS[shown.what].of.format(shown.of)
    return f"of {name}" if name else ""


def numbers_of(shown: Similarity, probe: Probe | None) -> list[int]:
    """Return the data set index of each sample of the matrix, in the order of the matrix's rows.

    The list is empty if these indices are unknown, as for the samples of a batch.
    """
    count = shown.labels.shape[0]
    if shown.source != "probe" or probe is None or probe.ids.shape[0] < count:
        return []
    numbers: list[int] = probe.ids.numpy()[:count].tolist()
    return numbers


def row_name(shown: Similarity, row: int, numbers: list[int]) -> str:
    """Return a short name of a row, such as ``12b`` for the second view of sample 12 (``12a`` is the first).

    ``numbers`` contains the data set index of each sample of the matrix; the name begins with that of the row's sample.
    If the list is empty, the name begins with the position of the sample in the batch, counted from 1. Of samples that
    are files, it is the path of the file. A dimension of z has its number, counted from 1; a prototype has its text.
    """
    if shown.labels.shape[0] == 0:
        return shown.texts[row] if shown.texts else str(row + 1)
    samples = shown.labels.shape[0]
    at = row % samples
    view = "ab"[row // samples % 2] if shown.what == "views" else ""
    if shown.files:
        again = shown.files[:at].count(shown.files[at])
        return " ".join(filter(None, (shown.files[at], f"({again + 1})" if again else "", view)))
    return f"{numbers[at] if numbers else at + 1}{view}"


def column_name(shown: Similarity, column: int, numbers: list[int]) -> str:
    """Return a short name of a column: that of the row of the same sample, or ``queue 3`` if there is no such row."""
    rows = shown.matrix.shape[0]
    return row_name(shown, column, numbers) if column < rows else f"queue {column - rows + 1}"


def cell_names(shown: Similarity, row: int, column: int, numbers: list[int]) -> tuple[str, str]:
    """Return the names of a cell's row and of its column, such as ``sample 12, view a`` and ``sample 7, view b``.

    ``numbers`` contains the data set index of each sample of the matrix; the names contain those of the two samples. If
    the list is empty, they contain the positions of the samples in the batch instead, counted from 1. Dimensions of z
    have their numbers, counted from 1, and prototypes their texts. Samples that are files have their paths, elided.
    """
    words, rows = WORDS[shown.what], shown.matrix.shape[0]
    first = words.row.format(_full_name(shown, row, numbers))
    if column >= rows:
        return first, f"key {column - rows + 1} of the queue"
    return first, (words.column or words.row).format(_full_name(shown, column, numbers))


def _full_name(shown: Similarity, row: int, numbers: list[int]) -> str:
    samples = shown.labels.shape[0]
    if samples == 0:
        return row_name(shown, row, numbers)
    name = f"sample {numbers[row % samples]:,}" if numbers else f"{row % samples + 1} of the batch"
    name = one_line(shown.files[row % samples], FILE_WIDTH) if shown.files else name
    return f"{name}, view {'ab'[row // samples % 2]}" if shown.what == "views" else name


def pair_kind(shown: Similarity, row: int, column: int) -> str:
    """Return in words which kind of pair a cell compares, for example "positive pair", "negative pair" or "itself"."""
    words, (rows, size) = WORDS[shown.what], shown.matrix.shape
    if shown.shift is not None and column in ((row + shown.shift) % size, (row - shown.shift) % size):
        return words.positive
    if row == column and not words.column:
        return "itself"
    return "a key of the queue" if column >= rows else words.other
