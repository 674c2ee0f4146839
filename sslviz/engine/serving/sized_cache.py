"""A cache of bounded size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SizedCache(Generic[K, T]):
    """Keeps values by hashable keys; if they take more than ``max_bytes``, the least recently used ones are dropped.

    Not thread-safe.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._values: OrderedDict[K, tuple[T, int]] = OrderedDict()
        self.size = 0
        """Size of all values together, in bytes."""

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def items(self) -> Iterator[tuple[K, T]]:
        """Return the keys and values that are kept."""
        return ((key, value) for key, (value, _) in self._values.items())

    def get(self, key: K) -> T | None:
        """Return the value with this key, or None if it is not kept."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: K, value: T, size: int) -> None:
        """Keep a value of ``size`` bytes; it replaces an earlier one with this key.

        A value that is larger than the whole cache is not kept, and all other values are dropped.
        """
        _, replaced = self._values.pop(key, (None, 0))
        self._values[key] = value, size
        self.size += size - replaced
        while self.size > self._max_bytes:
            _, (_, dropped) = self._values.popitem(last=False)
            self.size -= dropped

    def clear(self) -> None:
        """Drop all values."""
        self._values.clear()
        self.size = 0
