"""The parts of the transformers: initial weights, positional encoding, attention biases."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from sslviz.core.settings import SettingError
from sslviz.learning.networks.transformer import (
    TextEncoder,
    Transformer,
    bidirectional_bias,
    blocks,
    causal_bias,
    set_dropout,
    sinusoidal_encoding,
)

SMALL = Transformer(model_width=16, layers=2, heads=2)


def test_every_layer_begins_with_weights_of_its_own() -> None:
    encoder = blocks(64, 4, 4)
    for parameter, other in zip(encoder.layers[0].parameters(), encoder.layers[1].parameters(), strict=True):
        assert parameter.dim() == 1 or not torch.equal(parameter, other)


def test_heads_that_cannot_share_the_width_are_refused() -> None:
    with pytest.raises(SettingError, match="3 heads cannot share a width of 64"):
        blocks(64, 1, 3)


def test_eval_mode_gives_what_training_gives_without_dropout(generator: torch.Generator) -> None:
    """torch has a fast path for eval mode, which must not be taken: it would mistake the bias for a boolean mask."""
    encoder = TextEncoder(256, SMALL)
    tokens = torch.randint(256, (3, 9), generator=generator)
    bias = causal_bias(9, 2, 9, tokens.device)
    trained = encoder(tokens, bias)
    with torch.no_grad():
        evaluated = encoder.eval()(tokens, bias)
    assert bool(evaluated.isfinite().all())
    torch.testing.assert_close(trained, evaluated, rtol=1e-4, atol=1e-5)


def test_dropout_can_be_set_at_any_time() -> None:
    encoder = TextEncoder(256, Transformer(model_width=16, layers=2, heads=2, dropout=0.25))
    shares = {module.p for module in encoder.modules() if isinstance(module, nn.Dropout)}
    assert shares == {0.25}
    set_dropout(encoder, 0.5)
    tokens, bias = torch.arange(12)[None], bidirectional_bias(12, 2, torch.device("cpu"))
    torch.manual_seed(0)
    assert not torch.equal(encoder(tokens, bias), encoder(tokens, bias))
    set_dropout(encoder, 0.0)
    assert torch.equal(encoder(tokens, bias), encoder(tokens, bias))
    assert all(layer.self_attn.dropout == 0 for layer in encoder.blocks.layers)


def slow_bias(back: int, slope: float, seen: bool) -> float:
    return -abs(back) * slope if seen else -math.inf


@pytest.mark.parametrize("span", [1, 3, 512])
def test_causal_bias_is_the_formula(span: int) -> None:
    bias = causal_bias(6, 3, span, torch.device("cpu"))
    for head in range(3):
        for row in range(6):
            for column in range(6):
                back = row - column
                assert float(bias[head, row, column]) == slow_bias(back, 4.0**-head, 0 <= back < span)


def test_bidirectional_bias_is_the_formula() -> None:
    bias = bidirectional_bias(6, 5, torch.device("cpu"))
    ways = (lambda back: back >= 0, lambda back: back <= 0)
    for head in range(5):
        for row in range(6):
            for column in range(6):
                back = row - column
                seen = head == 4 or ways[head % 2](back)
                assert float(bias[head, row, column]) == slow_bias(back, 4.0 ** -(head // 2), seen)


def test_sinusoidal_encoding_is_the_formula() -> None:
    encoding = sinusoidal_encoding(torch.tensor([0, 3, 70]), 10)
    for row, place in enumerate((0, 3, 70)):
        for i in range(5):
            angle = place / 10_000 ** (2 * i / 10)
            assert encoding[row, 2 * i : 2 * i + 2].tolist() == pytest.approx(
                [math.sin(angle), math.cos(angle)], abs=1e-5
            )
    assert sinusoidal_encoding(torch.tensor([1.0]), 7).shape == (1, 7)


def test_a_text_may_be_of_any_length() -> None:
    encoder = TextEncoder(256, SMALL)
    for length in (1, 5, 20):
        bias = bidirectional_bias(length, 2, torch.device("cpu"))
        assert encoder(torch.zeros((2, length), dtype=torch.int64), bias).shape == (2, length, 16)
