"""Text: uint8[n, L], windows of bytes, one segment each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.io.text import BYTES, read
from sslviz.learning.modality import Modality, SampleCards, modalities


@modalities.register
class Text(Modality):
    """Bytes."""

    name: ClassVar[str] = "text"
    frames: ClassVar[int] = 0

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """A bag of bytes: the share of each, float32[n, 256]. Byte by byte, windows have nothing in common."""
        texts = samples.data.long()
        bags = torch.zeros((len(texts), BYTES))
        return {"raw input": bags.scatter_add_(1, texts, torch.full(texts.shape, 1 / texts.shape[1]))}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(np.zeros((len(samples), 0, 0, 0, 3), np.uint8), tuple(read(each) for each in samples.data))
