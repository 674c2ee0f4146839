"""Runs a network in eval mode, and finds its layers of batch normalisation."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn


@contextlib.contextmanager
def eval_mode(network: nn.Module) -> Iterator[None]:
    """Context manager that puts the network in eval mode, without gradient, and restores the mode of every layer."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def batch_norms(network: nn.Module) -> dict[str, nn.modules.batchnorm._BatchNorm]:
    """Return the layers of batch normalisation of a network, by the names of the modules."""
    return {
        name: module for name, module in network.named_modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)
    }
