"""Seeds and permutations that are computed from the seed of the run, without shared random state."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def derived(seed: int, purpose: str, number: int = 0) -> int:
    """Return a seed in [0, 2**63), which is a hash of the arguments.

    ``seed`` is the seed of the run, ``purpose`` a word such as "augment", and ``number`` a number such as the step.
    Neighbouring seeds or numbers give unrelated results.
    """
    digest = hashlib.blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def random_order(count: int, seed: int) -> Tensor:
    """Return a random permutation of 0…count - 1, int64[count]."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))
