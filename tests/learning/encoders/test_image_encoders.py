"""What is particular to the small encoder and to ResNet-18."""

from __future__ import annotations

import torch

from sslviz.learning.encoders.resnet18 import ResNet18
from sslviz.learning.encoders.small import SmallEncoder


def test_small_encoder_takes_grey_images() -> None:
    encoder = SmallEncoder(channels=1, width=4)
    assert encoder(torch.rand(3, 1, 16, 16)).shape == (3, 32)
    assert encoder.h_dim == 32


def test_resnet18_downsamples_small_images_by_eight_only() -> None:
    """3×3 stem of stride 1 and no pooling: 8 times smaller at the end, not 32 times."""
    encoder = ResNet18(channels=3, width=16)
    sizes: list[torch.Size] = []
    encoder[1].layer4.register_forward_hook(lambda _module, _inputs, output: sizes.append(output.shape[2:]))
    encoder.eval()(torch.rand(1, 3, 32, 32))
    assert sizes == [(4, 4)]
    assert encoder.h_dim == 512
