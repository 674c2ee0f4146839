"""Which samples each step sees: a permutation per epoch, from (seed, epoch) alone."""

from __future__ import annotations

import torch
from torch import Tensor

from sslviz.core.settings import SettingError
from sslviz.engine.training.seeds import derived


class BatchOrder:
    """The batches of a run, found by step number; the last incomplete batch of an epoch is left out."""

    def __init__(self, samples: int, batch_size: int, seed: int, device: torch.device) -> None:
        check_batch(samples, batch_size)
        self.steps_per_epoch = samples // batch_size
        self._samples, self._batch_size, self._seed, self._device = samples, batch_size, seed, device
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64)

    def indices(self, step: int) -> Tensor:
        """int64[batch_size] on the device, of the optimiser step ``step``, from 1."""
        epoch, batch = divmod(step - 1, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(derived(self._seed, "order", epoch))
            permutation = torch.randperm(self._samples, generator=generator)
            self._epoch, self._permutation = epoch, permutation.to(self._device, non_blocking=True)
        return self._permutation[batch * self._batch_size : (batch + 1) * self._batch_size]


def check_batch(samples: int, batch_size: int) -> None:
    """Raises SettingError where the samples do not fill one batch, with both numbers."""
    if samples >= batch_size:
        return
    found = {0: "no samples", 1: "only one sample"}.get(samples, f"only {samples:,} samples")
    remedy = f"Set batch_size to {samples:,} or less." if samples >= 2 else "Choose other data."
    raise SettingError("batch_size", f"A batch needs {batch_size:,} samples, and the data has {found}. {remedy}")
