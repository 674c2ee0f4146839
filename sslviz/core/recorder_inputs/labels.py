"""Conversion of labels to classes or numbers, which may be unknown for some samples."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.plain_text import as_text, one_line
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
    """Return the description of the label called ``name``, and its values for the n samples that are kept.

    :func:`kept_rows` chooses the samples to keep. The returned values are either classes, int32[n], or numbers,
    float32[n]. Which of the two they are depends on the given values:

    - Texts, booleans, integers and other objects are classes.
    - Floating-point numbers are classes if they are whole and there are few different ones: at most
      :data:`MAX_FLOAT_CLASSES`, and at most half as many as known values. Other floating-point numbers are numbers.

    A value is unknown if it is None, an empty text, NaN, infinite or masked. If numbers are classes, -1 is unknown too,
    unless -1 and 1 are the only values, or there are values below -1. If they are not classes, -1 is a number like any
    other, and a number too large for float32 is unknown.

    Args:
        name: Name of the label.
        value: One value for each sample: an array, a tensor or a sequence.
        total: Number of samples.
        report: Called with a sentence if names of classes are shortened, or if there are too many classes to keep all.

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
    """Return the values of the n samples that are kept, [n]. Raises ValueError if there are not ``total`` values."""
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
    """Return a list as an array with dtype object; tensors without dimensions become numbers.

    The dtype is object since numpy's own text type would take as much memory for each text as for the longest one.
    """
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
    """Convert an array of objects to an array of numbers if all are numbers; otherwise return it unchanged."""
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
    """Return bool[n] for the n integers in ``column``: true where -1 means that the sample has no label.

    All are false if -1 is a class: if the only integers are -1 and 1, or if some are below -1.
    """
    distinct = np.unique(column)
    signs_or_signed = distinct.tolist() == [-1, 1] or distinct[0] < -1
    return np.zeros(len(column), bool) if signs_or_signed else column == -1


def _classes(
    name: str, column: npt.NDArray[Any], known: npt.NDArray[np.bool_], report: Report
) -> tuple[LabelEntry, Array]:
    """Return the description of a label with classes, and the index of each sample's class, int32[n].

    ``column``: the values of those of the n samples whose value is ``known``, bool[n]. The index of the other samples
    is :data:`UNKNOWN`.
    """
    if column.dtype.kind not in "iu":
        column = np.array([as_text(each) for each in column.tolist()], object)
    distinct, indices = np.unique(column, return_inverse=True)
    kept, classes = largest_classes(indices, len(distinct))
    if len(kept) < len(distinct):
        report(f"Of {len(distinct)} classes of {name} the {len(kept)} largest are kept: the others count as unknown")
    values = np.full(len(known), UNKNOWN, np.int32)
    values[known] = classes
    texts = distinct[kept].tolist()
    names = tuple(one_line(each, MAX_CLASS_NAME) for each in texts)
    if any(len(str(each)) > MAX_CLASS_NAME for each in texts):
        report(f"Some names of {name} are shortened: they have more than {MAX_CLASS_NAME} characters")
    return LabelEntry(name=name, names=names), Array.of(values)


def largest_classes(values: npt.NDArray[np.integer], count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int32]]:
    """Choose the :data:`MAX_CLASSES` classes with the most samples; all if there are not more.

    Args:
        values: Class of each sample, int[n] in 0…count-1, or :data:`UNKNOWN`.
        count: Number of all classes.

    Returns:
        The chosen classes in ascending order, int[k], and for each sample the index of its class among them, int32[n],
        which is :data:`UNKNOWN` for all other classes.
    """
    sizes = np.bincount(values[values >= 0], minlength=count)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MAX_CLASSES])
    position = np.full(count + 1, UNKNOWN, np.int32)  # the last one, at index -1, for unknown classes
    position[kept] = np.arange(len(kept))
    return kept, position[values]
