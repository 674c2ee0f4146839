"""Images, uint8[n, 3, height, width]; every image is one segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from sslviz.learning.dataset import Samples
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.modality import Modality, SampleCards, modalities

MAX_SIDE = 64
"""Maximum height and width of raw inputs, in pixels. Those of 10,000 images of 224 × 224 would take 6 GB."""
CHUNK = 256
"""Number of images that are reduced at once."""


@modalities.register
class Image(Modality):
    """The modality of images.

    The raw input, the baseline that learned representations are compared with, is the pixels of an image. Images with
    more than :data:`MAX_SIDE` rows or columns are reduced to so many first, by averaging.
    """

    name: ClassVar[str] = "image"

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        *_, height, width = samples.data.shape
        if max(height, width) <= MAX_SIDE:
            return {"raw input": samples.data.flatten(1).float()}
        size = (min(height, MAX_SIDE), min(width, MAX_SIDE))
        chunks = torch.split(samples.data, CHUNK)
        reduced = [adaptive_avg_pool2d(chunk.float(), size).flatten(1) for chunk in chunks]
        return {"raw input": torch.cat(reduced)}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(thumbnails(samples.data, side)[:, None])
