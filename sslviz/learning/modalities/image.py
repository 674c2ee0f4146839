"""Images, uint8[n, 3, height, width]; every image is one segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.modality import Modality, SampleCards, modalities


@modalities.register
class Image(Modality):
    """The modality of images.

    The raw input, the baseline that learned representations are compared with, is the pixels of an image.
    """

    name: ClassVar[str] = "image"

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        return {"raw input": samples.data.flatten(1).float()}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(thumbnails(samples.data, side)[:, None])
