"""Batches of the optimiser steps.

Each epoch is a random permutation of the training samples, which depends only on the seed and the epoch.
"""

from __future__ import annotations

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

    Raises:
        SettingError: there are fewer samples than a batch needs.
    """

    def __init__(self, samples: int, batch_size: int, seed: int, device: torch.device) -> None:
        check_batch(samples, batch_size)
        self.steps_per_epoch = samples // batch_size
        self._samples, self._batch_size, self._seed, self._device = samples, batch_size, seed, device
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64)

    def indices(self, step: int) -> Tensor:
        """Return the indices, int64[batch_size], of the samples in the batch of step ``step``; the first step is 1."""
        epoch, batch = divmod(step - 1, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(derived(self._seed, "order", epoch))
            permutation = torch.randperm(self._samples, generator=generator)
            self._epoch, self._permutation = epoch, permutation.to(self._device, non_blocking=True)
        return self._permutation[batch * self._batch_size : (batch + 1) * self._batch_size]


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
