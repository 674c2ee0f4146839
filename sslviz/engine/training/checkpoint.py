"""Serialises checkpoints with weights, optimiser state and counters."""

from __future__ import annotations

import io
from typing import Any

import torch


def to_bytes(state: dict[str, Any]) -> bytes:
    """Return ``state`` as the bytes of a checkpoint in PyTorch's file format."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, Any]:
    """Return the state in the checkpoint ``data``, with tensors on the CPU.

    Code in the checkpoint is not run: an error is raised if its pickle holds anything but tensors and plain values.
    """
    state: dict[str, Any] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return state
