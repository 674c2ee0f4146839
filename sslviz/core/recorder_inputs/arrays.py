"""Conversion of embeddings and similarity matrices to numpy arrays; choice of at most 10,000 samples to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_ROWS = 10_000
"""Maximum number of samples of a snapshot that are written and read."""
MAX_MATRIX_ROWS = 512
"""Maximum number of rows of a similarity matrix that are written."""
MAX_PATCH_SAMPLES = 64
"""Maximum number of samples whose patches are written."""
MAX_PATCHES_PER_SIDE, MAX_PATCH_FEATURES = 32, 1024
"""Maximum number of rows and of columns of patches in an image, and maximum number of dimensions of their features."""
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[Any]


def kept_rows(total: int) -> npt.NDArray[np.int64]:
    """Return the indices of the samples that are kept: all if there are at most 10,000, otherwise 10,000 random ones.

    The indices are in 0…total-1, in ascending order.

    The choice depends on ``total`` alone, so that it is the same for all inputs and at every step. It is random since
    the samples may be sorted, for example by class.
    """
    if total <= MAX_ROWS:
        return np.arange(total)
    return np.sort(np.random.default_rng(0).choice(total, MAX_ROWS, replace=False))


def keep(array: Any, axis: int = 0) -> Any:  # noqa: ANN401 - an array or a tensor
    """Return the rows that :func:`kept_rows` selects from an array or a tensor along ``axis``, which is 0 or 1.

    If all rows are kept, ``array`` itself is returned.
    """
    total = array.shape[axis]
    if total <= MAX_ROWS:
        return array
    return array[kept_rows(total)] if axis == 0 else array[:, kept_rows(total)]


def array_like(value: Any) -> Any:  # noqa: ANN401 - as above
    """Return ``value`` as a dense tensor if it is a tensor, otherwise as a numpy array.

    A tensor stays on its device, and loses its gradient. Arrays of other libraries and sequences become numpy arrays; a
    sequence of tensors becomes one numpy array. Raises ValueError if the parts of a sequence have different shapes.
    """
    if hasattr(value, "detach"):
        tensor = value.detach()
        return (tensor.dequantize() if tensor.is_quantized else tensor).to_dense()
    if hasattr(value, "toarray"):  # scipy.sparse
        return value.toarray()
    if hasattr(value, "__cuda_array_interface__") and hasattr(value, "get"):  # CuPy
        return value.get()
    if isinstance(value, list | tuple) and any(hasattr(each, "detach") for each in value):
        value = [as_array(each) for each in value]
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError("its parts have different shapes") from error


def as_array(value: Any) -> Numbers:  # noqa: ANN401 - as above
    """Return ``value`` as a numpy array of real numbers in the memory of the CPU.

    Tensors of floating point and arrays of objects become float32. Raises ValueError if the values are complex or not
    numbers.
    """
    array = array_like(value)
    if hasattr(array, "detach"):
        array = array.cpu()
        array = (array.float() if array.is_floating_point() else array).numpy()  # numpy has no bfloat16
    if array.dtype.kind == "c":
        raise ValueError("complex numbers cannot be shown")
    if array.dtype.kind in "biuf":
        return np.asarray(array)
    try:  # objects that are numbers, and bfloat16 of other libraries
        if array.dtype.kind in "OV":
            return np.asarray(array, np.float32)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"these are no numbers but {array.dtype}")


def embeddings(value: object) -> tuple[Floats, int]:
    """Return the embeddings h of the samples that are kept, float32[n, d], and N, the number of all samples.

    :func:`kept_rows` chooses n of the N samples. ``value`` holds h of all samples: [N, d], [N, d, 1, 1] or a list of
    batches [b, d]. The result may share memory with ``value``. Raises ValueError if ``value`` has another shape; the
    message says what to pass.
    """
    if isinstance(value, list | tuple) and all(getattr(each, "ndim", 0) == 2 for each in value):
        value = np.concatenate([as_array(each) for each in value]) if value else value
    h = _without_trailing_ones(_array_of("h", value), 2)
    if h.ndim != 2 or not all(h.shape):
        raise ValueError(f"h is {list(h.shape)}; it must be [n, d]{_advice('h', h.ndim)}")
    return _floats(keep(h)), int(h.shape[0])


def views(value: object) -> tuple[Floats, int]:
    """Return the embeddings z of the samples that are kept, float32[V, n, D], and N, the number of all samples.

    :func:`kept_rows` chooses n of the N samples. ``value`` holds z of all samples: [N, D] for one view, or [V, N, D]
    for V = 1 or 2 views. D may be followed by dimensions of size 1. An array of three or more dimensions is read as
    [V, N, D] if its first dimension has size 1 or 2, and otherwise as [N, D].

    The returned embeddings may share memory with ``value``. Raises ValueError if ``value`` has another shape; the
    message says what to pass.
    """
    z = _array_of("z", value)
    shape = list(z.shape)
    two_views = z.ndim > 2 and z.shape[0] in (1, 2)
    z = _without_trailing_ones(z, 3 if two_views else 2)
    z = z[None] if z.ndim == 2 else z
    if z.ndim != 3 or z.shape[0] not in (1, 2) or not all(z.shape):
        raise ValueError(f"z is {shape}; it must be [n, D], or [2, n, D] of two views{_advice('z', len(shape))}")
    return _floats(keep(z, 1)), int(z.shape[1])


def square(value: object) -> tuple[Floats, int]:
    """Return the first R rows and columns of a similarity matrix, float32[R, R], and the number of all its rows.

    R is at most :data:`MAX_MATRIX_ROWS`. Raises ValueError if the matrix is not square.
    """
    matrix = _array_of("similarity", value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not all(matrix.shape):
        raise ValueError(f"similarity is {list(matrix.shape)}; it must be [R, R]")
    return _floats(matrix[:MAX_MATRIX_ROWS, :MAX_MATRIX_ROWS]), int(matrix.shape[0])


def patches(value: object) -> tuple[Floats, int]:
    """Return the features of the patches of the first m samples, float32[m, p, q, e], and the number of all samples.

    m is at most :data:`MAX_PATCH_SAMPLES`. ``value`` holds e features for each patch of each image, in p rows and q
    columns. Raises ValueError if it has another shape, or if there are too many patches or features.
    """
    found = _array_of("patches", value)
    if not are_patches(tuple(found.shape)):
        sides = f"p and q at most {MAX_PATCHES_PER_SIDE}, e at most {MAX_PATCH_FEATURES:,}"
        raise ValueError(f"patches is {list(found.shape)}; it must be [m, p, q, e], {sides}")
    return _floats(found[:MAX_PATCH_SAMPLES]), int(found.shape[0])


def are_patches(shape: tuple[int, ...]) -> bool:
    """Return whether an array of this shape can hold features of patches, [m, p, q, e] of any m."""
    return (
        len(shape) == 4
        and min(shape) > 0
        and max(shape[1:3]) <= MAX_PATCHES_PER_SIDE
        and shape[3] <= MAX_PATCH_FEATURES
    )


def _array_of(name: str, value: Any) -> Any:  # noqa: ANN401 - as above
    """Return ``value`` as an array or a tensor.

    Raises ValueError for a dictionary, or for a sequence whose parts have different shapes; the message begins with
    ``name``, the name of the Recorder's argument.
    """
    if isinstance(value, Mapping):  # what models of some libraries return
        raise ValueError(f"{name} is a {type(value).__name__}; pass one of its values: {', '.join(map(str, value))}")
    try:
        return array_like(value)
    except ValueError as error:
        raise ValueError(f"{name} is a {type(value).__name__} whose parts have different shapes") from error


def _without_trailing_ones(array: Any, dimensions: int) -> Any:  # noqa: ANN401 - as above
    """Return the array without the dimensions of size 1 at its end, such as those left by average pooling.

    Dimensions are removed one by one, until the last has another size or only ``dimensions`` are left.
    """
    shape = tuple(array.shape)
    while len(shape) > dimensions and shape[-1] == 1:
        shape = shape[:-1]
    return array.reshape(shape)


def _advice(name: str, dimensions: int) -> str:
    if dimensions < 2:
        return ", one vector for each sample"
    mean = "mean(1)" if dimensions == 3 else f"mean({tuple(range(2, dimensions))})"
    return f", one vector for each sample: pass {name}.{mean} or another summary of them" if dimensions > 2 else ""


def _floats(array: Any) -> Floats:  # noqa: ANN401 - as above
    with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinite, which is reported as such
        return np.asarray(as_array(array), np.float32)
