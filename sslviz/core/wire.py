"""What everything that crosses the pipe is built of: frozen structs, and arrays that are checked."""

from __future__ import annotations

import math
from typing import Literal, get_args

import msgspec
import numpy as np
import numpy.typing as npt

Dtype = Literal["uint8", "int32", "int64", "float16", "float32", "float64"]
DTYPES: tuple[str, ...] = get_args(Dtype)
LARGEST_SIDE = 2**31


class Frozen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all that crosses the pipe; the class name is its tag."""

    def verify(self) -> None:
        """Raise ValueError where the parts do not fit together; called on whatever comes out of a pipe."""


class Array(msgspec.Struct, frozen=True):
    """A numpy array as dtype, shape and little-endian bytes in C order; refused where these do not agree."""

    dtype: Dtype
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"arrays are of {', '.join(DTYPES)}; {self.dtype} came")
        if len(self.shape) > 8 or not all(0 <= size <= LARGEST_SIDE for size in self.shape):
            raise ValueError(f"impossible shape {self.shape}")
        expected = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        if len(self.data) != expected:
            raise ValueError(f"{self.dtype}{list(self.shape)} needs {expected} bytes, {len(self.data)} came")

    @classmethod
    def of(cls, array: npt.NDArray[np.generic]) -> Array:
        """Pack an array of one of the agreed dtypes."""
        data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        return cls(array.dtype.name, array.shape, data)  # type: ignore[arg-type]

    def numpy(self) -> npt.NDArray[np.generic]:
        """The array, read-only, sharing memory with the message."""
        return np.frombuffer(self.data, dtype=np.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)


def expect(name: str, array: Array, dtype: Dtype, *shape: int | None) -> None:
    """Raise ValueError where an array is not what the message says it is; None in ``shape`` stands for any size."""
    fits = len(array.shape) == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} is {array.dtype}{list(array.shape)} instead of {dtype}[{wanted}]")
