"""Perceptrons behind an encoder: projection heads and predictors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def mlp(widths: Sequence[int], *, batch_norm: bool = False) -> nn.Sequential:
    """Return a perceptron that maps float[n, widths[0]] to float[n, widths[-1]].

    ``widths``: numbers of inputs, of units in each hidden layer, and of outputs. Hidden layers end in ReLU, with
    ``batch_norm`` before it; the last layer is linear.
    """
    layers: list[nn.Module] = []
    for inputs, units in pairwise(widths[:-1]):
        layers.append(nn.Linear(inputs, units, bias=not batch_norm))  # batch norm has a bias of its own
        layers += [nn.BatchNorm1d(units), nn.ReLU(inplace=True)] if batch_norm else [nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
