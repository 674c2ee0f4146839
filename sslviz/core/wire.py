"""Building blocks of messages: frozen structs, and arrays whose dtype and shape are checked."""

from __future__ import annotations

import math
from typing import Literal, get_args

import msgspec
import numpy as np
import numpy.typing as npt

Dtype = Literal["uint8", "int16", "int32", "int64", "float16", "float32", "float64"]
DTYPES: tuple[str, ...] = get_args(Dtype)
MAX_SIDE = 2**31
"""Maximum length of an array along one axis."""


class Frozen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base class of all messages, which are immutable.

    An encoded message includes the name of its class, by which the reader knows what class to decode.
    """

    def verify(self) -> None:
        """Raise ValueError if the fields of this message contradict each other.

        Here, it does nothing; message classes override it. It is called for every message that is read from a pipe.
        """


class Array(msgspec.Struct, frozen=True):
    """A numpy array in a form that can be encoded: dtype, shape, and the values as bytes.

    ``data`` are the values in C order, little-endian. Raises ValueError if the dtype is not one of :data:`DTYPES`, if
    the shape has more than 8 axes or a size that is negative or above :data:`MAX_SIDE`, or if the number of bytes does
    not match dtype and shape.
    """

    dtype: Dtype
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"arrays are of {', '.join(DTYPES)}; {self.dtype} came")
        if len(self.shape) > 8 or not all(0 <= size <= MAX_SIDE for size in self.shape):
            raise ValueError(f"impossible shape {self.shape}")
        expected = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        if len(self.data) != expected:
            raise ValueError(f"{self.dtype}{list(self.shape)} needs {expected} bytes, {len(self.data)} came")

    @classmethod
    def of(cls, array: npt.NDArray[np.generic]) -> Array:
        """Return ``array`` converted to an Array. Raises ValueError as described at :class:`Array`."""
        data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        return cls(array.dtype.name, array.shape, data)  # type: ignore[arg-type]

    def numpy(self) -> npt.NDArray[np.generic]:
        """Return the data as a read-only numpy array that shares memory with ``data``."""
        return np.frombuffer(self.data, dtype=np.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)


def expect(name: str, array: Array, dtype: Dtype, *shape: int | None) -> None:
    """Raise ValueError unless ``array`` has this dtype and shape; None in ``shape`` stands for any size."""
    fits = len(array.shape) == len(shape) and all(
        expected in (None, size) for expected, size in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        expected_shape = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} is {array.dtype}{list(array.shape)} instead of {dtype}[{expected_shape}]")
