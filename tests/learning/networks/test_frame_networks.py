"""Networks over frames: sizes of feature maps, decoder, visibility of the frame's border."""

from __future__ import annotations

import pytest
import torch

from sslviz.learning.networks.frame_features import FrameFeatures, Network
from sslviz.learning.networks.frame_networks import (
    Decoder,
    Residual,
    halving_convolutions,
    layer_widths,
    num_halvings,
    pool_quarters,
)


@pytest.mark.parametrize(
    ("height", "width", "times"), [(32, 32, 3), (64, 64, 4), (20, 28, 3), (4, 4, 1), (2, 3, 1), (33, 8, 4)]
)
def test_frames_are_halved_until_few_positions_are_left(height: int, width: int, times: int) -> None:
    assert num_halvings(height, width) == times


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (20, 28), (30, 17), (4, 4)])
def test_the_decoder_undoes_the_encoders_halving(size: tuple[int, int]) -> None:
    layers = num_halvings(*size)
    encoder, sizes = halving_convolutions(4, 8, layers), layer_widths(8, layers)
    features = encoder(torch.rand((2, 4, *size), generator=torch.Generator().manual_seed(0)))
    assert features.shape == (2, sizes[-1], -(-size[0] // 2**layers), -(-size[1] // 2**layers))
    frames = Decoder(sizes, 1, size)(Residual(sizes[-1])(features))
    assert frames.shape == (2, 1, *size)
    assert frames.dtype == torch.float32
    assert 0 < float(frames.detach().min()) < float(frames.detach().max()) < 1


def test_h_is_the_mean_of_each_quarter() -> None:
    features = torch.rand((3, 5, 4, 6), generator=torch.Generator().manual_seed(0))
    quarters = [features[:, :, y : y + 2, x : x + 3].mean((2, 3)) for y in (0, 2) for x in (0, 3)]
    torch.testing.assert_close(pool_quarters(features), torch.stack(quarters, 2).flatten(1))


def test_the_border_of_a_frame_can_be_seen() -> None:
    """An empty frame looks different to the encoder at its border and in its middle."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = halving_convolutions(1, 8, 2).eval()
    features = encoder(torch.zeros(1, 1, 32, 32)).detach()
    middle = features[..., 4, 4]
    assert torch.allclose(features[..., 3, 4], middle, atol=1e-6)
    assert float((features[..., 0, 4] - middle).norm()) > 0.1 * float(middle.norm())


def test_features_lie_on_the_sphere_whatever_the_leading_dimensions() -> None:
    network = FrameFeatures((1, 20, 28), Network(width=4, h_dim=12, head_hidden=16, head_dim=6)).eval()
    frames = torch.rand((3, 2, 1, 20, 28), generator=torch.Generator().manual_seed(0))
    z = network(frames)
    assert z.shape == (3, 2, 6)
    torch.testing.assert_close(z.norm(dim=2), torch.ones(3, 2))
    torch.testing.assert_close(z[1, 1], network(frames[1, 1:])[0])
