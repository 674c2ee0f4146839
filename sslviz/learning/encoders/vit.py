"""A small vision transformer as an encoder of images."""

from __future__ import annotations

from typing import ClassVar, Self

from torch import Tensor, nn

from sslviz.core.settings import Group, Values
from sslviz.learning.encoder import ImageEncoder, encoders
from sslviz.learning.networks.patches import check_patch
from sslviz.learning.networks.vision_transformer import PatchTransformer, VisionTransformer
from sslviz.learning.outputs import PatchFeatures

DEFAULT = VisionTransformer()


@encoders.register
class VitEncoder(ImageEncoder):
    """A vision transformer; h is the mean of its tokens.

    ``width`` has no effect: the group :class:`VisionTransformer` has the sizes of the network.
    """

    name: ClassVar[str] = "vit"
    help: ClassVar[str] = "a vision transformer, six times as slow; shows what it sees in each patch."
    groups: ClassVar[tuple[type[Group], ...]] = (VisionTransformer,)

    def __init__(self, channels: int, width: int, settings: VisionTransformer = DEFAULT) -> None:
        super().__init__(channels, width)
        self.h_dim = settings.model_width
        self.transformer = PatchTransformer(
            channels, settings.patch, settings.model_width, settings.layers, settings.heads
        )
        self.mean = TokenMean()

    @classmethod
    def build(cls, sample_shape: tuple[int, ...], width: int, values: Values) -> Self:
        """Return the encoder; raise SettingError if the patches cannot divide images of ``sample_shape``."""
        settings = VisionTransformer.of(values)
        check_patch(settings.patch, sample_shape)
        return cls(sample_shape[0], width, settings)

    def patch_features(self, images: Tensor) -> PatchFeatures:
        return self.transformer.patch_features(images)


class TokenMean(nn.Module):
    """Averages tokens, float[n, P, D], over the P patches; returns float[n, D]."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens.mean(1)
