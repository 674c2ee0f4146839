"""Moving MNIST through torchvision: 10,000 clips of two bouncing digits, downloaded once to the user's cache.

Srivastava, Mansimov, Salakhutdinov 2015, https://arxiv.org/abs/1502.04681.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.download import downloads_folder, errors_as_data_errors, fetch, one_process_at_a_time

if TYPE_CHECKING:
    from torchvision.datasets import MovingMNIST

HELD_OUT = 0.1
"""Share of the clips, at the end of the file, that are held out; the file is the paper's test set and has no split."""
TIMESTEPS = (10, 13, 16, 19)
"""Timesteps of the segments of every clip."""


@datasets.register
class MovingMnist(Dataset):
    """The data set Moving MNIST: clips of two digits; the only label of a segment is its timestep."""

    name: ClassVar[str] = "moving_mnist"
    modality: ClassVar[str] = "video"
    title: ClassVar[str] = "Moving MNIST"
    help: ClassVar[str] = "10,000 clips of two bouncing digits, 20 frames of 64×64; 820 MB are downloaded once."
    md5: ClassVar[str] = "be083ec986bfe91a449d63653c411eb2"
    """MD5 sum of the file; torchvision does not provide the sum."""

    def needs_download(self) -> bool:
        return not self.path().exists()

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return the clips, downloaded if missing; the last tenth is held out. The seed has no effect."""
        progress(f"Looking for {self.title}", None)
        source = self.source()
        with errors_as_data_errors(self.folder(), self.title), one_process_at_a_time(self.title, progress):
            fetch(self.title, source._URL, self.path(), self.md5, progress)
            progress(f"Reading {self.title}", None)
            clips = source(str(self.folder())).data
        border = len(clips) - max(1, round(HELD_OUT * len(clips)))
        labels = (LabelEntry(name="time", unit="frames"),)
        return Split(_samples(clips[:border]), _samples(clips[border:]), labels)

    def source(self) -> type[MovingMNIST]:
        """Return torchvision's class for this data set, which holds the URL."""
        from torchvision.datasets import MovingMNIST

        source: type[MovingMNIST] = MovingMNIST
        return source

    def folder(self) -> Path:
        """Return the folder into which the data set is downloaded."""
        return downloads_folder()

    def path(self) -> Path:
        """Return the path at which torchvision looks for the downloaded file."""
        source = self.source()
        return self.folder() / source.__name__ / Path(source._URL).name


def _samples(clips: Tensor) -> Samples:
    """Return ``clips``, uint8[n, 20, 1, 64, 64], as samples with segments at :data:`TIMESTEPS`."""
    timesteps = torch.tensor(TIMESTEPS).repeat(len(clips), 1)
    return Samples(clips, {"time": timesteps.float()}, timesteps)
