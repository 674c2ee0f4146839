"""A vision transformer: an image is cut into patches, which a transformer reads as a text is read word by word.

Dosovitskiy et al. 2021, An image is worth 16×16 words, https://arxiv.org/abs/2010.11929. Two things differ from the
paper: positions are encoded by sines and cosines, so that images of any size can be read, and there is no class token.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor, nn

from sslviz.core.settings import About, Group
from sslviz.learning.networks.convolutional import DEVIATION, MEAN
from sslviz.learning.networks.patches import gather_patches, grid_encoding, patchify
from sslviz.learning.networks.transformer import blocks, with_attention
from sslviz.learning.outputs import PatchFeatures


class VisionTransformer(Group, frozen=True):
    """Settings of a vision transformer: the size of a patch and the sizes of the network."""

    title: ClassVar[str] = "Vision transformer"

    patch: Annotated[
        int,
        About(label="Patch", help="Side of a patch; it must divide the image's.", low=2, high=32, log=True, unit="px"),
    ] = 4
    model_width: Annotated[
        int,
        About(
            label="Width",
            help="Dimensions of a token. For a GPU: 192, with 9 layers and 3 heads.",
            low=8,
            high=1024,
            log=True,
        ),
    ] = 64
    layers: Annotated[
        int, About(label="Layers", help="Blocks of attention and a small network each.", low=1, high=24)
    ] = 2
    heads: Annotated[
        int, About(label="Heads", help="Attentions side by side in each layer; they share the width.", low=1, high=16)
    ] = 4


class PatchTransformer(nn.Module):
    """Maps n images, float[n, channels, H, W] in [0, 1], to one token per patch, float[n, P, width].

    The P patches of an image are numbered row by row. If H or W is not a multiple of the side of a patch, the rest at
    the lower or the right edge is cut off.

    Args:
        channels: number of channels of the images.
        patch: side of a patch, in pixels.
        width: number of dimensions of a token.
        layers: number of transformer blocks.
        heads: number of attention heads.
        dropout: share of activations that are set to zero in training mode.

    Raises:
        SettingError: the width is not a multiple of the number of heads.
    """

    def __init__(self, channels: int, patch: int, width: int, layers: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.patch, self.width = patch, width
        self.embedding = nn.Linear(channels * patch**2, width)
        self.blocks = blocks(width, layers, heads, dropout)

    def forward(self, images: Tensor, visible: Tensor | None = None) -> Tensor:
        """Return the tokens of all patches, or only those of the V visible patches of each image, float[n, V, width].

        ``visible``: int64[n, V], the numbers of the patches that the transformer reads, which saves computation (He et
        al. 2022, https://arxiv.org/abs/2111.06377, section 3, "MAE encoder").
        """
        return self.blocks(self._embedded(images, visible))  # type: ignore[no-any-return]

    def patch_features(self, images: Tensor) -> PatchFeatures:
        """Return the tokens of all patches as a grid, and the attention of the last layer."""
        tokens, attention = with_attention(self.blocks, self._embedded(images))
        rows, columns = self.grid(*images.shape[2:])
        return PatchFeatures(tokens.float().reshape(len(images), rows, columns, self.width), attention)

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Return the numbers of rows and columns of patches in an image of ``height`` × ``width`` pixels."""
        return height // self.patch, width // self.patch

    def _embedded(self, images: Tensor, visible: Tensor | None = None) -> Tensor:
        rows, columns = self.grid(*images.shape[2:])
        patches = patchify(images[:, :, : rows * self.patch, : columns * self.patch], self.patch)
        positions = grid_encoding(rows, columns, self.width, images.device)
        if visible is not None:
            patches, positions = gather_patches(patches, visible), positions[visible]
        return self.embedding((patches - MEAN) / DEVIATION) + positions  # type: ignore[no-any-return]
