"""Watches a module of a network that any script trains, and leaves the training as it would be without."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from sslviz.core.recorder_inputs import Labels
from sslviz.engine.training.seeds import global_seed
from sslviz.integrations.batch_inputs import BatchInputs, batch_inputs
from sslviz.learning.networks.eval_mode import batch_norms, eval_mode
from sslviz.recorder import Recorder

CHUNK = 256
"""Maximum number of samples that the network is given at once."""
EVERY_S = 2.0
"""Default of the minimum time between two embeddings, in seconds."""
MAX_INITIAL_WEIGHT = 0.01
"""Weight of their initial values in running statistics of batch normalisation above which these have not settled."""
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
Norms = dict[str, nn.modules.batchnorm._BatchNorm]
Buffers = dict[str, Tensor]
"""Copies of the buffers of a network by name."""


class _AllRead(Exception):  # noqa: N818 - no error: it ends a forward pass whose rest is not needed
    """All modules that are watched have given their output."""


class WatchedModule:
    """Embeds the same samples whenever it is asked, by the current weights of a network in training.

    The network runs in eval mode and without gradient. It works on copies of its buffers, draws the same random numbers
    each time, and afterwards every module is in the mode that it was in. Parameters, gradients, buffers and the states
    of the random generators of PyTorch, NumPy and Python are not changed.

    While the running statistics of batch normalisation depend on their initial values by more than
    :data:`MAX_INITIAL_WEIGHT`, they are estimated from the samples instead: with the initial ones, the embeddings of an
    untrained network lie in one narrow cone. Layers that are not trained keep their own, and so do layers that several
    processes synchronise, since the others would have to take part.

    Args:
        model: the network. If it has no ``forward`` of its own, the encoder is given the inputs, and the head h. Of a
            compiled network, or one of ``DistributedDataParallel``, the network within runs.
        encoder: name of the module whose output is h, such as "backbone", as in ``model.named_modules()``.
        samples: a batch of inputs, see :func:`~sslviz.integrations.batch_inputs.batch_inputs`. Of two views of each
            sample, h is that of the first, and z that of both.
        head: name of the module whose output is z, such as "projection_head"; None if only h is wanted.

    Raises:
        AttributeError: the model has no such module.
        TypeError: there are no inputs in ``samples``.
    """

    def __init__(self, model: nn.Module, encoder: str, samples: object, head: str | None = None) -> None:
        self._model = _unwrapped(model)
        self._modules = {"h": self._model.get_submodule(encoder)}
        if head is not None:
            self._modules["z"] = self._model.get_submodule(head)
        self.inputs: BatchInputs = batch_inputs(samples)
        self._pretrained = {name for name, norm in _norms(self._model).items() if _is_loaded(norm)}

    def embeddings(self) -> dict[str, Tensor]:
        """Return h, float32[n, d], and z, float32[V, n, D] of V views if there is a head; on the CPU.

        A feature map, [n, d, H, W], is averaged over its positions, and tokens, [n, T, d], over the T tokens.
        """
        norms = {
            name: norm
            for name, norm in _norms(self._model).items()
            if norm.training and name not in self._pretrained and not (_has_settled(norm) or _is_synchronised(norm))
        }
        buffers = {name: buffer.clone() for name, buffer in self._model.named_buffers()}
        views = self.inputs.views if "z" in self._modules else self.inputs.views[:1]
        with self._undisturbed(), eval_mode(self._model):
            if norms and len(views[0]) > 1:
                self._settle(norms, buffers)
            read = [self._outputs(view, buffers) for view in views]
        embeddings = {"h": read[0]["h"]}
        if "z" in self._modules:
            embeddings["z"] = torch.stack([each["z"] for each in read])
        return embeddings

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Context manager that seeds PyTorch's global random generators, and restores all global ones at its end."""
        states = random.getstate(), np.random.get_state()
        try:
            with global_seed(0, self._place[0]):
                yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])

    @property
    def _place(self) -> tuple[torch.device, torch.dtype]:
        """Device and floating-point type of the weights."""
        weights = next((each for each in self._model.parameters() if each.is_floating_point()), None)
        return (torch.device("cpu"), torch.float32) if weights is None else (weights.device, weights.dtype)

    def _settle(self, norms: Norms, buffers: Buffers) -> None:
        """Put into ``buffers`` the statistics of ``norms`` over the samples: the mean over equal parts of them."""
        momenta = {name: norm.momentum for name, norm in norms.items()}
        for name, norm in norms.items():
            for statistic in STATISTICS:
                buffers[f"{name}.{statistic}".lstrip(".")].zero_()  # the first part replaces them
            norm.training, norm.momentum = True, None
        try:
            self._outputs(self.inputs.views[0], buffers)
        finally:
            for name, norm in norms.items():
                norm.training, norm.momentum = False, momenta[name]

    def _outputs(self, view: Tensor, buffers: Buffers) -> dict[str, Tensor]:
        """Return the outputs of the watched modules for all inputs of a view, float32[n, …], on the CPU."""
        device, dtype = self._place
        parts = []
        for part in view.tensor_split(math.ceil(len(view) / CHUNK)):
            inputs = part.to(device, dtype if part.is_floating_point() else None)
            parts.append({name: output.float().cpu() for name, output in self._read(inputs, buffers).items()})
        return {name: torch.cat([part[name] for part in parts]) for name in self._modules}

    def _read(self, inputs: Tensor, buffers: Buffers) -> dict[str, Tensor]:
        """Run the network on ``inputs`` until all watched modules have given an output; return their first ones."""
        outputs: dict[str, Tensor] = {}
        hooks = [
            module.register_forward_hook(partial(self._keep, outputs, name)) for name, module in self._modules.items()
        ]
        tensors = {f"network.{name}": buffer for name, buffer in buffers.items()}
        try:
            with contextlib.suppress(_AllRead):
                functional_call(_Run(self._model, self._forward), tensors, (inputs,))
        finally:
            for hook in hooks:
                hook.remove()
        if missing := self._modules.keys() - outputs.keys():
            raise RuntimeError(f"the model's forward pass does not use the module of {' and '.join(missing)}")
        return outputs

    def _keep(self, outputs: dict[str, Tensor], name: str, _module: nn.Module, _inputs: object, output: object) -> None:
        outputs.setdefault(name, _vectors(output))
        if len(outputs) == len(self._modules):
            raise _AllRead

    def _forward(self, inputs: Tensor) -> None:
        if _has_forward(self._model):
            self._model(inputs)
        else:
            h = _vectors(self._modules["h"](inputs))
            self._modules["z"](h)


