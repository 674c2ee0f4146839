"""Text as bytes: how they are read and spelled, and the counts that any model of text has to beat.

Texts are uint8[n, L], tokens their bytes, 0…255.
"""

from __future__ import annotations

import torch
from torch import Tensor

BYTES = 256
PRIOR, BIGRAM_PRIOR = 1.0, 100.0
"""Imagined observations: of every byte, and of every byte's followers, shared out as bytes are in general."""


def spelled_bytes() -> tuple[str, ...]:
    """Each byte as the character it is, or as Python writes it where it is only part of one."""
    return tuple(chr(byte) if byte < 128 else f"\\x{byte:02x}" for byte in range(BYTES))


def read(tokens: Tensor) -> str:
    """uint8[L] as text; a window may begin or end within a character, which is left out."""
    return bytes(tokens.tolist()).decode("utf-8", "ignore")


def unigram(texts: Tensor) -> Tensor:
    """How frequent each byte is: float64[256], sums to one, none zero (Laplace's rule)."""
    counts = torch.bincount(texts.flatten().long(), minlength=BYTES).double() + PRIOR
    return counts / counts.sum()


def bigram(texts: Tensor) -> Tensor:
    """How likely each byte follows each: float64[256, 256], rows sum to one.

    ``(c(a, b) + m p(b)) / (c(a) + m)``, p the :func:`unigram` and m :data:`BIGRAM_PRIOR` (MacKay & Peto 1995,
    A hierarchical Dirichlet language model, eq. 9).
    """
    pairs = texts[:, :-1].flatten().long() * BYTES + texts[:, 1:].flatten().long()
    counts = torch.bincount(pairs, minlength=BYTES**2).view(BYTES, BYTES).double()
    return (counts + BIGRAM_PRIOR * unigram(texts)) / (counts.sum(1, keepdim=True) + BIGRAM_PRIOR)


def unigram_nats(counted: Tensor, texts: Tensor) -> Tensor:
    """-ln p of every byte under :func:`unigram`: float64[n, L]."""
    return -counted.log()[texts.long()]


def bigram_nats(counted: Tensor, texts: Tensor) -> Tensor:
    """-ln p of every byte but the first given the one before, under :func:`bigram`: float64[n, L - 1]."""
    return -counted.log()[texts[:, :-1].long(), texts[:, 1:].long()]
