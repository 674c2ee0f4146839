"""Trains the network, one optimiser step per call; does not use pipes, files or panels."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from sslviz.core.catalogue import data_seed
from sslviz.core.settings import Setting, Values
from sslviz.core.timing import part
from sslviz.engine.training.batches import BatchOrder
from sslviz.engine.training.checkpoint import from_bytes, to_bytes
from sslviz.engine.training.device import Placement, resident, sent
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.seeds import derived, global_seed
from sslviz.engine.training.step_guard import StepGuard
from sslviz.engine.training.update_rules import update_rule
from sslviz.learning.dataset import Split
from sslviz.learning.io.weights import without_weights
from sslviz.learning.networks.eval_mode import batch_norms
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import StepOutput

Record = dict[str, float]
"""Figures of one step by name."""
RECENT_STEPS = 50
"""Number of steps whose mean loss is reported and used by the diagnosis."""


class NotFinite(Exception):  # noqa: N818 - the name describes a state of the run
    """The loss or the gradient is NaN or infinite; the network keeps the weights of the previous step."""


@dataclass(frozen=True)
class LastBatch:
    """The batch of the newest optimiser step, and what was computed from it.

    Attributes:
        step: number of the step; the first step is 1, and 0 stands for :meth:`Trainer.rehearse`.
        output: what :meth:`Objective.step` returned for the batch; the loss is detached, as the other tensors are.
        indices: indices of the training samples in the batch, int64[N] for a batch of N samples.
    """

    step: int
    output: StepOutput
    indices: Tensor


class Trainer:
    """Trains one network.

    Args:
        values: values of all settings.
        split: the data; its training samples are kept on the device if they fit, see :func:`resident`.
        objective: class of the objective.
        placement: the device.
        suspects: settings that the message of NotFinite names as possible causes.

    Attributes:
        step_number: number of completed steps.
        split: the data from which the batches are drawn; there may be more of them from a later step on.
        seed: seed of weights, batches and views.
        data_seed: seed of the data, and of the random draws when the network is evaluated.
        last: number, batch and output of the newest step or of :meth:`rehearse`; None before the first of them, during
            a step, and after a step that failed.
        figures: gradient norm and loss terms of the newest step, by name.
    """

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
        self.figures: Record = {}
        self._recent: deque[float] = deque(maxlen=RECENT_STEPS)
        self.seed, self.data_seed = int(values["seed"]), int(data_seed(values))
        self.batch_size = int(values["batch_size"])
        self.split, self._samples = split, resident(split.train, placement.device)
        self.order = BatchOrder(len(split.train), self.batch_size, self.seed, self._samples.data.device)
        self._first = self.order, self._samples
        self.objective = build_objective(objective, split.train.sample_shape, values).to(placement.device)
        norms = batch_norms(self.objective).values()
        self._fresh = [(norm, norm.momentum) for norm in norms if norm.momentum and _is_fresh(norm)]
        self._rule = update_rule(Optimiser.of(values), self.objective, placement.device)
        self._parameters = [p for p in self.objective.parameters() if p.requires_grad]
        self._guard = StepGuard(self.objective)
        self._generator = placement.generator()
        self._suspects = suspects

    @classmethod
    def from_checkpoint(
        cls,
        checkpoint: bytes,
        split: Split,
        objective: type[Objective],
        placement: Placement,
        suspects: tuple[Setting, ...] = (),
    ) -> Self:
        """Return a trainer that continues from the result of :meth:`checkpoint`, with the settings in it.

        On a CPU, its steps equal those that the other trainer does next, bit for bit, with as many threads.

        Raises:
            RuntimeError: the checkpoint is of another network.
        """
        state = from_bytes(checkpoint)
        with without_weights():
            trainer = cls(state["values"], split, objective, placement, suspects)
        trainer.objective.load_state_dict(state["objective"])
        trainer._rule.load_state_dict(state["optimiser"])
        trainer._recent.extend(state.get("recent", ()))  # version 0.1.0 did not save them
        trainer.step_number = state["step"]
        trainer.objective.begin_step(trainer.step_number)
        while (wider := trainer.split.wider) is not None and wider.from_step <= trainer.step_number + 1:
            trainer.widen(wider.load(lambda text, fraction: None), wider.from_step)
        return trainer

    @property
    def epoch(self) -> float:
        """Number of passes through the training data so far, including the fraction of the current pass."""
        return self.order.epochs(self.step_number)

    @property
    def parameter_count(self) -> int:
        """Number of trainable parameters; if nothing is trained, of all parameters."""
        counted = self._parameters if self.objective.trains else self.objective.parameters()
        return sum(p.numel() for p in counted)

    @property
    def loss(self) -> float | None:
        """Mean loss of the last 50 steps. Steps before the last change of settings are left out.

        None if no step was done since this change.
        """
        return sum(self._recent) / len(self._recent) if self._recent else None

    def configure(self, values: Values) -> None:
        """Use ``values``, the values of all settings, from the next step on."""
        self.values = values
        self._recent.clear()
        self.objective.configure(values)

    def widen(self, split: Split, from_step: int) -> None:
        """Draw batches from more samples from step ``from_step`` on, in new epochs.

        ``split``: all samples there are then. They begin with those there were before.
        """
        self.split, self._samples = split, resident(split.train, self.placement.device)
        self.order = BatchOrder(
            len(split.train),
            self.batch_size,
            self.seed,
            self._samples.data.device,
            first_step=from_step,
            epochs=self.order.epochs(from_step - 1),
        )

    def rows(self, indices: Tensor) -> Tensor:
        """Return the data of the training samples at ``indices``, as they are in :class:`LastBatch`, on the device."""
        return sent(self._samples.rows(indices), self.placement.device)

    def rehearse(self) -> Record:
        """Return loss and loss terms of the first batch by the untrained network, and keep the batch as :attr:`last`.

        They equal those of the first step. A copy of the network is used, so that this changes nothing in the network.
        """
        output = self.try_batch(copy.deepcopy(self.objective), 1)
        self.last = LastBatch(0, output, self._first[0].indices(1))
        return {name: float(figure) for name, figure in {"loss": output.loss, **output.terms}.items()}

    def try_batch(self, network: Objective, number: int) -> StepOutput:
        """Let ``network``, a copy of the objective, compute the loss of step ``number``, without gradient.

        The batch is drawn from the first samples, even if there are more by now.
        Only the buffers of ``network`` change, such as the running statistics of batch normalisation.
        """
        with torch.no_grad():
            order, samples = self._first
            batch = sent(samples.rows(order.indices(number)), self.placement.device)
            return self._forward(network, number, batch)

    def step(self) -> Record:
        """Do one optimiser step and return its record: epoch, loss, loss terms, gradient norm and learning rate.

        Raises:
            NotFinite: loss or gradient is NaN or infinite; weights and buffers are unchanged.
        """
        number = self.step_number + 1
        rate = Optimiser.of(self.values).rate(number)
        with part("data"):
            indices = self.order.indices(number)
            batch = self.rows(indices)
        self.last = None  # frees its tensors, such as all views of the batch, before those of this step are computed
        with part("forward"):
            self._guard.begin()
            self._rule.zero_grad()
            self._weigh_statistics(number)
            output = self._forward(self.objective, number, batch)
        with part("backward"):
            output.loss.backward()  # type: ignore[no-untyped-call]
            names, figures = self._figures(output)
            self._check_finite(number, figures)
        with part("optimiser"):
            self._update(number, rate, output, loss=figures[0])
        self.last = LastBatch(number, dataclasses.replace(output, loss=output.loss.detach()), indices)
        record = dict(zip(names, figures, strict=True))
        loss, norm = record.pop("loss"), record.pop("grad_norm")
        self.figures = {**record, "grad_norm": norm}
        return {"epoch": self.epoch, "loss": loss, **self.figures, "learning_rate": rate}

    def _weigh_statistics(self, number: int) -> None:
        """Let the initial running statistics of batch norm have no weight, from step ``number`` = 1 on.

        They are the mean over all batches, as with momentum None, until this has more of them than the layer's own
        momentum. Otherwise the initial ones would outweigh those of the data for some ten steps, in which all
        embeddings in eval mode lie in one narrow cone; see :meth:`Networks.settled` in ``engine.observing.networks``.
        """
        for norm, momentum in self._fresh:
            norm.momentum = max(momentum, 1 / number)
        self._fresh = [(norm, momentum) for norm, momentum in self._fresh if norm.momentum != momentum]

    def _forward(self, objective: Objective, number: int, batch: Tensor) -> StepOutput:
        """Return the output of an objective, with the loss, for the batch of step ``number``.

        The generator of augmentations and PyTorch's global generators, which layers such as dropout use, are seeded
        from the seed of the run and ``number``.
        """
        self._generator.manual_seed(derived(self.seed, "augment", number))
        objective.begin_step(number)
        with global_seed(derived(self.seed, "dropout", number), self.placement.device), self.placement.autocast():
            return objective.step(batch, self._generator)

    def _figures(self, output: StepOutput) -> tuple[list[str], list[float]]:
        """Return (names, values) of loss, gradient norm and loss terms, copied from the device in one transfer."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        tensors = {"loss": output.loss.detach(), "grad_norm": norm, **output.terms}
        stacked = torch.stack([tensor.float() for tensor in tensors.values()])
        return list(tensors), stacked.tolist()

    def _check_finite(self, number: int, figures: list[float]) -> None:
        """If loss or gradient norm is NaN or infinite, undo step ``number`` and raise NotFinite."""
        loss, norm = figures[:2]
        if math.isfinite(loss) and math.isfinite(norm):
            return
        self._guard.undo()
        what, value = ("The gradient", norm) if math.isfinite(loss) else ("Loss", loss)
        became = "NaN" if math.isnan(value) else "infinite"
        keys = ", ".join(f"{s.label.lower()} {self.values[s.key]:g}" for s in self._suspects)
        at = f" ({keys})" if keys else ""
        kept = f"The weights of step {number - 1:,} were kept."
        raise NotFinite(
            f"{what} became {became} at step {number:,}{at}. {kept} Train again with a lower learning rate."
        )

    def _update(self, number: int, rate: float, output: StepOutput, loss: float) -> None:
        """Update the weights, and then tensors that depend on the weights, such as those of a momentum encoder."""
        with self._guard.commit():
            self._rule.step(rate, Optimiser.of(self.values).decay(number))
            self.objective.after_optimizer_step(output)
            self.step_number = number
            self._recent.append(loss)

    def checkpoint(self, on_progress: Callable[[], None] = lambda: None) -> tuple[int, bytes]:
        """Return (step, checkpoint as bytes) of the last completed step. Thread-safe, even during a step.

        The checkpoint holds the whole state: number of the step, settings, recent losses, network and optimiser.
        ``on_progress`` is called whenever a part of the checkpoint is done.
        """
        with self._guard.completed_state() as weights:
            state = {
                "step": self.step_number,
                "values": dict(self.values),
                "sample_shape": list(self.split.train.sample_shape),
                "recent": list(self._recent),
                "objective": weights,
                "optimiser": self._rule.state_dict(),
            }
            return self.step_number, to_bytes(state, on_progress)


def _is_fresh(norm: nn.modules.batchnorm._BatchNorm) -> bool:
    """Return whether a layer has running statistics, and these are the initial ones: pretrained layers have others."""
    return norm.running_mean is not None and not norm.running_mean.any()


def build_objective(objective: type[Objective], sample_shape: tuple[int, ...], values: Values) -> Objective:
    """Return an untrained objective, initialised from the seed of the run.

    The states of PyTorch's global random generators are restored afterwards.
    """
    with global_seed(derived(int(values["seed"]), "weights"), torch.device("cpu")):
        return objective(sample_shape, values).train()
