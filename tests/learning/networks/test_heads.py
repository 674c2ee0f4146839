"""Perceptrons of any depth, with and without batch norm."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import nn

from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.networks.heads import mlp


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("hidden", [(), (16,), (16, 12, 8)])
def test_widths_and_layers_are_those_asked_for(hidden: tuple[int, ...], batch_norm: bool) -> None:
    head = mlp((40, *hidden, 9), batch_norm=batch_norm)
    linear = [layer for layer in head if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in linear] == [*hidden, 9]
    assert [layer.bias is None for layer in linear] == [batch_norm] * len(hidden) + [False]
    assert sum(isinstance(layer, nn.BatchNorm1d) for layer in head) == batch_norm * len(hidden)
    assert head(torch.rand(5, 40)).shape == (5, 9)


@pytest.mark.parametrize(("output_norm", "scales"), [("affine", True), ("plain", False)])
def test_the_output_may_be_normalised(output_norm: Literal["affine", "plain"], scales: bool) -> None:
    head = mlp((40, 16, 9), batch_norm=True, output_norm=output_norm)
    assert [layer.bias is None for layer in head if isinstance(layer, nn.Linear)] == [True, True]
    assert isinstance(head[-1], nn.BatchNorm1d)
    assert head[-1].affine == scales
    z = head(torch.rand(64, 40))
    torch.testing.assert_close(z.mean(0), torch.zeros(9), rtol=0, atol=1e-5)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(9), rtol=0, atol=1e-2)


def test_the_settings_choose_the_depth_of_the_projection_head() -> None:
    for layers in (0, 1, 3):
        head = ImageNetwork(head_layers=layers, head_hidden=16, head_dim=9).build_head(40)
        assert sum(isinstance(layer, nn.Linear) for layer in head) == layers + 1
        assert head(torch.rand(5, 40)).shape == (5, 9)
