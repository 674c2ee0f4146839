"""The network, its data and its optimiser: one call is one step. Knows nothing of pipes, files or pictures."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sslviz.core.settings import Setting, Values
from sslviz.core.timing import part
from sslviz.engine.training.batches import BatchOrder
from sslviz.engine.training.checkpoint import to_bytes
from sslviz.engine.training.device import Placement
from sslviz.engine.training.optimiser import AdamW, Optimiser
from sslviz.engine.training.seeds import derived
from sslviz.learning.dataset import Split
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import StepOutput

Record = dict[str, float]
RECENT_STEPS = 50
"""the loss that is reported, and judged, is the mean of this many"""


class NotFinite(Exception):  # noqa: N818 - it is a state of the run, and the name says which
    """The loss or the gradient is no number any more; the weights of the step before were kept."""


@dataclass(frozen=True)
class LastBatch:
    """What the newest step kept, detached, and int64[N], the indices of its batch in the training split."""

    step: int
    output: StepOutput
    indices: Tensor


class Trainer:
    """One run's training. ``step_number`` is the last completed step, from 1; 0 before the first."""

    def __init__(
        self,
        values: Values,
        split: Split,
        objective: type[Objective],
        placement: Placement,
        suspects: tuple[Setting, ...] = (),
    ) -> None:
        self.values = values
        self.placement = placement
        self.step_number = 0
        self.last: LastBatch | None = None
        self._recent: deque[float] = deque(maxlen=RECENT_STEPS)
        self.seed, self.batch_size = int(values["seed"]), int(values["batch_size"])
        self.order = BatchOrder(len(split.train), self.batch_size, self.seed, placement.device)
        self.samples = split.train.to(placement.device)
        self.objective = build_objective(objective, self.samples.sample_shape, values).to(placement.device)
        self._optimiser = AdamW(self.objective, placement.device)
        self._parameters = [p for p in self.objective.parameters() if p.requires_grad]
        self._buffers = list(self.objective.buffers())
        self._buffers_kept = [torch.clone(buffer) for buffer in self._buffers]
        self._generator = placement.generator()
        self._random_layers = any(isinstance(m, nn.modules.dropout._DropoutNd) for m in self.objective.modules())
        self._suspects = suspects
        self._in_step = False
        self._consistent = threading.Lock()

    @property
    def epoch(self) -> float:
        """How many times the training data was seen."""
        return self.step_number / self.order.steps_per_epoch

    @property
    def parameter_count(self) -> int:
        """Numbers that learn."""
        return sum(p.numel() for p in self._parameters)

    @property
    def loss(self) -> float | None:
        """The mean of the last steps, of those under the present settings; None before the first."""
        return sum(self._recent) / len(self._recent) if self._recent else None

    def configure(self, values: Values) -> None:
        """Settings in force from the next step on."""
        self.values = values
        self._recent.clear()
        self.objective.configure(values)

    def step(self) -> Record:
        """One optimiser step; returns the figures of it.

        Raises:
            NotFinite: before anything was changed by it.
        """
        number = self.step_number + 1
        rate = Optimiser.of(self.values).rate(number)
        with part("data"):
            indices = self.order.indices(number)
            batch = self.samples.rows(indices)
        with part("forward"):
            self._begin()
            output = self._forward(number, batch)
        with part("backward"):
            output.loss.backward()  # type: ignore[no-untyped-call]
            names, figures = self._figures(output)
            self._check(number, figures)
        with part("optimiser"):
            self._advance(number, rate)
        self.last = LastBatch(number, dataclasses.replace(output, loss=output.loss.detach()), indices)
        record = dict(zip(names, figures, strict=True))
        loss, norm = record.pop("loss"), record.pop("grad_norm")
        self._recent.append(loss)
        return {"epoch": self.epoch, "loss": loss, **record, "grad_norm": norm, "learning_rate": rate}

    def _begin(self) -> None:
        """Keep the running statistics of normalisation, which the forward pass changes in place."""
        with self._consistent:
            _copy(self._buffers, self._buffers_kept)
            self._in_step = True
        self._optimiser.zero_grad()

    def _forward(self, number: int, batch: Tensor) -> StepOutput:
        self._generator.manual_seed(derived(self.seed, "augment", number))
        with self._drawing(number), self.placement.autocast():
            return self.objective.step(batch, self._generator)

    @contextlib.contextmanager
    def _drawing(self, number: int) -> Iterator[None]:
        """Dropout takes no generator: seed the ambient one, and leave it afterwards as it was."""
        if not self._random_layers:
            yield
            return
        with ambient_seed(derived(self.seed, "dropout", number), self.placement.device):
            yield

    def _figures(self, output: StepOutput) -> tuple[list[str], list[float]]:
        """Loss, gradient norm and terms, fetched from the device in one transfer."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        tensors = {"loss": output.loss.detach(), "grad_norm": norm, **output.terms}
        stacked = torch.stack([tensor.float() for tensor in tensors.values()])
        return list(tensors), stacked.tolist()

    def _check(self, number: int, figures: list[float]) -> None:
        loss, norm = figures[:2]
        if math.isfinite(loss) and math.isfinite(norm):
            return
        self._restore_buffers()
        what, value = ("The gradient", norm) if math.isfinite(loss) else ("Loss", loss)
        became = "NaN" if math.isnan(value) else "infinite"
        keys = ", ".join(f"{s.label.lower()} {self.values[s.key]:g}" for s in self._suspects)
        at = f" ({keys})" if keys else ""
        raise NotFinite(f"{what} became {became} at step {number:,}{at}. The weights of step {number - 1:,} were kept.")

    def _restore_buffers(self) -> None:
        with self._consistent:
            _copy(self._buffers_kept, self._buffers)
            self._in_step = False

    def _advance(self, number: int, rate: float) -> None:
        with self._consistent:
            self._optimiser.step(rate, Optimiser.of(self.values).weight_decay)
            self.objective.after_optimizer_step()
            self.step_number = number
            self._in_step = False

    def checkpoint(self) -> tuple[int, bytes]:
        """The last completed step, and weights, optimiser and counters of it; from any thread, at any time."""
        with self._consistent:
            weights = self.objective.state_dict()
            if self._in_step:  # the forward pass may have changed these already
                kept = zip(self.objective.named_buffers(), self._buffers_kept, strict=True)
                weights |= {name: buffer for (name, _), buffer in kept if name in weights}
            state = {"step": self.step_number, "objective": weights, "optimiser": self._optimiser.state_dict()}
            return self.step_number, to_bytes({**state, "values": dict(self.values)})


def _copy(tensors: list[Tensor], into: list[Tensor]) -> None:
    if tensors:  # torch takes no empty lists
        torch._foreach_copy_(into, tensors)


def build_objective(objective: type[Objective], sample_shape: tuple[int, ...], values: Values) -> Objective:
    """A fresh network from the run's seed, the ambient randomness left as it was."""
    with ambient_seed(derived(int(values["seed"]), "weights"), torch.device("cpu")):
        return objective(sample_shape, values).train()


@contextlib.contextmanager
def ambient_seed(seed: int, device: torch.device) -> Iterator[None]:
    """Seed what takes no generator, for a while."""
    devices = [device] if device.type != "cpu" else []
    with torch.random.fork_rng(devices, device_type=device.type if devices else "cuda"):
        torch.manual_seed(seed)
        yield
