"""Encoders and projection head: shapes, channel order, names of choices."""

from __future__ import annotations

import pytest
import torch

from sslviz.learning.networks.convolutional import Encoder, build_encoder, projection_head

CHOICES = next(setting.choices for setting in Encoder.settings() if setting.key == "encoder")


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("size", [(32, 32), (16, 16), (20, 28)])
def test_encoder_gives_h_of_the_size_it_says(choice: str, size: tuple[int, int]) -> None:
    encoder, h_dim = build_encoder(Encoder(encoder=choice))
    h = encoder(torch.rand((2, 3, *size), generator=torch.Generator().manual_seed(0)))
    assert h.shape == (2, h_dim)
    assert h.dtype == torch.float32


def test_small_encoder_takes_grey_images() -> None:
    encoder, h_dim = build_encoder(Encoder(width=4), channels=1)
    assert encoder(torch.rand(3, 1, 16, 16)).shape == (3, h_dim)
    assert h_dim == 32


def test_resnet18_keeps_small_images_large_at_first() -> None:
    """3×3 stem of stride 1 and no pooling: 8 times smaller at the end, not 32 times."""
    encoder, h_dim = build_encoder(Encoder(encoder="resnet18"))
    sizes: list[torch.Size] = []
    encoder[1].layer4.register_forward_hook(lambda _module, _given, out: sizes.append(out.shape[2:]))
    encoder.eval()(torch.rand(1, 3, 32, 32))
    assert sizes == [(4, 4)]
    assert h_dim == 512


def test_evaluation_does_not_depend_on_the_batch() -> None:
    encoder, _ = build_encoder(Encoder(width=8))
    x = torch.rand((6, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    encoder.eval()
    torch.testing.assert_close(encoder(x)[:2], encoder(x[:2]))


def test_construction_repeats_with_the_seed() -> None:
    def weights() -> torch.Tensor:
        with torch.random.fork_rng():
            torch.manual_seed(3)
            encoder, h_dim = build_encoder(Encoder(width=8))
            head = projection_head(h_dim, Encoder())
        return torch.cat([p.flatten() for net in (encoder, head) for p in net.parameters()])

    assert torch.equal(weights(), weights())


def test_projection_head_gives_z_of_the_size_asked_for() -> None:
    head = projection_head(40, Encoder(head_hidden=16, head_dim=9))
    assert head(torch.rand(5, 40)).shape == (5, 9)
