"""Fixtures of the tests of learning: seeded generators and small images."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(20)


@pytest.fixture
def images(generator: torch.Generator) -> torch.Tensor:
    """Smooth images without black or white, all different: uint8[12, 3, 32, 32]."""
    coarse = torch.rand((12, 3, 5, 5), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(32, 32), mode="bilinear", align_corners=False)
    return (60 + 130 * smooth).byte()


@pytest.fixture(autouse=True)
def one_thread(same_threads_everywhere: None) -> None:
    """Limit torch to one thread: for networks so small a second one only waits, and very long on a busy machine."""
    torch.set_num_threads(1)
