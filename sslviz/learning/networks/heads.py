"""Perceptrons behind an encoder: projection heads and predictors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from torch import nn

from sslviz.core.settings import About, Group


class Predictor(Group, frozen=True):
    """Whether a predictor maps embeddings to predictions of the target's embeddings."""

    title: ClassVar[str] = "Predictor"

    predictor: Annotated[
        bool,
        About(label="Predictor", help="Off: the predictions are the embeddings themselves.", live=True, guard=True),
    ] = True


def mlp(
    widths: Sequence[int], *, batch_norm: bool = False, output_norm: Literal["none", "affine", "plain"] = "none"
) -> nn.Sequential:
    """Return a perceptron that maps float[n, widths[0]] to float[n, widths[-1]].

    ``widths``: numbers of inputs, of units in each hidden layer, and of outputs. Hidden layers end in ReLU, with
    ``batch_norm`` before it; the last layer is linear. ``output_norm``: whether batch norm follows the last layer,
    with ("affine") or without ("plain") trained scales and offsets.
    """
    layers: list[nn.Module] = []
    for inputs, units in pairwise(widths[:-1]):
        layers.append(nn.Linear(inputs, units, bias=not batch_norm))  # batch norm has a bias of its own
        layers += [nn.BatchNorm1d(units), nn.ReLU(inplace=True)] if batch_norm else [nn.ReLU(inplace=True)]
    layers.append(nn.Linear(widths[-2], widths[-1], bias=output_norm == "none"))
    if output_norm != "none":
        layers.append(nn.BatchNorm1d(widths[-1], affine=output_norm == "affine"))
    return nn.Sequential(*layers)
