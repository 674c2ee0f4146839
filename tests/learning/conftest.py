"""For tests of learning: seeded generators and small images."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(20)


@pytest.fixture
def images(generator: torch.Generator) -> torch.Tensor:
    """uint8[12, 3, 32, 32]: smooth, none like another, away from black and white."""
    coarse = torch.rand((12, 3, 5, 5), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(32, 32), mode="bilinear", align_corners=False)
    return (60 + 130 * smooth).byte()


@pytest.fixture(autouse=True)
def one_thread(same_threads_everywhere: None) -> None:
    """So small that a second thread only waits for the first, and for ever on a busy machine."""
    torch.set_num_threads(1)
