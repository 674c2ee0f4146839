"""Randomness is counted, not ambient: every draw follows from the run's seed, a purpose and a number."""

from __future__ import annotations

import hashlib


def derived(seed: int, purpose: str, number: int = 0) -> int:
    """A well-mixed seed in 0…2**63-1; neighbouring runs and steps have nothing in common."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
