"""Runs the network in training, or a copy from before the first step, without affecting the training."""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from sslviz.engine.training.seeds import derived, global_seed
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.networks.eval_mode import batch_norms, eval_mode
from sslviz.learning.networks.flops import flops
from sslviz.learning.objective import Objective

CHUNK = 256
"""Maximum number of samples encoded at once; between two such chunks a stop of the run is noticed."""
CHUNK_FLOPS_CPU, CHUNK_FLOPS = 5e10, 2e12
"""Maximum number of floating-point operations for the samples encoded at once, on a CPU and on other devices.

They bound the memory too: of 224×224 pixels, ResNet-18 encodes 13 samples at once on a CPU."""
SETTLING_BATCHES = 8
"""Number of batches by which :meth:`Networks.settled` estimates the statistics of batch normalisation."""


class Networks:
    """The network in training and a copy of it from before the first step.

    While they are evaluated, random draws come from generators with fixed seeds, and both networks are in eval mode
    without gradient.

    Args:
        trainer: owns the network in training.
        check: called again and again while many samples are encoded; to stop the computation, it raises an exception.
    """

    def __init__(self, trainer: Trainer, check: Callable[[], None]) -> None:
        self._trainer, self.check = trainer, check
        self.seed, self.placement = trainer.data_seed, trainer.placement
        self.untrained = copy.deepcopy(trainer.objective)
        """The network as it was before the first step."""
        self._settled: Objective | None = None
        self._flops: float | None = None
        self.seconds_per_segment = math.nan
        """Duration of the last :meth:`encode`, divided by the number of segments; NaN before the first."""

    @property
    def trained(self) -> Objective:
        """The network in training, with its current weights."""
        return self._trainer.objective

    @property
    def trains(self) -> bool:
        """Whether the network is trained; if not, it is the untrained network too, with which nothing is compared."""
        return self.trained.trains

    @property
    def begins_trained(self) -> bool:
        """Whether :attr:`untrained` is not untrained in fact, but has weights that were trained before."""
        return self.untrained.begins_trained(self._trainer.values)

    @property
    def step(self) -> int:
        """Number of optimiser steps done."""
        return self._trainer.step_number

    @property
    def split(self) -> Split:
        """The data from which the batches are drawn; there may be more of them than at the start of the run."""
        return self._trainer.split

    def settled(self) -> Objective:
        """Return a copy of the untrained network whose running statistics are those of its first batches.

        Its weights are the initial ones, but its batch normalisation works in eval mode as that of a trained network
        does. With the initial running statistics, the embeddings of all samples would lie in one narrow cone: on the
        shapes data the effective rank of z would be 3 instead of 45 (of 64 dimensions). Without batch normalisation,
        the copy equals the untrained network. Every call returns the same copy.
        """
        self._settled = self._settled or self._settle()
        return self._settled

    def _settle(self) -> Objective:
        network = copy.deepcopy(self.untrained).train()
        norms = [module for module in batch_norms(network).values() if module.training]  # a frozen encoder's are not
        for module in norms:
            module.reset_running_stats()
            module.momentum = None  # the mean over all batches, each with the same weight
        for number in range(1, SETTLING_BATCHES + 1) if norms else ():
            self.check()
            self._trainer.try_batch(network, number)
        return network

    def generator(self, purpose: str) -> torch.Generator:
        """Return a random generator on the device of the networks, seeded for one computation, such as "scores".

        ``purpose`` is the name of the computation. The seed depends on this name and on the run's data seed, which is
        the setting ``data_seed`` or, if that is not set, the seed of the training. A computation therefore gets the
        same random draws in every call, and in all runs with the same data seed.
        """
        return self.placement.generator().manual_seed(derived(self.seed, purpose))

    @contextlib.contextmanager
    def inference(self, network: Objective) -> Iterator[None]:
        """Context manager in which the network is in eval mode, without gradient, with autocast as in training.

        Layers that draw random numbers in eval mode too get the same draws in every call.
        """
        seed = derived(self.seed, "inference")
        with eval_mode(network), global_seed(seed, self.placement.device), self.placement.autocast():
            yield

    def encode(self, network: Objective, samples: Samples) -> Tensor:
        """Return h of every segment of n samples with S segments each, float32[n · S, H_DIM].

        The tensor is on the device of the networks.
        """
        size, chunks, started_at = self.chunk_size(samples), [], time.perf_counter()
        with self.inference(network):
            for start in range(0, max(len(samples), 1), size):
                self.check()
                chunk = slice(start, start + size)
                tensors = (samples.rows(chunk), samples.timesteps[chunk])
                data, timesteps = (each.to(self.placement.device, non_blocking=True) for each in tensors)
                chunks.append(network.encode(data, timesteps).float())
        self.seconds_per_segment = (time.perf_counter() - started_at) / max(len(samples) * samples.segments, 1)
        return torch.cat(chunks)

    def flops_per_segment(self, samples: Samples) -> float:
        """Return about how many floating-point operations encode one segment, counted on the first sample, once."""
        if self._flops is None:
            first, network = samples.first(1).to(self.placement.device), self.untrained
            with self.inference(network):
                counted = flops(network, lambda: network.encode(first.data, first.timesteps))
            self._flops = counted / samples.segments
        return self._flops

    def chunk_size(self, samples: Samples) -> int:
        """Return how many of ``samples`` are encoded at once: :data:`CHUNK`, or fewer for a large network."""
        if not len(samples):
            return CHUNK
        return samples_at_once(self.flops_per_segment(samples) * samples.segments, self.placement.device)


def samples_at_once(flops_per_sample: float, device: torch.device) -> int:
    """Return how many samples are encoded at once: :data:`CHUNK`, or fewer if each takes many operations."""
    most = CHUNK_FLOPS_CPU if device.type == "cpu" else CHUNK_FLOPS
    return max(1, min(CHUNK, int(most / max(flops_per_sample, 1))))
