"""Keeps the state before a step available during the step, for checkpoints by other threads and to undo the step."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import torch
from torch import Tensor, nn


class StepGuard:
    """Gives the state of a network after its last completed step, also while the next step is computed.

    The forward pass changes buffers in place (running statistics of normalisation layers), so the buffers are copied
    before the forward pass; the weights change within :meth:`commit` only.
    """

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._buffers = list(network.buffers())
        self._saved_buffers = [torch.clone(buffer) for buffer in self._buffers]
        self._in_step = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Begin a step: save the buffers."""
        with self._lock:
            _copy(self._buffers, self._saved_buffers)
            self._in_step = True

    def undo(self) -> None:
        """End a step that failed before :meth:`commit`: restore the buffers saved by :meth:`begin`."""
        with self._lock:
            _copy(self._saved_buffers, self._buffers)
            self._in_step = False

    @contextlib.contextmanager
    def commit(self) -> Iterator[None]:
        """Context manager for the update of the weights; when the block ends, the step is complete."""
        with self._lock:
            yield
            self._in_step = False

    @contextlib.contextmanager
    def completed_state(self) -> Iterator[dict[str, Tensor]]:
        """Context manager whose value is the state dict of the network after the last completed step.

        The state dict is valid only inside the ``with`` block. Until the block ends, the training thread cannot begin a
        step, update the weights or undo a step: it waits in the method of this object that does so.
        """
        with self._lock:
            state: dict[str, Tensor] = self._network.state_dict()
            if self._in_step:
                saved = zip(self._network.named_buffers(), self._saved_buffers, strict=True)
                state |= {name: buffer for (name, _), buffer in saved if name in state}
            yield state


def _copy(tensors: list[Tensor], into: list[Tensor]) -> None:
    if tensors:  # PyTorch does not accept empty lists
        torch._foreach_copy_(into, tensors)
