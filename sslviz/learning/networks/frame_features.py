"""Features of single frames: an encoder maps a frame to h, and a projection head maps h to z on the unit sphere."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor, nn
from torch.nn.functional import normalize

from sslviz.core.settings import About, Group
from sslviz.learning.networks.frame_networks import halving_convolutions, layer_widths, num_halvings
from sslviz.learning.networks.heads import mlp


class Network(Group, frozen=True):
    """Settings of the encoder, the projection head and the predictor, which predicts the features of the next frame."""

    title: ClassVar[str] = "Network"

    width: Annotated[
        int,
        About(label="Width", help="Channels of the encoder's first layer; each layer doubles them.", low=4, high=256),
    ] = 16
    h_dim: Annotated[
        int,
        About(label="Output", help="Dimensions that the encoder makes of a frame.", low=8, high=2048),
    ] = 128
    head_hidden: Annotated[
        int,
        About(label="Heads, hidden", help="Units in the hidden layers of projection and predictor.", low=8, high=4096),
    ] = 192
    head_dim: Annotated[
        int,
        About(label="Features", help="Dimensions of the features that are predicted.", low=2, high=2048),
    ] = 64

    def build_head(self, inputs: int) -> nn.Sequential:
        """Return a projection head or predictor, which maps float[n, inputs] to float[n, head_dim].

        It has no batch norm: batch norm would keep the features of different frames apart, so that the user could not
        observe a collapse (all frames get the same features).
        """
        return mlp((inputs, self.head_hidden, self.head_dim))


class FrameFeatures(nn.Module):
    """Encoder f and projection head g, applied to single frames, float[..., C, H, W] in [0, 1].

    The projection head begins with batch norm. Without it, the features of all frames lie in a narrow cone at first and
    take hundreds of training steps to spread over the sphere.

    Args:
        frame: shape of a frame, (C, H, W).
        network: sizes of the layers.
    """

    def __init__(self, frame: tuple[int, int, int], network: Network) -> None:
        super().__init__()
        channels, height, width = frame
        layers = num_halvings(height, width)
        positions = -(-height // 2**layers) * -(-width // 2**layers)
        self.encoder = nn.Sequential(
            halving_convolutions(channels, network.width, layers),
            nn.Flatten(),
            nn.Linear(layer_widths(network.width, layers)[-1] * positions, network.h_dim),
        )
        self.projection_head = nn.Sequential(nn.BatchNorm1d(network.h_dim), *network.build_head(network.h_dim))

    def forward(self, frames: Tensor) -> Tensor:
        """Return the L2-normalised z of every frame, float32[..., dimensions of z].

        ``frames``: float[..., C, H, W] in [0, 1].
        """
        h = self.encoder(frames.flatten(0, -4))
        z = normalize(self.projection_head(h).float(), dim=1)
        return z.view(*frames.shape[:-3], -1)
