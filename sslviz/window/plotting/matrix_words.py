"""Descriptions of the rows and cells of the similarity matrix for its tooltip."""

from __future__ import annotations

from sslviz.core.panel_data import Probe, Similarity

POSITIVE = {
    "views": "positive pair",
    "predictions": "its target",
    "queries": "its key",
    "dimensions": "the same dimension",
    "prototypes": "the same prototype",
}
"""What a cell of a positive pair is called, by the content of the matrix."""
OTHER = {
    "views": "negative pair",
    "scores": "a negative",
    "predictions": "another target",
    "queries": "another key",
    "dimensions": "two dimensions",
    "prototypes": "two prototypes",
}
"""What any other cell is called."""


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
    If the list is empty, the name begins with the position of the sample in the batch, counted from 1. A dimension of z
    has its number, counted from 1; a prototype has its text.
    """
    if shown.labels.shape[0] == 0:
        return shown.texts[row] if shown.texts else str(row + 1)
    samples = shown.labels.shape[0]
    at = row % samples
    return f"{numbers[at] if numbers else at + 1}" + ("ab"[row // samples % 2] if shown.what == "views" else "")


def column_name(shown: Similarity, column: int, numbers: list[int]) -> str:
    """Return a short name of a column: that of the row of the same sample, or ``queue 3`` if there is no such row."""
    rows = shown.matrix.shape[0]
    return row_name(shown, column, numbers) if column < rows else f"queue {column - rows + 1}"


def cell_names(shown: Similarity, row: int, column: int, numbers: list[int]) -> tuple[str, str]:
    """Return the names of a cell's row and of its column, such as ``sample 12, view a`` and ``sample 7, view b``.

    ``numbers`` contains the data set index of each sample of the matrix; the names contain those of the two samples. If
    the list is empty, they contain the positions of the samples in the batch instead, counted from 1. Dimensions of z
    have their numbers, counted from 1, and prototypes their texts.
    """
    if shown.what == "dimensions":
        return f"dimension {row + 1}", f"dimension {column + 1}"
    if shown.what == "prototypes":
        return f"teacher: {shown.texts[row]}", f"student: {shown.texts[column]}"
    samples = shown.labels.shape[0]
    first, second = (
        f"sample {numbers[each % samples]:,}" if numbers else f"{each % samples + 1} of the batch"
        for each in (row, column)
    )
    if shown.what == "scores":
        return f"prediction from {first}", f"candidate of {second}"
    if shown.what == "predictions":
        return f"prediction from {first}", f"target of {second}"
    if shown.what == "queries":
        waiting = column - shown.matrix.shape[0]
        return f"query of {first}", f"key of {second}" if waiting < 0 else f"key {waiting + 1} of the queue"
    if shown.what == "latents":
        return first, second
    return f"{first}, view {'ab'[row // samples % 2]}", f"{second}, view {'ab'[column // samples % 2]}"


def pair_kind(shown: Similarity, row: int, column: int) -> str:
    """Return in words which kind of pair a cell compares, for example "positive pair", "negative pair" or "itself"."""
    size = shown.matrix.shape[1]
    if shown.shift is not None and column in ((row + shown.shift) % size, (row - shown.shift) % size):
        return POSITIVE.get(shown.what, "the positive")
    if row == column and shown.what in ("views", "latents"):
        return "itself"
    if column >= shown.matrix.shape[0]:
        return "a key of the queue"
    return OTHER.get(shown.what, "two samples")
