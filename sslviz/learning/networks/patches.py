"""Images as patches, some of them hidden, and the two networks of a masked autoencoder.

He, Chen, Xie, Li, Dollár, Girshick 2022, https://arxiv.org/abs/2111.06377. P patches of an image, V of them visible,
M hidden, each D = C · side² values.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sslviz.learning.networks.convolutional import DEVIATION, MEAN
from sslviz.learning.networks.transformer import Transformer, blocks, waves


def patchify(images: Tensor, side: int) -> Tensor:
    """float[n, C, H, W] to [n, P, D], row by row; H and W are multiples of ``side``."""
    n, channels, height, width = images.shape
    grid = images.reshape(n, channels, height // side, side, width // side, side)
    return grid.permute(0, 2, 4, 1, 3, 5).reshape(n, -1, channels * side * side)


def unpatchify(patches: Tensor, shape: tuple[int, ...], side: int) -> Tensor:
    """The way back: [n, P, D] to images of ``shape`` (C, H, W)."""
    channels, height, width = shape
    grid = patches.reshape(-1, height // side, width // side, channels, side, side)
    return grid.permute(0, 3, 1, 4, 2, 5).reshape(-1, channels, height, width)


class Hiding(NamedTuple):
    """Which patches of each image are seen and which are not: int64[n, V], int64[n, M]."""

    visible: Tensor
    hidden: Tensor


def hide(images: int, patches: int, ratio: float, generator: torch.Generator, device: torch.device) -> Hiding:
    """So many at random, the same number of each image, at least one and never all."""
    order = torch.rand((images, patches), generator=generator, device=generator.device).argsort(1).to(device)
    hidden = min(max(round(ratio * patches), 1), patches - 1)
    return Hiding(order[:, hidden:], order[:, :hidden])


def taken(patches: Tensor, places: Tensor) -> Tensor:
    """Those at int64[n, k] of [n, P, D]: [n, k, D]."""
    return patches.gather(1, places[:, :, None].expand(-1, -1, patches.shape[2]))


def filled(patches: Tensor, places: Tensor, others: Tensor) -> Tensor:
    """[n, P, D] with ``others``, [n, k, D] or one that fits all, at int64[n, k]."""
    where = places[:, :, None].expand(-1, -1, patches.shape[2])
    return patches.scatter(1, where, others.to(patches.dtype).expand(where.shape))


def mean_visible(patches: Tensor, hiding: Hiding) -> Tensor:
    """Of each image the mean of its visible patches, [n, 1, D]: a guess at all hidden ones that needs no learning."""
    return taken(patches, hiding.visible).mean(1, keepdim=True)


def squared_error(guessed: Tensor, patches: Tensor, hiding: Hiding) -> Tensor:
    """float32[n], of each image over all values of its hidden patches; ``guessed`` [n, M, D] or [n, 1, D]."""
    return (guessed.float() - taken(patches, hiding.hidden)).square().mean((1, 2))


def grid_waves(rows: int, columns: int, width: int) -> Tensor:
    """float32[rows · columns, width]: half of it waves of the row, half of the column, row by row."""
    half = width // 2
    down = waves(torch.arange(rows), half)[:, None].expand(-1, columns, -1)
    across = waves(torch.arange(columns), width - half)[None].expand(rows, -1, -1)
    return torch.cat([down, across], -1).flatten(0, 1)


class PatchEncoder(nn.Module):
    """Visible patches to latents; hidden ones are not there, which is what makes it cheap (section 3, MAE encoder)."""

    def __init__(self, dim: int, places: Tensor, settings: Transformer) -> None:
        super().__init__()
        self.register_buffer("places", places, persistent=False)
        self.embedding = nn.Linear(dim, settings.model_width)
        self.blocks = blocks(settings.model_width, settings.layers, settings.heads, settings.dropout)
        self.places: Tensor

    def forward(self, patches: Tensor, visible: Tensor | None = None) -> Tensor:
        """[n, P, D] in 0…1 to float[n, V, width], or of all P where nothing is hidden."""
        seen, places = (patches, self.places) if visible is None else (taken(patches, visible), self.places[visible])
        return self.blocks(self.embedding((seen - MEAN) / DEVIATION) + places)  # type: ignore[no-any-return]


class PatchDecoder(nn.Module):
    """Latents and a token for each hidden patch to the hidden patches themselves, their values not normalised."""

    def __init__(self, dim: int, places: Tensor, latent_width: int, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.register_buffer("places", places, persistent=False)
        self.embedding = nn.Linear(latent_width, width)
        self.mask_token = nn.Parameter(torch.zeros(width))
        self.blocks = blocks(width, layers, heads)
        self.head = nn.Linear(width, dim)
        self.places: Tensor

    def forward(self, latents: Tensor, hiding: Hiding) -> Tensor:
        """float[n, V, latent_width] to [n, M, D] in 0…1 or near it."""
        known = self.embedding(latents) + self.places[hiding.visible]
        asked = (self.mask_token + self.places[hiding.hidden]).to(known.dtype)
        answers = self.blocks(torch.cat([known, asked], 1))[:, known.shape[1] :]
        return self.head(answers).float() * DEVIATION + MEAN  # type: ignore[no-any-return]
