"""Serialises checkpoints with weights, optimiser state and counters."""

from __future__ import annotations

import io
from typing import Any

import torch


def to_bytes(state: dict[str, Any]) -> bytes:
    """Return the bytes of a checkpoint of this state, in PyTorch's file format."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, Any]:
    """Return the state of a checkpoint, with tensors on the CPU. A pickle that would run code raises an error."""
    state: dict[str, Any] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return state
