"""Descriptions of the rows and cells of the similarity matrix for its tooltip."""

from __future__ import annotations

from sslviz.core.panel_data import Probe, Similarity


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
    has its number, counted from 1.
    """
    if shown.what == "dimensions":
        return str(row + 1)
    samples = shown.labels.shape[0]
    at = row % samples
    return f"{numbers[at] if numbers else at + 1}" + ("ab"[row // samples % 2] if shown.what == "views" else "")


def cell_names(shown: Similarity, row: int, column: int, numbers: list[int]) -> tuple[str, str]:
    """Return the names of a cell's row and of its column, such as ``sample 12, view a`` and ``sample 7, view b``.

    ``numbers`` contains the data set index of each sample of the matrix; the names contain those of the two samples. If
    the list is empty, they contain the positions of the samples in the batch instead, counted from 1. Dimensions of z
    have their numbers, counted from 1.
    """
    if shown.what == "dimensions":
        return f"dimension {row + 1}", f"dimension {column + 1}"
    samples = shown.labels.shape[0]
    first, second = (
        f"sample {numbers[each % samples]:,}" if numbers else f"{each % samples + 1} of the batch"
        for each in (row, column)
    )
    if shown.what == "scores":
        return f"prediction from {first}", f"candidate of {second}"
    if shown.what == "predictions":
        return f"prediction from {first}, view a", f"{second}, view b"
    if shown.what == "latents":
        return first, second
    return f"{first}, view {'ab'[row // samples % 2]}", f"{second}, view {'ab'[column // samples % 2]}"


def pair_kind(shown: Similarity, row: int, column: int) -> str:
    """Return in words which kind of pair a cell compares, for example "positive pair", "negative pair" or "itself"."""
    if shown.what == "dimensions":
        return "the same dimension" if row == column else "two dimensions"
    size = shown.matrix.shape[0]
    if shown.shift is not None and column in ((row + shown.shift) % size, (row - shown.shift) % size):
        return {"views": "positive pair", "predictions": "its target"}.get(shown.what, "the positive")
    if row == column and shown.what in ("views", "latents"):
        return "itself"
    others = {"views": "negative pair", "scores": "a negative", "predictions": "another target"}
    return others.get(shown.what, "two samples")
