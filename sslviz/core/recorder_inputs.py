"""What scripts give a :class:`sslviz.Recorder`, as a run folder holds it. Raises ValueError with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import LabelEntry
from sslviz.core.panel_data import Probe
from sslviz.core.settings import Values
from sslviz.core.wire import Array

MOST_ROWS = 10_000
"""samples that are kept, and read back"""
MOST_MATRIX = 512
"""rows of a similarity matrix that are kept"""
SIDE = 48
"""px, the longest of a picture that is kept"""
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[Any]
Label = Sequence[object] | object
Labels = Label | Mapping[str, Label]


def as_array(given: Any) -> Numbers:  # noqa: ANN401 - arrays and tensors of any library
    """A numpy array; a tensor is fetched from its device, without gradient."""
    if isinstance(given, list | tuple) and any(hasattr(each, "detach") for each in given):
        return np.stack([as_array(each) for each in given])
    if hasattr(given, "detach"):
        given = given.detach().cpu()
        if given.is_floating_point():
            given = given.float()  # numpy has no bfloat16
        given = given.numpy()
    found = np.asarray(given)
    if found.dtype.kind == "c":
        raise ValueError("complex numbers cannot be shown")
    return found


def embeddings(given: object) -> Floats:
    """h float32[n, D] of the first samples."""
    h = as_array(given)
    if h.ndim != 2 or not all(h.shape):
        raise ValueError(f"h is {list(h.shape)}; it must be [n, D]")
    return np.asarray(h[:MOST_ROWS], np.float32)


def views(given: object) -> Floats:
    """z float32[V, n, D] of the first samples, V = 1 or 2."""
    z = as_array(given)
    if z.ndim == 2:
        z = z[None]
    if z.ndim != 3 or len(z) not in (1, 2) or not all(z.shape):
        raise ValueError(f"z is {list(z.shape)}; it must be [n, D], or [2, n, D] of two views")
    return np.asarray(z[:, :MOST_ROWS], np.float32)


def count(given: Any) -> int:  # noqa: ANN401 - as above
    """Of how many samples embeddings or views are, those that are not kept included; 0 where they are neither."""
    shape = getattr(given, "shape", None) or as_array(given).shape
    return int(shape[-2]) if len(shape) > 1 else 0


def square(given: object) -> Floats:
    """similarity float32[R, R] of the first rows."""
    matrix = as_array(given)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"similarity is {list(matrix.shape)}; it must be [R, R]")
    return np.asarray(matrix[:MOST_MATRIX, :MOST_MATRIX], np.float32)


def settings_of(given: Mapping[str, object]) -> Values:
    """Those that are numbers, texts or yes and no, the rest as text."""
    plain = (bool, int, float, str)
    return {str(key): value if isinstance(value, plain) else str(value) for key, value in given.items()}


def samples(count: int, images: object, labels: Labels | None, texts: Sequence[str] | None, of: int = 0) -> Probe:
    """What ``count`` samples look like and are called, the first of so many."""
    named = labels if isinstance(labels, Mapping) else {} if labels is None else {"label": labels}
    found = {str(name): _label(str(name), values, count) for name, values in named.items()}
    read = tuple(str(text) for text in list(() if texts is None else texts)[:count])
    if len(read) not in (0, count):
        raise ValueError(f"{len(read)} texts are given for {count} samples")
    return Probe(
        pictures=Array.of(pictures(images, count)),
        texts=read,
        labels={name: values for name, (_, values) in found.items()},
        label_entries=tuple(entry for entry, _ in found.values()),
        ids=Array.of(np.arange(count)),
        of=max(count, of),
    )


def _label(name: str, given: object, count: int) -> tuple[LabelEntry, Array]:
    values = as_array(given if not isinstance(given, Iterable) or hasattr(given, "shape") else list(given))[:count]
    if values.shape != (count,):
        raise ValueError(f"{name} is {list(values.shape)}; it must be [{count}], one for each sample")
    if values.dtype.kind == "f":
        return LabelEntry(name=name), Array.of(values.astype(np.float32))
    names, places = np.unique(values, return_inverse=True)
    return LabelEntry(name=name, names=tuple(str(each) for each in names)), Array.of(places.astype(np.int32))


def pictures(given: object, count: int) -> npt.NDArray[np.uint8]:
    """uint8[n, 1, h, w, 3], small, of images with channels first or last; [n, 0, 0, 0, 3] of none.

    Floats are spread over black to white from their lowest to their highest, unless they lie in 0…1.
    """
    if given is None:
        return np.zeros((count, 0, 0, 0, 3), np.uint8)
    images = as_array(given)[:count]
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim == 4 and images.shape[-1] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim != 4 or len(images) != count or images.shape[-1] not in (1, 3) or not images.size:
        raise ValueError(f"images are {list(images.shape)}; they must be [{count}, H, W, C] or [{count}, C, H, W]")
    small = _bytes(_shrunk(images))
    return np.ascontiguousarray(np.broadcast_to(small, (*small.shape[:3], 3))[:, None])


def _shrunk(images: Numbers) -> Numbers:
    """Means of squares, as many pixels each as bring the longest side to :data:`SIDE`."""
    n, height, width, channels = images.shape
    factor = -(-max(height, width) // SIDE)
    if factor == 1:
        return images
    rows, columns = max(height // factor, 1), max(width // factor, 1)
    down, across = min(factor, height), min(factor, width)
    cut = images[:, : rows * down, : columns * across].astype(np.float32)
    means: Numbers = cut.reshape(n, rows, down, columns, across, channels).mean((2, 4))
    return means if images.dtype.kind == "f" else means.round().astype(np.uint8)


def _bytes(images: Numbers) -> npt.NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images
    values = np.nan_to_num(images.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        values = (values - low) / max(high - low, 1e-12)
    return np.asarray((values * 255).round(), np.uint8)
