"""Random blocks of patches: those that I-JEPA predicts, and the context from which it predicts them.

Assran et al. 2023, https://arxiv.org/abs/2301.08243, section 3, "Targets" and "Context". An image is a grid of P
patches, numbered row by row.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor

from sslviz.core.settings import About, Group

SMALLEST_TARGET = 0.75
"""Smallest share of the image that a target block covers, over the largest: 15 % and 20 % in the paper."""
ASPECTS = (0.75, 1.5)
"""Range of the height of a target block over its width."""


class Blocks(Group, frozen=True):
    """Settings of the blocks of patches that are predicted, and of the block from which they are predicted."""

    title: ClassVar[str] = "Blocks"

    target_blocks: Annotated[
        int, About(label="Targets", help="Blocks of each image that are predicted.", low=1, high=8, live=True)
    ] = 4
    target_share: Annotated[
        float,
        About(
            label="Target size",
            help="Largest share of the image in a target block; the smallest is three quarters of it. Small: the "
            "neighbouring patches tell nearly all.",
            low=0.05,
            high=0.5,
            live=True,
        ),
    ] = 0.2
    context_share: Annotated[
        float,
        About(
            label="Context size",
            help="Smallest share of the image in the block that the network sees; the targets are cut out of it.",
            low=0.3,
            high=1.0,
            live=True,
        ),
    ] = 0.85


class BlockMask(NamedTuple):
    """Numbers of the V patches of the context, int64[n, V], and of the T patches of M target blocks, int64[n, M, T]."""

    context: Tensor
    targets: Tensor


def random_block_mask(
    images: int, grid: tuple[int, int], settings: Blocks, generator: torch.Generator, device: torch.device
) -> BlockMask:
    """Draw target blocks and the context for each of n images.

    The target blocks of all images have the same height and width; so have the blocks out of which the contexts are
    cut. A context has no patch of a target, unless the targets cover the whole image: then it is one patch. Contexts
    are cut at random to the number of patches of the smallest one.

    ``grid``: numbers of rows and columns of patches, of which there are at least two. ``generator`` may be on another
    device than ``device``, where the result is.
    """
    low, high = settings.target_share * SMALLEST_TARGET, settings.target_share
    share, aspect, seen = torch.rand(3, generator=generator, device=generator.device).tolist()
    target_size = block_size(low + share * (high - low), ASPECTS[0] + aspect * (ASPECTS[1] - ASPECTS[0]), grid)
    context_size = block_size(settings.context_share + seen * (1 - settings.context_share), 1.0, grid)
    targets = _random_blocks((images, settings.target_blocks), target_size, grid, generator)
    outside = ~_covered(_random_blocks((images,), context_size, grid, generator), grid)
    hidden = _covered(targets.flatten(1), grid)
    draws = torch.rand(hidden.shape, generator=generator, device=generator.device)
    order = (2 * hidden + 1 * outside + draws).argsort(1)  # first the patches of the context, then the others
    visible = int((~hidden & ~outside).sum(1).min())
    return BlockMask(order[:, : max(visible, 1)].to(device), targets.to(device))


def block_size(share: float, aspect: float, grid: tuple[int, int]) -> tuple[int, int]:
    """Return the height and the width, in patches, of a block that covers about a ``share`` of the image.

    ``aspect``: about the height over the width. A block is at least one patch, and within the grid.
    """
    area = share * grid[0] * grid[1]
    sides = math.sqrt(area * aspect), math.sqrt(area / aspect)
    height, width = (min(max(round(side), 1), longest) for side, longest in zip(sides, grid, strict=True))
    return height, width


def _random_blocks(
    count: tuple[int, ...], size: tuple[int, int], grid: tuple[int, int], generator: torch.Generator
) -> Tensor:
    """Return the numbers of the T patches of blocks at random places, int64[*count, T]."""
    (height, width), (rows, columns) = size, grid
    draws = torch.rand((2, *count), generator=generator, device=generator.device)
    top, left = (draws[0] * (rows - height + 1)).long(), (draws[1] * (columns - width + 1)).long()
    first: Tensor = top * columns + left
    inside = torch.arange(height)[:, None] * columns + torch.arange(width)
    return first[..., None] + inside.flatten().to(first.device)


def _covered(numbers: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return for each patch whether it is among ``numbers``, int64[n, k]: bool[n, P]."""
    covered = torch.zeros((len(numbers), grid[0] * grid[1]), dtype=torch.bool, device=numbers.device)
    return covered.scatter_(1, numbers, True)
