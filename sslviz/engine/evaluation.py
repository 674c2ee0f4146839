"""What the network knows: fixed samples are encoded without leaving a trace on the training, and figures read off.

Samples stand in one fixed random order of each split, so that the map's samples are the first of the k-NN's bank.
"""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sslviz.engine.seeds import derived
from sslviz.engine.trainer import Trainer
from sslviz.learning import diagnostics
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.objective import Objective

CHUNK = 256
"""samples encoded at once; a Stop is heard between chunks"""
BANK, QUERIES, PAIRS = 2000, 500, 256
"""samples behind the live figures, the bank being the map's as a rule; the final score takes all"""
LARGE_BANK = 50_000
NEIGHBOURS, NEIGHBOURS_LARGE = 20, 200
LOOK_S = 3.0
"""no look takes much longer; a network that is slow here is looked at with fewer samples"""
TRIED, TRIES, TRY_S = 32, 5, 1.0
"""samples to learn the speed from, how often and how long at most; the fastest counts, the others were disturbed"""

Figures = dict[str, float]


@dataclass(frozen=True)
class Scores:
    """Weighted k-NN accuracy: the training split is the bank, the held-out split the queries."""

    knn: float
    knn_raw: float
    knn_untrained: float


class Evaluation:
    """Looks at a trainer's network, and at a copy of it made here. ``check`` may raise to stop what takes long."""

    def __init__(self, trainer: Trainer, split: Split, check: Callable[[], None] = lambda: None) -> None:
        self._trainer, self.check = trainer, check
        order = _order(split.train, derived(trainer.seed, "probe"))
        self._train = _taken(split.train, order)
        self._held_out = _taken(split.held_out, _order(split.held_out, derived(trainer.seed, "queries")))
        self._untrained = copy.deepcopy(trainer.objective)
        self._encoded = (-1, torch.empty(0))
        self.z_dim = 0
        self._limit = self._affordable()
        self.probe = first(self._train, min(int(trainer.values["probe_samples"]), self._limit))
        self.probe_ids = order[: len(self.probe)]

    def _affordable(self) -> int:
        """How many samples can be encoded in :data:`LOOK_S`."""
        began, fastest = time.perf_counter(), math.inf
        for _ in range(TRIES):
            self.encode(self._untrained, self._train.data[:TRIED])
            fastest = min(fastest, self._seconds_per_sample)
            if time.perf_counter() - began > TRY_S:
                break
        return max(TRIED, int(LOOK_S / fastest))

    @property
    def _bank(self) -> Samples:
        return first(self._train, min(BANK, self._limit))

    @property
    def _queries(self) -> Samples:
        return first(self._held_out, min(QUERIES, self._limit))

    def probe_h(self) -> Tensor:
        """h of the map's samples under the weights of now: float32[n, H_DIM] on the device."""
        return self._h(len(self.probe))

    def z_pairs(self, count: int, objective: Objective | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """z of two fixed views each of the first samples: float32[n, D] twice, and the views, float32[2n, 3, H, W]."""
        placement, objective = self._trainer.placement, objective or self._trainer.objective
        generator = placement.generator().manual_seed(derived(self._trainer.seed, "probe views"))
        with torch.no_grad():
            views = torch.cat(objective.views(first(self._train, count).data.to(placement.device), generator))
        z_a, z_b = self.encode(objective, views, project=True).chunk(2)
        self.z_dim = z_a.shape[1]
        return z_a, z_b, views

    def health(self) -> Figures:
        """The live figures, from part of the samples."""
        knn = self._knn(self._trainer.objective, self._h(len(self._bank)), self._bank, self._queries)
        return {"knn": knn} | self._shape(self._trainer.objective)

    def health_untrained(self) -> Figures:
        """The same of the network before its first step."""
        h = self.encode(self._untrained, self._bank.data)
        return {"knn": self._knn(self._untrained, h, self._bank, self._queries)} | self._shape(self._untrained)

    def knn_raw(self) -> float:
        """The live k-NN accuracy on the inputs themselves."""
        return _knn_raw(self._bank, self._queries)

    @property
    def scores_cost_s(self) -> float:
        """About how long :meth:`scores` takes."""
        return 2 * (len(self._train) + len(self._held_out)) * self._seconds_per_sample

    def scores(self) -> Scores:
        """From all samples."""
        bank, queries = self._train, self._held_out
        trained, untrained = (
            self._knn(network, self.encode(network, bank.data), bank, queries)
            for network in (self._trainer.objective, self._untrained)
        )
        return Scores(trained, _knn_raw(bank, queries), untrained)

    def _knn(self, network: Objective, bank_h: Tensor, bank: Samples, queries: Samples) -> float:
        if not len(queries):
            return math.nan
        h = self.encode(network, queries.data)
        labels, wanted = bank.labels.to(h.device), queries.labels.to(h.device)
        return diagnostics.weighted_knn_accuracy(bank_h, labels, h, wanted, _neighbours(bank))

    def _shape(self, network: Objective) -> Figures:
        """How z lies on the sphere."""
        z_a, z_b, _ = self.z_pairs(min(PAIRS, self._limit), network)
        return {
            "alignment": diagnostics.alignment(z_a, z_b),
            "uniformity": diagnostics.uniformity(z_a),
            "std_of_l2_normalized": diagnostics.std_of_l2_normalized(z_a),
            "effective_rank": diagnostics.effective_rank(z_a),
        }

    def _h(self, count: int) -> Tensor:
        """h of the first training samples; what was encoded at this step already is not encoded again."""
        step, h = self._encoded
        if step != self._trainer.step_number:
            h = torch.empty(0)
        if len(h) < count:
            rest = self.encode(self._trainer.objective, self._train.data[len(h) : count])
            h = torch.cat([h, rest]) if len(h) else rest
            self._encoded = (self._trainer.step_number, h)
        return h[:count]

    def encode(self, network: Objective, data: Tensor, project: bool = False) -> Tensor:
        """h, or z, of uint8 or float[n, 3, H, W] from anywhere: float32[n, D] on the device."""
        placement, parts, began = self._trainer.placement, [], time.perf_counter()
        with at_rest(network), placement.autocast():
            for chunk in torch.split(data, CHUNK):
                self.check()
                h = network.encode(chunk.to(placement.device, non_blocking=True))
                parts.append((network.project(h) if project else h).float())
        self._seconds_per_sample = (time.perf_counter() - began) / max(len(data), 1)
        return torch.cat(parts)


@contextlib.contextmanager
def at_rest(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradient; afterwards every layer is in the mode it was in."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


def first(samples: Samples, count: int) -> Samples:
    """The first of them, as many as there are."""
    return Samples(samples.data[:count], samples.labels[:count])


def _order(samples: Samples, seed: int) -> Tensor:
    return torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))


def _taken(samples: Samples, order: Tensor) -> Samples:
    return Samples(samples.data[order], samples.labels[order])


def _knn_raw(bank: Samples, queries: Samples) -> float:
    return diagnostics.knn_raw(bank.data, bank.labels, queries.data, queries.labels, _neighbours(bank))


def _neighbours(bank: Samples) -> int:
    return NEIGHBOURS_LARGE if len(bank) >= LARGE_BANK else NEIGHBOURS
