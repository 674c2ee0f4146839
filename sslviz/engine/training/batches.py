"""Batches of the optimiser steps.

Each epoch is a random permutation of the training samples, which depends only on the seed and the epoch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sslviz.core.settings import SettingError
from sslviz.engine.training.seeds import derived


class BatchOrder:
    """Computes which samples are in the batch of any step; an incomplete last batch of an epoch is left out.

    Args:
        samples: number of training samples.
        batch_size: number of samples in a batch.
        seed: seed of the run.
        device: the device on which the indices are returned.
        first_step: the first step; earlier ones were drawn from fewer samples.
        epochs: number of epochs before the first step, including the fraction of one that was not finished.

    Raises:
        SettingError: there are fewer samples than a batch needs.
    """

    def __init__(
        self,
        samples: int,
        batch_size: int,
        seed: int,
        device: torch.device,
        *,
        first_step: int = 1,
        epochs: float = 0.0,
    ) -> None:
        check_batch(samples, batch_size)
        self.steps_per_epoch = samples // batch_size
        self._first_step, self._epochs = first_step, epochs
        self._samples, self._batch_size, self._seed, self._device = samples, batch_size, seed, device
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64)

    def indices(self, step: int) -> Tensor:
        """Return the indices, int64[batch_size], of the samples in the batch of step ``step``."""
        epoch, batch = divmod(step - self._first_step, self.steps_per_epoch)
        epoch += math.ceil(self._epochs)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(derived(self._seed, "order", epoch))
            permutation = torch.randperm(self._samples, generator=generator)
            self._epoch, self._permutation = epoch, permutation.to(self._device, non_blocking=True)
        return self._permutation[batch * self._batch_size : (batch + 1) * self._batch_size]

    def epochs(self, step: int) -> float:
        """Return the number of epochs up to the end of step ``step``, including the fraction of the current one."""
        return self._epochs + (step - self._first_step + 1) / self.steps_per_epoch


def check_batch(samples: int, batch_size: int) -> None:
    """Check that there are enough samples for one batch.

    Raises:
        SettingError: there are too few samples; the message gives the number of samples and the batch size.
    """
    if samples >= batch_size:
        return
    number = {0: "no samples", 1: "only one sample"}.get(samples, f"only {samples:,} samples")
    remedy = f"Set batch_size to {samples:,} or less." if samples >= 2 else "Choose other data."
    raise SettingError("batch_size", f"A batch needs {batch_size:,} samples, and the data has {number}. {remedy}")
