"""Labels of samples as classes or numbers, with unknown ones."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.plain_text import one_line
from sslviz.core.recorder_inputs.arrays import Numbers, as_array, keep
from sslviz.core.recorder_inputs.report import Report
from sslviz.core.wire import Array

Label = Sequence[object] | object
Labels = Label | Mapping[str, Label]
MAX_CLASSES = 1000
"""Maximum number of classes of a label; those with the fewest samples become unknown."""
MAX_CLASS_NAME = 80
"""Maximum length of the name of a class, in characters."""
MAX_FLOAT_CLASSES = 100
"""Maximum number of different whole numbers in an array of floating point that are taken as classes."""


def classes_or_numbers(name: str, value: object, total: int, report: Report) -> tuple[LabelEntry, Array]:
    """Return the label ``name`` of the kept of ``total`` samples: its description, and int32[n] or float32[n].

    Texts, booleans, integers and other objects are classes. So are floating-point numbers if they are whole and there
    are few different ones, at most half as many as samples; otherwise they are numbers.

    These mean that the class or the number of a sample is unknown: None, an empty text, NaN, infinity, a masked value
    and, among integers, −1. The latter is a class if −1 and 1 are the only integers, or if there are others below 0.

    Args:
        name: Name of the label.
        value: One value for each sample: an array, a tensor or a sequence.
        total: Number of samples.
        report: Called if names are shortened, or classes left out.

    Raises:
        ValueError: There is not one value for each sample, or no value is known.
    """
    values = _column(value, total)
    known = _known(values)
    if not known.any():
        raise ValueError("it is unknown for all samples")
    column = _typed(values[known])
    if column.dtype.kind == "f" and not _are_classes(column):
        figures = np.full(len(values), np.nan)
        figures[known] = np.where(np.abs(column) <= np.finfo(np.float32).max, column, np.nan)
        return LabelEntry(name=name), Array.of(figures.astype(np.float32))
    if column.dtype.kind in "iuf":
        column = column if column.dtype.kind == "u" else column.astype(np.int64)
        labelled = ~_unlabelled(column)
        known[known] = labelled
        column = column[labelled]
        if not len(column):
            raise ValueError("it is unknown for all samples")
    return _classes(name, column, known, report)


def _column(value: Any, total: int) -> npt.NDArray[Any]:  # noqa: ANN401 - arrays, tensors and sequences
    """Return the values of the kept samples, [n]. Raises ValueError unless there is one for each sample."""
    if hasattr(value, "detach"):
        values = as_array(value)
    elif isinstance(value, np.ma.MaskedArray):
        values = value.data.astype(object)
        values[np.ma.getmaskarray(value)] = None
    elif hasattr(value, "__array__"):
        values = np.asarray(value)
    elif isinstance(value, str | bytes | Mapping | AbstractSet) or not hasattr(value, "__iter__"):
        raise ValueError(f"it is one {type(value).__name__}; it must be [{total}], one for each sample")
    else:
        values = _objects(list(value))
    while values.ndim > 1 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.shape != (total,):
        raise ValueError(f"it is {list(values.shape)}; it must be [{total}], one for each sample")
    return np.asarray(keep(values))


def _objects(items: list[Any]) -> npt.NDArray[np.object_]:
    """Return a list as an array of objects, so that long texts cost no more memory; tensors become numbers."""
    items = [each.item() if hasattr(each, "item") and not getattr(each, "shape", None) else each for each in items]
    if any(isinstance(each, list | tuple) or getattr(each, "shape", None) for each in items):
        return np.array(items, dtype=object)  # which has more than one dimension
    array = np.empty(len(items), object)
    array[:] = items
    return array


def _known(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isfinite(values))
    if values.dtype.kind in "biu":
        return np.ones(len(values), bool)
    return np.array([not _is_unknown(each) for each in values.tolist()], bool)


def _is_unknown(value: object) -> bool:
    if value is None or (isinstance(value, str | bytes) and not value.strip()):
        return True
    if isinstance(value, numbers.Real) and not np.isfinite(float(value)):
        return True
    return type(value).__name__ in ("NAType", "NaTType")  # pandas


def _typed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return numbers among objects as an array of numbers, and all other objects as texts."""
    if values.dtype.kind in "iuf":
        return values
    items = values.tolist()
    if all(isinstance(each, numbers.Real) and not isinstance(each, bool) for each in items):
        whole = all(isinstance(each, int) and abs(each) < 2**63 for each in items)
        return np.array(items, np.int64 if whole else np.float64)
    return values


def _are_classes(column: Numbers) -> bool:
    """Return whether floating-point numbers are classes: few different whole numbers."""
    distinct = np.unique(column)
    few = len(distinct) <= min(MAX_FLOAT_CLASSES, len(column) // 2)
    return few and bool((distinct == np.round(distinct)).all()) and float(np.abs(distinct).max()) < 2**53


def _unlabelled(column: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Return which integers mean that a sample is not labelled."""
    distinct = np.unique(column)
    signs_or_signed = distinct.tolist() == [-1, 1] or distinct[0] < -1
    return np.zeros(len(column), bool) if signs_or_signed else column == -1


def _classes(
    name: str, column: npt.NDArray[Any], known: npt.NDArray[np.bool_], report: Report
) -> tuple[LabelEntry, Array]:
    """Return the description of a label with classes, and the index of each sample's class, int32[n]."""
    if column.dtype.kind not in "iu":
        column = np.array([_name(each) for each in column.tolist()], object)
    distinct, indices, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(distinct) > MAX_CLASSES:
        kept = np.sort(np.argsort(-counts, kind="stable")[:MAX_CLASSES])
        position = np.full(len(distinct), UNKNOWN)
        position[kept] = np.arange(MAX_CLASSES)
        report(f"Of {len(distinct)} classes of {name} the {MAX_CLASSES} largest are kept: the others count as unknown")
        distinct, indices = distinct[kept], position[indices]
    values = np.full(len(known), UNKNOWN, np.int32)
    values[known] = indices
    names = tuple(one_line(each, MAX_CLASS_NAME) for each in distinct.tolist())
    if any(len(str(each)) > MAX_CLASS_NAME for each in distinct.tolist()):
        report(f"Some names of {name} are shortened: they have more than {MAX_CLASS_NAME} characters")
    return LabelEntry(name=name, names=names), Array.of(values)


def _name(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
