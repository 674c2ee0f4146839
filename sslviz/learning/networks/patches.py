"""Images as patches, random masks of patches, and the networks that predict hidden patches.

He, Chen, Xie, Li, Dollár, Girshick 2022, https://arxiv.org/abs/2111.06377. An image with C channels is cut into P
square patches. A patch has ``side`` · ``side`` pixels and therefore D = C · side² values. V of the P patches are
visible and the other M are hidden.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sslviz.core.settings import SettingError
from sslviz.learning.networks.convolutional import DEVIATION, MEAN
from sslviz.learning.networks.transformer import blocks, sinusoidal_encoding

HIDDEN_GREY = 0.5
"""Grey level in [0, 1] with which hidden patches are drawn."""


def patchify(images: Tensor, side: int) -> Tensor:
    """Cut images, float[n, C, H, W], into square patches row by row; H and W are multiples of ``side``.

    Return [n, P, D]: P patches per image, each of D = C · side² values.
    """
    n, channels, height, width = images.shape
    grid = images.reshape(n, channels, height // side, side, width // side, side)
    return grid.permute(0, 2, 4, 1, 3, 5).reshape(n, -1, channels * side * side)


def unpatchify(patches: Tensor, shape: tuple[int, ...], side: int) -> Tensor:
    """Join patches, [n, P, D] with P per image, into images of ``shape`` (C, H, W); the inverse of :func:`patchify`."""
    channels, height, width = shape
    grid = patches.reshape(-1, height // side, width // side, channels, side, side)
    return grid.permute(0, 3, 1, 4, 2, 5).reshape(-1, channels, height, width)


def check_patch(side: int, sample_shape: tuple[int, ...]) -> None:
    """Raise SettingError unless images of shape (C, H, W) can be cut into at least two patches of ``side`` pixels."""
    _, height, width = sample_shape
    if height % side or width % side or side == height == width:
        raise SettingError("patch", f"Patches of {side} px cannot divide images of {width}×{height} px.")


class PatchMask(NamedTuple):
    """Positions of the V visible patches of each image, int64[n, V], and of its M hidden patches, int64[n, M]."""

    visible: Tensor
    hidden: Tensor


def random_mask(images: int, patches: int, ratio: float, generator: torch.Generator, device: torch.device) -> PatchMask:
    """Hide a share ``ratio`` of the patches of each image at random: at least one patch, and never all.

    The number of hidden patches is the same for every image. ``images`` is the number of images, ``patches`` the
    number of patches of an image, at least 2. ``generator`` may be on another device than ``device``, where the result
    is.
    """
    order = torch.rand((images, patches), generator=generator, device=generator.device).argsort(1).to(device)
    hidden = min(max(round(ratio * patches), 1), patches - 1)
    return PatchMask(order[:, hidden:], order[:, :hidden])


def gather_patches(patches: Tensor, positions: Tensor) -> Tensor:
    """Select k patches of each image: those at ``positions``, int64[n, k].

    ``patches``: [n, P, D], the P patches of each image; a patch has D values. Return [n, k, D].
    """
    return patches.gather(1, positions[:, :, None].expand(-1, -1, patches.shape[2]))


def replace_patches(patches: Tensor, positions: Tensor, others: Tensor) -> Tensor:
    """Return a copy of ``patches`` in which the k patches of each image at ``positions`` are replaced by ``others``.

    ``patches``: [n, P, D], the P patches of each image; a patch has D values. ``positions``: int64[n, k]. ``others``:
    the new patches, [n, k, D] or a shape that broadcasts to it.
    """
    index = positions[:, :, None].expand(-1, -1, patches.shape[2])
    return patches.scatter(1, index, others.to(patches.dtype).expand(index.shape))


def with_others_grey(images: Tensor, positions: Tensor, side: int) -> Tensor:
    """Return images, float[n, C, H, W], in which all patches are grey but those at ``positions``, int64[n, k]."""
    patches = patchify(images, side)
    shown = replace_patches(torch.full_like(patches, HIDDEN_GREY), positions, gather_patches(patches, positions))
    return unpatchify(shown, images.shape[1:], side)


def mean_visible(patches: Tensor, mask: PatchMask) -> Tensor:
    """Return the mean of the visible patches of each image, [n, 1, D].

    The mean serves as a baseline: a network should predict the hidden patches better than the mean does.
    """
    return gather_patches(patches, mask.visible).mean(1, keepdim=True)


def squared_error(predicted: Tensor, patches: Tensor, mask: PatchMask) -> Tensor:
    """Return the mean squared error over the hidden patches of each image, float32[n].

    ``predicted`` has the shape [n, M, D] for M hidden patches, or [n, 1, D] if the prediction is the same for all
    hidden patches of an image. ``patches``: all patches of each image.
    """
    return (predicted.float() - gather_patches(patches, mask.hidden)).square().mean((1, 2))


def grid_encoding(rows: int, columns: int, width: int, device: torch.device | None = None) -> Tensor:
    """Return the sinusoidal positional encoding of a grid of patches, float32[rows · columns, width], row by row.

    The first half of the dimensions encodes the row, the second half the column.
    """
    half = width // 2
    down = sinusoidal_encoding(torch.arange(rows, device=device), half)[:, None].expand(-1, columns, -1)
    across = sinusoidal_encoding(torch.arange(columns, device=device), width - half)[None].expand(rows, -1, -1)
    return torch.cat([down, across], -1).flatten(0, 1)


class TokenPredictor(nn.Module):
    """Predicts the tokens of hidden patches from an encoder's tokens of the visible patches.

    In place of every hidden patch, the predictor gets the mask token, a learned vector, plus the positional encoding of
    the patch.

    Args:
        dim: number of values of a predicted token, D.
        positional: positional encodings of the P patches of an image, float32[P, width].
        latent_width: number of dimensions of the encoder's tokens.
        width: number of dimensions of the predictor's tokens.
        layers: number of transformer blocks.
        heads: number of attention heads.
    """

    def __init__(self, dim: int, positional: Tensor, latent_width: int, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.register_buffer("positional", positional, persistent=False)
        self.embedding = nn.Linear(latent_width, width)
        self.mask_token = nn.Parameter(torch.zeros(width))
        self.blocks = blocks(width, layers, heads)
        self.head = nn.Linear(width, dim)
        self.positional: Tensor

    def forward(self, latents: Tensor, mask: PatchMask) -> Tensor:
        """Predict tokens of the M hidden patches, float32[n, M, D].

        ``latents``: float[n, V, latent_width], the encoder's tokens of the V visible patches.
        """
        visible = self.embedding(latents) + self.positional[mask.visible]
        hidden = (self.mask_token + self.positional[mask.hidden]).to(visible.dtype)
        output = self.blocks(torch.cat([visible, hidden], 1))[:, visible.shape[1] :]
        return self.head(output).float()  # type: ignore[no-any-return]


class PatchDecoder(TokenPredictor):
    """Predicts the pixels of the hidden patches from the encoder's latents: the pixels themselves, not normalised."""

    def forward(self, latents: Tensor, mask: PatchMask) -> Tensor:
        """Predict the M hidden patches, [n, M, D]; the predicted pixels are not clamped to [0, 1]."""
        return super().forward(latents, mask) * DEVIATION + MEAN
