"""Conversion of the arguments of :class:`sslviz.Recorder` to the arrays and texts that a run folder holds.

All functions raise ValueError with the reason if an argument has the wrong type or shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import LabelEntry
from sslviz.core.panel_data import Probe
from sslviz.core.settings import Values
from sslviz.core.wire import Array

MAX_ROWS = 10_000
"""Maximum number of samples of a snapshot that are written and read."""
MAX_MATRIX_ROWS = 512
"""Maximum number of rows of a similarity matrix that are written."""
SIDE = 48
"""Maximum height and width of an image that is written, in pixels."""
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[Any]
Label = Sequence[object] | object
Labels = Label | Mapping[str, Label]


def as_array(value: Any) -> Numbers:  # noqa: ANN401 - arrays and tensors of any library
    """Return ``value`` as a numpy array; tensors are detached and copied to the CPU.

    A list of tensors is stacked. Raises ValueError for complex numbers.
    """
    if isinstance(value, list | tuple) and any(hasattr(each, "detach") for each in value):
        return np.stack([as_array(each) for each in value])
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if value.is_floating_point():
            value = value.float()  # numpy has no bfloat16
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype.kind == "c":
        raise ValueError("complex numbers cannot be shown")
    return array


def embeddings(value: object) -> Floats:
    """Return the embeddings h as float32[n, D]; samples beyond the first :data:`MAX_ROWS` are left out."""
    h = as_array(value)
    if h.ndim != 2 or not all(h.shape):
        raise ValueError(f"h is {list(h.shape)}; it must be [n, D]")
    return np.asarray(h[:MAX_ROWS], np.float32)


def views(value: object) -> Floats:
    """Return the embeddings z of V = 1 or 2 views as float32[V, n, D].

    ``value`` is [n, D], for one view, or [V, n, D]. Samples beyond the first :data:`MAX_ROWS` are left out.
    """
    z = as_array(value)
    if z.ndim == 2:
        z = z[None]
    if z.ndim != 3 or len(z) not in (1, 2) or not all(z.shape):
        raise ValueError(f"z is {list(z.shape)}; it must be [n, D], or [2, n, D] of two views")
    return np.asarray(z[:, :MAX_ROWS], np.float32)


def count(value: Any) -> int:  # noqa: ANN401 - as above
    """Return the number of samples in h or z, even if it exceeds :data:`MAX_ROWS`.

    Return 0 if ``value`` has fewer than two dimensions.
    """
    shape = getattr(value, "shape", None) or as_array(value).shape
    return int(shape[-2]) if len(shape) > 1 else 0


def square(value: object) -> Floats:
    """Return a similarity matrix as float32[R, R]; rows and columns beyond :data:`MAX_MATRIX_ROWS` are left out."""
    matrix = as_array(value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"similarity is {list(matrix.shape)}; it must be [R, R]")
    return np.asarray(matrix[:MAX_MATRIX_ROWS, :MAX_MATRIX_ROWS], np.float32)


def settings_of(settings: Mapping[str, object]) -> Values:
    """Return the settings with every value converted to text unless it is a number, text or boolean."""
    plain = (bool, int, float, str)
    return {str(key): value if isinstance(value, plain) else str(value) for key, value in settings.items()}


def samples(count: int, images: object, labels: Labels | None, texts: Sequence[str] | None, of: int = 0) -> Probe:
    """Return a Probe of the first ``count`` samples, with their images, labels and texts.

    ``labels`` is a sequence with one label per sample, or a dictionary from names to such sequences. ``of`` is the
    number of all samples, of which the Probe holds the first ``count``.
    """
    by_name = labels if isinstance(labels, Mapping) else {} if labels is None else {"label": labels}
    entries = {str(name): _label(str(name), values, count) for name, values in by_name.items()}
    kept_texts = tuple(str(text) for text in list(() if texts is None else texts)[:count])
    if len(kept_texts) not in (0, count):
        raise ValueError(f"{len(kept_texts)} texts are given for {count} samples")
    return Probe(
        images=Array.of(thumbnails(images, count)),
        texts=kept_texts,
        labels={name: values for name, (_, values) in entries.items()},
        label_entries=tuple(entry for entry, _ in entries.values()),
        ids=Array.of(np.arange(count)),
        split_size=max(count, of),
    )


def _label(name: str, value: object, count: int) -> tuple[LabelEntry, Array]:
    values = as_array(value if not isinstance(value, Iterable) or hasattr(value, "shape") else list(value))[:count]
    if values.shape != (count,):
        raise ValueError(f"{name} is {list(values.shape)}; it must be [{count}], one for each sample")
    if values.dtype.kind == "f":
        return LabelEntry(name=name), Array.of(values.astype(np.float32))
    names, indices = np.unique(values, return_inverse=True)
    return LabelEntry(name=name, names=tuple(str(each) for each in names)), Array.of(indices.astype(np.int32))


def thumbnails(value: object, count: int) -> npt.NDArray[np.uint8]:
    """Return small images, uint8[n, 1, h, w, 3], or [n, 0, 0, 0, 3] if none are given.

    ``value`` is [n, H, W], [n, C, H, W] or [n, H, W, C] with C = 1 or 3 channels; only the first ``count`` images are
    used. Unless the values are uint8 or all lie in [0, 1], they are scaled so that the minimum becomes black and the
    maximum white.
    """
    if value is None:
        return np.zeros((count, 0, 0, 0, 3), np.uint8)
    images = as_array(value)[:count]
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim == 4 and images.shape[-1] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim != 4 or len(images) != count or images.shape[-1] not in (1, 3) or not images.size:
        raise ValueError(f"images are {list(images.shape)}; they must be [{count}, H, W, C] or [{count}, C, H, W]")
    small = _bytes(_shrunk(images))
    return np.ascontiguousarray(np.broadcast_to(small, (*small.shape[:3], 3))[:, None])


def _shrunk(images: Numbers) -> Numbers:
    """Return images [n, H, W, C] with at most :data:`SIDE` pixels per side, by averaging blocks of pixels."""
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
