"""Seeds for random generators. No random state is shared: each seed follows from the run's seed, purpose and number."""

from __future__ import annotations

import hashlib


def derived(seed: int, purpose: str, number: int = 0) -> int:
    """Return a seed in [0, 2**63) by hashing the seed of the run, the purpose and, for example, the step.

    Neighbouring seeds or steps give unrelated results.
    """
    digest = hashlib.blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
