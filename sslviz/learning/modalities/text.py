"""Text, uint8[n, L]: n samples, which are passages of L bytes; every sample is one segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.io.text import BYTES, decode
from sslviz.learning.modality import Modality, SampleCards, modalities


@modalities.register
class Text(Modality):
    """The modality of text.

    The raw input, the baseline that learned representations are compared with, is the frequency of each byte value in
    a sample.
    """

    name: ClassVar[str] = "text"
    frames: ClassVar[int] = 0

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """Return a dictionary with the single entry "raw input": the share of each byte value in each sample.

        The shares are float32[n, 256]. Learned representations are compared with them.

        The sequence of bytes itself would be no useful baseline for this comparison: compared byte by byte, any two
        samples differ about equally.
        """
        texts = samples.data.long()
        bags = torch.zeros((len(texts), BYTES))
        return {"raw input": bags.scatter_add_(1, texts, torch.full(texts.shape, 1 / texts.shape[1]))}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(np.zeros((len(samples), 0, 0, 0, 3), np.uint8), tuple(decode(text) for text in samples.data))
