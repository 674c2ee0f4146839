"""Fashion-MNIST through torchvision: 70,000 grey images of clothes, 28×28, downloaded once to the user's cache.

Xiao, Rasul, Vollgraf 2017, https://arxiv.org/abs/1708.07747.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.download import downloads_folder, errors_as_data_errors, fetch, one_process_at_a_time

if TYPE_CHECKING:
    from torchvision.datasets import FashionMNIST

SIDE = 28
IMAGES_HEADER, LABELS_HEADER = 16, 8
"""Lengths of the headers of a file of images and of a file of labels, in bytes (yann.lecun.com/exdb/mnist)."""


@datasets.register
class FashionMnist(Dataset):
    """Grey images of clothes in ten classes; raw pixels tell shirts from boots, but not shirts from coats."""

    name: ClassVar[str] = "fashion_mnist"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Fashion-MNIST"
    help: ClassVar[str] = "70,000 grey pictures of clothes in ten classes, 28×28; 31 MB are downloaded once."
    defaults: ClassVar[dict[str, Value]] = {
        "crop": 0.6,
        "saturation": 0.0,
        "hue": 0.0,
        "grey": 0.0,
        "mixing": 0.0,
        "inversion": 0.0,
    }

    def needs_download(self) -> bool:
        return not all((self.folder() / name).exists() for name, _ in self.source().resources)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return the published training and test images, downloaded if they are missing; the seed has no effect."""
        progress(f"Looking for {self.title}", None)
        source, folder = self.source(), self.folder()
        with errors_as_data_errors(folder, self.title), one_process_at_a_time(self.title, progress):
            for name, md5 in source.resources:
                fetch(self.title, source.mirrors[0] + name, folder / name, md5, progress)
            images, labels, test_images, test_labels = (folder / name for name, _ in source.resources)
            train, held_out = _samples(images, labels), _samples(test_images, test_labels)
        return Split(train, held_out, (LabelEntry(name="garment", names=tuple(source.classes)),))

    def source(self) -> type[FashionMNIST]:
        """Return torchvision's class for this data set, which holds the URLs and the MD5 sums."""
        from torchvision.datasets import FashionMNIST

        source: type[FashionMNIST] = FashionMNIST
        return source

    def folder(self) -> Path:
        """Return the folder into which the data set is downloaded."""
        return downloads_folder() / "fashion-mnist"


def _samples(images: Path, labels: Path) -> Samples:
    pixels = torch.from_numpy(_read_bytes(images, IMAGES_HEADER)).view(-1, 1, SIDE, SIDE)
    targets = torch.from_numpy(_read_bytes(labels, LABELS_HEADER)).long()
    return Samples.whole(pixels.expand(-1, 3, -1, -1).contiguous(), garment=targets)


def _read_bytes(path: Path, header: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header).copy()
