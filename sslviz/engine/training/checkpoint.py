"""Serialises checkpoints with weights, optimiser state and counters."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import torch


class _Buffer(io.BytesIO):
    """A buffer that calls a function whenever something is written to it."""

    def __init__(self, on_progress: Callable[[], None]) -> None:
        super().__init__()
        self._on_progress = on_progress

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer of bytes
        self._on_progress()
        return super().write(data)


def to_bytes(state: dict[str, Any], on_progress: Callable[[], None] = lambda: None) -> bytes:
    """Return ``state`` as the bytes of a checkpoint in PyTorch's file format.

    ``on_progress`` is called whenever a part is done, at least once for every tensor.
    """
    buffer = _Buffer(on_progress)
    torch.save(state, buffer)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, Any]:
    """Return the state in the checkpoint ``data``, with tensors on the CPU.

    Code in the checkpoint is not run: an error is raised if its pickle holds anything but tensors and plain values.
    """
    state: dict[str, Any] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return state
