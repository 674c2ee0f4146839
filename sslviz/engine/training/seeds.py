"""Seeds and permutations that follow from the seed of the run, without any shared random state."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def derived(seed: int, purpose: str, number: int = 0) -> int:
    """Return a seed in [0, 2**63) by hashing the seed of the run, the purpose and, for example, the step.

    Neighbouring seeds or steps give unrelated results.
    """
    digest = hashlib.blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def random_order(count: int, seed: int) -> Tensor:
    """Return a random permutation, int64[count]."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))
