"""Networks: the encoder f that gives h, and the projection head g that gives z."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.settings import About, Group

MEAN, DEVIATION = 0.5, 0.25
"""Inputs in 0…1 are brought to about zero mean and unit variance with these."""


class Encoder(Group, frozen=True):
    """What is trained."""

    title: ClassVar[str] = "Network"

    encoder: Annotated[
        str,
        About(
            label="Encoder",
            help="small: four strided convolutions, learns on a laptop's processor. "
            "resnet18: ResNet-18 with a stem for small images, for a GPU.",
            choices=("small", "resnet18"),
        ),
    ] = "small"
    width: Annotated[
        int,
        About(
            label="Width", help="Channels of the small encoder's first layer; each layer doubles them.", low=4, high=128
        ),
    ] = 16
    head_hidden: Annotated[
        int,
        About(
            label="Head, hidden",
            help="Units in the hidden layer of the projection head, which makes z of h.",
            low=8,
            high=4096,
        ),
    ] = 192
    head_dim: Annotated[
        int,
        About(label="Head, output", help="Dimensions of z, the embedding that the loss sees.", low=2, high=2048),
    ] = 64


def build_encoder(settings: Encoder, channels: int = 3) -> tuple[nn.Module, int]:
    """The encoder, float[n, channels, H, W] in 0…1 to float[n, H_DIM], and H_DIM."""
    if settings.encoder == "resnet18":
        return resnet18_for_small_images(channels)
    return small_encoder(settings.width, channels)


def small_encoder(width: int, channels: int = 3) -> tuple[nn.Module, int]:
    """Four 3×3 convolutions of stride 2, each with batch norm, and the mean over what is left of the image."""
    widths = (channels, width, 2 * width, 4 * width, 8 * width)
    net = nn.Sequential(Standardise(), *(convolution(*pair, stride=2) for pair in pairwise(widths)), SpatialMean())
    return net.to(memory_format=torch.channels_last), widths[-1]


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    """3×3, batch norm, ReLU."""
    layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def resnet18_for_small_images(channels: int = 3) -> tuple[nn.Module, int]:
    """torchvision's ResNet-18, untrained, with a 3×3 stem of stride 1 and no pooling (SimCLR, appendix B.9)."""
    from torchvision.models import resnet18

    net = resnet18(weights=None)
    net.conv1 = nn.Conv2d(channels, 64, 3, stride=1, padding=1, bias=False)
    net.maxpool = nn.Identity()
    h_dim = net.fc.in_features
    net.fc = nn.Identity()
    whole = nn.Sequential(Standardise(), net)
    return whole.to(memory_format=torch.channels_last), h_dim


class Standardise(nn.Module):
    """Brings 0…1 to about zero mean and unit variance, channels last, which convolutions on a CPU are fastest with."""

    def forward(self, x: Tensor) -> Tensor:
        return ((x - MEAN) / DEVIATION).contiguous(memory_format=torch.channels_last)


class SpatialMean(nn.Module):
    """float[n, C, H, W] to float[n, C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def projection_head(h_dim: int, settings: Encoder) -> nn.Module:
    """g: float[n, h_dim] to z, float[n, head_dim], not normalised; one hidden layer (SimCLR, section 4.2)."""
    return nn.Sequential(
        nn.Linear(h_dim, settings.head_hidden, bias=False),
        nn.BatchNorm1d(settings.head_hidden),
        nn.ReLU(inplace=True),
        nn.Linear(settings.head_hidden, settings.head_dim),
    )
