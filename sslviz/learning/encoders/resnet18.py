"""ResNet-18 for small images (He, Zhang, Ren, Sun 2015, https://arxiv.org/abs/1512.03385)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from sslviz.learning.encoder import BuildingCode, ImageEncoder, encoders
from sslviz.learning.networks.classification import use_small_stem
from sslviz.learning.networks.convolutional import STANDARDISED, Standardise

CODE = """\
network = torchvision.models.resnet18()
network.conv1 = nn.Conv2d({channels}, 64, 3, stride=1, padding=1, bias=False)
network.maxpool = network.fc = nn.Identity()
encoder = nn.Sequential(nn.Identity(), network)"""


@encoders.register
class ResNet18(ImageEncoder):
    """torchvision's ResNet-18, untrained, with the stem for small images.

    ``width`` has no effect: the layers have the widths of the paper, and ``h_dim`` is 512.
    """

    name: ClassVar[str] = "resnet18"
    help: ClassVar[str] = "ResNet-18 with a stem for small images, for a GPU."

    def __init__(self, channels: int, width: int) -> None:
        from torchvision.models import resnet18  # takes long to import

        super().__init__(channels, width)
        self.channels = channels
        net = resnet18(weights=None)
        use_small_stem(net, channels)
        self.h_dim = net.fc.in_features
        net.fc = nn.Identity()
        self.extend([Standardise(), net])
        self.to(memory_format=torch.channels_last)

    @property
    def code(self) -> BuildingCode:
        text = CODE.format(channels=self.channels)
        return BuildingCode(
            "torch, torchvision", ("import torch", "import torchvision", "from torch import nn"), text, STANDARDISED
        )
