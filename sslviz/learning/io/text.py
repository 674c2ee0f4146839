"""Text as bytes: decoding, names of the 256 bytes, and the unigram and bigram models that serve as baselines.

Texts are uint8[n, L]: n texts of L bytes each. Their tokens are the bytes, 0…255.
"""

from __future__ import annotations

import torch
from torch import Tensor

BYTES = 256
PRIOR, BIGRAM_PRIOR = 1.0, 100.0
"""Pseudocount of every byte; total pseudocount of all successors of a byte, distributed like the unigrams."""


def spelled_bytes() -> tuple[str, ...]:
    """Return the name of each byte: its ASCII character or, from 128 on, its hexadecimal escape as Python writes it."""
    return tuple(chr(byte) if byte < 128 else f"\\x{byte:02x}" for byte in range(BYTES))


def decode(tokens: Tensor) -> str:
    """Decode a text, uint8[L], as UTF-8; invalid bytes, such as cut-off characters at both ends, are left out."""
    return bytes(tokens.tolist()).decode("utf-8", "ignore")


def unigram(texts: Tensor) -> Tensor:
    """Return the unigram model of ``texts``: the probability of each byte, float64[256].

    Add-one smoothing keeps all probabilities above 0.
    """
    counts = torch.bincount(texts.flatten().long(), minlength=BYTES).double() + PRIOR
    return counts / counts.sum()


def bigram(texts: Tensor) -> Tensor:
    """Return the bigram model of ``texts``, float64[256, 256].

    Row a, column b holds the probability that byte b follows byte a.

    The probability is ``(c(a, b) + m p(b)) / (c(a) + m)``, where c(a, b) counts how often byte b follows byte a, c(a)
    counts how often any byte follows a, p is the :func:`unigram` model and m is :data:`BIGRAM_PRIOR` (MacKay & Peto
    1995, A hierarchical Dirichlet language model, eq. 9).
    """
    pairs = texts[:, :-1].flatten().long() * BYTES + texts[:, 1:].flatten().long()
    counts = torch.bincount(pairs, minlength=BYTES**2).view(BYTES, BYTES).double()
    return (counts + BIGRAM_PRIOR * unigram(texts)) / (counts.sum(1, keepdim=True) + BIGRAM_PRIOR)


def unigram_nats(probabilities: Tensor, texts: Tensor) -> Tensor:
    """Return -ln p of every byte of ``texts``, float64[n, L]; ``probabilities`` are a :func:`unigram` model."""
    return -probabilities.log()[texts.long()]


def bigram_nats(probabilities: Tensor, texts: Tensor) -> Tensor:
    """Return -ln p of every byte of ``texts`` but the first of each text, float64[n, L - 1].

    ``probabilities`` are a :func:`bigram` model.
    """
    return -probabilities.log()[texts[:, :-1].long(), texts[:, 1:].long()]
