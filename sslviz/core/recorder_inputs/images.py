"""Conversion of images of samples to small RGB images of 8 bits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.log import logger
from sslviz.core.panel_data.latent_map import thumbnail_side
from sslviz.core.recorder_inputs.arrays import MAX_ROWS, Numbers, array_like, as_array, keep, kept_rows

CHUNK = 2**20
"""Approximate number of values that are converted at once."""
DARKEST_OF_BYTES = 127
"""Values from 0 to 255 are taken as 8-bit images if the largest is above this number."""


def thumbnails(value: Any, total: int) -> npt.NDArray[np.uint8]:  # noqa: ANN401 - arrays and tensors of any library
    """Return small RGB images of the n samples that are kept, uint8[n, 1, h, w, 3].

    The second dimension stands for a single video frame; h and w are the height and width of the small images.
    :func:`kept_rows` chooses the samples to keep. ``value`` holds the images of all samples: [total, H, W],
    [total, H, W, C] or [total, C, H, W] with C = 1 or 3 channels; another shape raises ValueError. Its numbers may have
    any real type. Which numbers are black and white depends on all images together:

    - 8-bit images, and other numbers from 0 to 255 if the largest is above 127: 0 is black, 255 is white.
    - Booleans and numbers from 0 to 1: 0 is black, 1 is white.
    - Other numbers: the smallest is black, the largest is white.

    Numbers that are not finite become black.
    """
    images, layout = _images(value, total)
    n, step = len(images), max(1, CHUNK // math.prod(images.shape[1:]))
    chunks = [slice(first, first + step) for first in range(0, n, step)]
    low, high = _scale(as_array(images[chunk]) for chunk in chunks)
    side = thumbnail_side(n)
    parts = [_small(_channels_first(as_array(images[chunk]), layout), low, high, side) for chunk in chunks]
    small = np.moveaxis(np.concatenate(parts), 1, 3)
    return np.ascontiguousarray(np.broadcast_to(small, (*small.shape[:3], 3))[:, None])


def shrunk_bytes(images: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """Return 8-bit images, uint8[n, H, W, C], as uint8[n, h, w, C] with at most ``side`` pixels per side."""
    if max(images.shape[1:3]) <= side:
        return images
    step = max(1, CHUNK // math.prod(images.shape[1:]))
    first = np.moveaxis(images, 3, 1)
    parts = [_small(first[start : start + step], 0, 255, side) for start in range(0, len(images), step)]
    return np.ascontiguousarray(np.moveaxis(np.concatenate(parts), 1, 3))


def _images(value: Any, total: int) -> tuple[Any, str]:  # noqa: ANN401 - as above
    """Return the images of the samples that are kept, as one array or tensor, and the layout of the array.

    The layout says where the C channels are: "grey" for [n, H, W], "first" for [n, C, H, W], "last" for [n, H, W, C].
    """
    if isinstance(value, list | tuple) and len(value) == total > MAX_ROWS:
        value = [value[row] for row in kept_rows(total)]
        images = array_like(value)
    else:
        images = array_like(value)
        if images.ndim < 3 or len(images) != total:
            raise _wrong_shape(images.shape, total)
        images = keep(images)
    shape = tuple(images.shape)
    if images.ndim not in (3, 4) or not all(shape):
        raise _wrong_shape(shape, total)
    layout = "grey" if len(shape) == 3 else "last" if shape[3] in (1, 3) else "first" if shape[1] in (1, 3) else ""
    if not layout:
        raise _wrong_shape(shape, total)
    return images, layout


def _wrong_shape(shape: tuple[int, ...], total: int) -> ValueError:
    wanted = f"[{total}, H, W], [{total}, H, W, C] or [{total}, C, H, W] with 1 or 3 channels"
    return ValueError(f"images are {list(shape)}; they must be {wanted}")


def _channels_first(images: Numbers, layout: str) -> Numbers:
    return images[:, None] if layout == "grey" else np.moveaxis(images, 3, 1) if layout == "last" else images


def _scale(chunks: Iterator[Numbers]) -> tuple[float, float]:
    """Return the number that is drawn black and the number that is drawn white; ``chunks`` hold parts of the images."""
    low, high = np.inf, -np.inf
    for chunk in chunks:
        if chunk.dtype == np.uint8:
            return 0.0, 255.0
        is_finite = np.isfinite(chunk)
        finite = chunk if is_finite.all() else chunk[is_finite]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and DARKEST_OF_BYTES < high <= 255:
        return 0.0, 255.0
    if high > low:
        logger("recorder").info("Images: the smallest number, %g, is drawn black, the largest, %g, white.", low, high)
    return low, high


def _small(images: Numbers, low: float, high: float, side: int) -> npt.NDArray[np.uint8]:
    """Return images [n, C, H, W] as uint8[n, C, h, w] with at most ``side`` pixels per side.

    The number ``low`` becomes 0, and ``high`` becomes 255.
    """
    wide = images.dtype.kind in "iuf" and images.dtype.itemsize > 4
    light: npt.NDArray[np.floating] = images.astype(np.float64 if wide else np.float32)
    light -= low
    light /= max(high - low, 1e-12)
    if images.dtype.kind == "f":
        np.nan_to_num(light, copy=False, nan=0, posinf=0, neginf=0)
    factor = side / max(light.shape[2:])
    for axis in (2, 3) if factor < 1 else ():
        light = _shrunk(light, axis, max(1, round(light.shape[axis] * factor)))
    return np.asarray(np.clip(light * 255, 0, 255).round(), np.uint8)


def _shrunk(images: npt.NDArray[np.floating], axis: int, size: int) -> npt.NDArray[np.floating]:
    """Return ``images`` shrunk to ``size`` pixels along ``axis``.

    The axis is divided into ``size`` equal intervals. Each new pixel is the mean over one of them; a pixel that lies
    only partly in the interval counts by that part.
    """
    length = images.shape[axis]
    edges = np.linspace(0, length, size + 1)
    pixel = np.minimum(edges.astype(int), length - 1)
    shape = [1] * images.ndim
    shape[axis] = size + 1
    missing = (pixel + 1 - edges).astype(images.dtype).reshape(shape)  # parts of these pixels beyond the edges
    sums = np.cumsum(images, axis).take(pixel, axis) - missing * images.take(pixel, axis)
    return np.asarray(np.diff(sums, axis=axis) * images.dtype.type(size / length))
