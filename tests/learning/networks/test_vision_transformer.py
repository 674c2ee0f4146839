"""The vision transformer: its tokens patch by patch, its attention by a loop, and images of any size."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.learning.networks.patches import grid_encoding
from sslviz.learning.networks.transformer import blocks, with_attention
from sslviz.learning.networks.vision_transformer import PatchTransformer


def network() -> PatchTransformer:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PatchTransformer(3, patch=4, width=16, layers=2, heads=2).eval()


def random_images(*size: int) -> Tensor:
    return torch.rand(size, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_each_patch_is_embedded_with_its_position(monkeypatch: pytest.MonkeyPatch) -> None:
    vit, x = network(), random_images(2, 3, 8, 12)
    monkeypatch.setattr(vit, "blocks", torch.nn.Identity())
    tokens, positions = vit(x), grid_encoding(2, 3, 16)
    for image in range(2):
        for row in range(2):
            for column in range(3):
                own = x[image, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4].flatten()
                expected = vit.embedding((own - 0.5) / 0.25) + positions[3 * row + column]
                torch.testing.assert_close(tokens[image, 3 * row + column], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_attention_is_that_of_the_last_layer(training: bool) -> None:
    """Computed head by head from the layer's own weights, in training mode and where torch has a fast path."""
    torch.manual_seed(0)
    encoder = blocks(16, 3, 4).train(training)
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    tokens = torch.randn(2, 5, 16)
    with torch.set_grad_enabled(training):
        output, attention = with_attention(encoder, tokens)
    torch.testing.assert_close(output, encoder(tokens), rtol=1e-4, atol=1e-5)
    last = encoder.layers[2]
    x = last.norm1(encoder.layers[1](encoder.layers[0](tokens)))
    weight, bias = last.self_attn.in_proj_weight, last.self_attn.in_proj_bias
    for head in range(4):
        own = slice(4 * head, 4 * head + 4)
        query = x @ weight[:16][own].T + bias[:16][own]
        key = x @ weight[16:32][own].T + bias[16:32][own]
        expected = (query @ key.transpose(1, 2) / math.sqrt(4)).softmax(-1)
        torch.testing.assert_close(attention[:, head], expected, rtol=1e-4, atol=1e-5)
    assert attention.std() > 0.01


@torch.no_grad()
def test_features_are_the_tokens_as_a_grid() -> None:
    vit, x = network(), random_images(2, 3, 8, 12)
    features = vit.patch_features(x)
    assert features.tokens.shape == (2, 2, 3, 16)
    assert features.attention.shape == (2, 2, 6, 6)
    torch.testing.assert_close(features.tokens.flatten(1, 2), vit(x), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(features.attention.sum(-1), torch.ones(2, 2, 6))


@torch.no_grad()
@pytest.mark.parametrize(("height", "width", "patches"), [(32, 32, 64), (16, 16, 16), (28, 20, 35), (18, 23, 20)])
def test_images_of_any_size_are_read_without_what_is_left_over(height: int, width: int, patches: int) -> None:
    vit, x = network(), random_images(1, 3, height, width)
    tokens = vit(x)
    assert tokens.shape == (1, patches, 16)
    torch.testing.assert_close(vit(x[:, :, : height // 4 * 4, : width // 4 * 4]), tokens)
