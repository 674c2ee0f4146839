"""The base class of modalities: a modality is a kind of data, such as images or sound.

A modality turns samples into raw inputs, which are vectors computed without learning. The scores of learned
representations are compared with the scores of these vectors. A modality also provides the images or texts that show
segments in the window.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from sslviz.core.registry import Registry
from sslviz.learning.dataset import Samples


@dataclass(frozen=True)
class SampleCards:
    """Images or texts that represent m segments in the window.

    ``frames``: uint8[m, F, height, width, 3]; the number F of images per segment is 1 for images and sound, more for
    video, and 0 for text. ``texts``: one string per segment for text; empty for the other modalities. ``sounds``:
    int16[m, T], the audio of each segment, with ``sample_rate`` audio samples per second; None and 0 for the others.
    """

    frames: npt.NDArray[np.uint8]
    texts: tuple[str, ...] = ()
    sounds: npt.NDArray[np.int16] | None = None
    sample_rate: int = 0


class Modality(ABC):
    """Base class of the modalities, the kinds of data: images, sound, text and video.

    Every modality is a subclass in a file of its own in ``modalities/``, decorated with ``@modalities.register``.
    """

    name: ClassVar[str]
    frames: ClassVar[int] = 1
    """Maximum number F of images that represent a segment."""

    @abstractmethod
    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """Return the baselines that learned representations are compared with, as a dictionary from name to tensor.

        A baseline is a vector for each segment, computed without learning: float32[n · S, D], one row of D dimensions
        for each of S segments of each of n samples. The first entry of the dictionary is the raw input, such as the
        pixels of an image; the baselines in further entries are computed from it.
        """

    @abstractmethod
    def cards(self, samples: Samples, side: int) -> SampleCards:
        """Return images or texts that show all segments of ``samples`` in the window.

        No side of an image is longer than ``side`` pixels.
        """


modalities: Registry[Modality] = Registry("sslviz.learning.modalities")
