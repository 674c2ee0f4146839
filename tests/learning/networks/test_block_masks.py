"""Blocks of patches: their sizes, where they lie, and what is left of the context."""

from __future__ import annotations

import pytest
import torch

from sslviz.learning.networks.block_masks import BlockMask, Blocks, block_size, random_block_mask

CPU = torch.device("cpu")


def mask(images: int = 50, grid: tuple[int, int] = (8, 8), seed: int = 0, **given: float) -> BlockMask:
    settings = Blocks(**given)  # type: ignore[arg-type]
    return random_block_mask(images, grid, settings, torch.Generator().manual_seed(seed), CPU)


def is_block(numbers: list[int], columns: int) -> bool:
    rows, across = {number // columns for number in numbers}, {number % columns for number in numbers}
    whole = {row * columns + column for row in rows for column in across}
    gapless = all(max(each) - min(each) == len(each) - 1 for each in (rows, across))
    return set(numbers) == whole and len(numbers) == len(whole) and gapless


@pytest.mark.parametrize(
    ("share", "aspect", "grid", "size"),
    [
        (0.2, 1.0, (8, 8), (4, 4)),
        (0.2, 1.5, (8, 8), (4, 3)),
        (0.2, 0.75, (8, 8), (3, 4)),
        (1.0, 1.0, (8, 8), (8, 8)),
        (1.0, 1.0, (2, 8), (2, 4)),
        (0.05, 1.0, (2, 2), (1, 1)),
        (0.5, 1.5, (1, 2), (1, 1)),
    ],
)
def test_a_block_covers_about_its_share(
    share: float, aspect: float, grid: tuple[int, int], size: tuple[int, int]
) -> None:
    assert block_size(share, aspect, grid) == size


@pytest.mark.parametrize("grid", [(8, 8), (7, 7), (4, 12)])
def test_targets_are_blocks_of_one_size_at_places_of_their_own(grid: tuple[int, int]) -> None:
    sizes = set()
    for seed in range(20):
        targets = mask(grid=grid, seed=seed).targets
        assert targets.shape[:2] == (50, 4)
        assert 0.1 * grid[0] * grid[1] < targets.shape[2] < 0.3 * grid[0] * grid[1]
        assert all(is_block(block, grid[1]) for image in targets.tolist() for block in image)
        assert 0 <= int(targets.min()) <= int(targets.max()) < grid[0] * grid[1]
        assert len(set(targets[:, :, 0].flatten().tolist())) > 10
        sizes.add(targets.shape[2])
    assert len(sizes) > 1


def test_the_context_is_what_the_targets_leave_of_a_block() -> None:
    for seed in range(20):
        context, targets = mask(context_share=0.3, target_blocks=1, seed=seed)
        for seen, hidden in zip(context.tolist(), targets.flatten(1).tolist(), strict=True):
            assert len(set(seen)) == len(seen)
            assert not set(seen) & set(hidden)
            for way in (lambda number: number // 8, lambda number: number % 8):
                assert max(map(way, seen)) - min(map(way, seen)) < 8
    assert context.shape[1] <= 64
    small, large = (mask(context_share=share, target_share=0.05, target_blocks=1) for share in (0.3, 1.0))
    assert small.context.shape[1] < 0.6 * large.context.shape[1]
    assert large.context.shape[1] == 64 - large.targets.shape[2]


@pytest.mark.parametrize("grid", [(8, 8), (2, 2), (1, 2), (3, 1)])
@pytest.mark.parametrize(("blocks", "share"), [(1, 0.05), (8, 0.05), (1, 0.5), (8, 0.5)])
def test_there_is_always_a_context(blocks: int, share: float, grid: tuple[int, int]) -> None:
    for seed in range(10):
        context, targets = mask(grid=grid, seed=seed, target_blocks=blocks, target_share=share, context_share=0.3)
        assert context.shape[1] >= 1
        assert targets.shape[:2] == (50, blocks)
        assert 0 <= int(context.min()) <= int(context.max()) < grid[0] * grid[1]


def test_contexts_are_cut_at_random_not_at_one_end() -> None:
    """Of contexts that are cut, the first and the last patch of the image are seen about as often."""
    context = mask(images=2000, target_blocks=2).context
    often = torch.bincount(context.flatten(), minlength=64) / 2000
    assert float(often[0]) == pytest.approx(float(often[63]), abs=0.06)


def test_blocks_follow_from_the_generator() -> None:
    one, same, other = (mask(seed=seed) for seed in (1, 1, 2))
    assert all(map(torch.equal, one, same))
    assert one.targets.shape != other.targets.shape or not torch.equal(one.targets, other.targets)