class _Run(nn.Module):
    """Calls a function that runs ``network``, so that ``functional_call`` can replace the buffers of the network."""

    def __init__(self, network: nn.Module, run: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.network, self._run = network, run

    def forward(self, inputs: Tensor) -> None:
        self._run(inputs)


def watch_module(
    recorder: Recorder,
    model: nn.Module,
    encoder: str,
    samples: object,
    *,
    head: str | None = None,
    every_s: float = EVERY_S,
    labels: Labels | None = None,
) -> None:
    """Record the embeddings of samples by a network in training: now, and at later calls of ``recorder.log``.

    A call of ``recorder.log`` records them if the last ones are ``every_s`` seconds old, and if recording them takes
    at most 2 % of the time; so does the end of the recording. They are those of the weights at that moment. The
    training is not changed by it, see :class:`WatchedModule`. Errors are logged and not raised, as by the recorder.

    Args:
        recorder: records them. Call its :meth:`~sslviz.Recorder.log` with step and loss after each optimiser step.
        model: the network.
        encoder: name of the module in ``model`` whose output is h, such as "backbone".
        samples: some hundred inputs, always the same, with labels if there are any: a tensor of the shape that the
            network takes, or a batch of a ``DataLoader``.
        head: name of the module whose output is z, such as "projection_head".
        every_s: minimum time between two embeddings, in seconds.
        labels: labels of the samples, as for :meth:`~sslviz.Recorder.log`; by default those in ``samples``.

    Example::

        with sslviz.Recorder("runs/mine") as recorder:
            sslviz.watch_module(recorder, model, "backbone", next(iter(loader)), head="projection_head")
            for step in range(1, 1001):
                recorder.log(step, loss=train_step())
    """
    recorder.watch(lambda: _first_embeddings(model, encoder, samples, head, labels), every_s)


def _first_embeddings(
    model: nn.Module, encoder: str, samples: object, head: str | None, labels: Labels | None
) -> tuple[dict[str, object], Callable[[], Mapping[str, object]]]:
    """Return what the recorder is given of the samples, and the function that embeds them."""
    watched = WatchedModule(model, encoder, samples, head)
    shown = {"images": watched.inputs.images, "labels": watched.inputs.labels if labels is None else labels}
    return shown, watched.embeddings


def _unwrapped(model: nn.Module) -> nn.Module:
    """Return the network within one that is compiled or distributed: only all processes together can run the latter."""
    while True:
        if isinstance(model, nn.parallel.DistributedDataParallel | nn.DataParallel):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        else:
            return model


def _has_forward(model: nn.Module) -> bool:
    """Return whether the class of a network defines its forward pass; a LightningModule need not."""
    return not type(model).forward.__module__.startswith(("torch.nn.modules.module", "lightning", "pytorch_lightning"))


def _norms(model: nn.Module) -> Norms:
    """Return the layers of batch normalisation that have running statistics, by name."""
    return {name: norm for name, norm in batch_norms(model).items() if norm.running_mean is not None}


def _is_loaded(norm: nn.modules.batchnorm._BatchNorm) -> bool:
    """Return whether a layer has statistics from a file: old ones do not tell the number of batches."""
    return bool(norm.running_mean.any()) and not norm.num_batches_tracked  # type: ignore[union-attr]


def _has_settled(norm: nn.modules.batchnorm._BatchNorm) -> bool:
    """Return whether the initial values of a layer's running statistics have lost their weight."""
    kept, batches = 0.0 if norm.momentum is None else 1 - norm.momentum, norm.num_batches_tracked
    return batches is not None and kept ** int(batches) <= MAX_INITIAL_WEIGHT


def _is_synchronised(norm: nn.modules.batchnorm._BatchNorm) -> bool:
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    return isinstance(norm, nn.SyncBatchNorm) and distributed


def _vectors(output: object) -> Tensor:
    """Return the output of a module as one vector for each sample, [n, d]; raise TypeError if it holds no tensor."""
    while not isinstance(output, Tensor):
        if isinstance(output, Mapping) and output:
            output = output.get("pooler_output", next(iter(output.values())))  # as transformers name it
        elif isinstance(output, list | tuple) and output:
            output = output[0]
        else:
            raise TypeError(f"a watched module returns {type(output).__name__} instead of a tensor")
    if output.ndim > 3:
        return output.flatten(2).mean(2)
    return output.mean(1) if output.ndim == 3 else output
