"""CIFAR-10 through torchvision: 60,000 photographs of 32×32 in ten classes, downloaded once to the user's cache.

Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.archive import fetch_archive
from sslviz.learning.io.download import downloads_folder, errors_as_data_errors, has_md5, one_process_at_a_time

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10


@datasets.register
class Cifar10(Dataset):
    """The data set CIFAR-10: photographs in ten classes, which are hard to tell apart by raw pixels alone."""

    name: ClassVar[str] = "cifar10"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "CIFAR-10"
    help: ClassVar[str] = "60,000 photographs of animals and vehicles, 32×32; 170 MB are downloaded once."
    defaults: ClassVar[dict[str, Value]] = {
        "crop": 0.92,
        "saturation": 0.4,
        "hue": 36.0,
        "grey": 0.2,
        "mixing": 0.0,
        "inversion": 0.0,
    }

    def needs_download(self) -> bool:
        source, folder = self.source(), self.folder()
        return not all((folder / source.base_folder / name).exists() for name in _files(source))

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return the published training and test images, downloaded if they are missing; the seed has no effect."""
        progress(f"Looking for {self.title}", None)
        source, folder = self.source(), self.folder()
        with errors_as_data_errors(folder, self.title), one_process_at_a_time(self.title, progress):
            if not _is_whole(source, folder):
                fetch_archive(self.title, source.url, folder / source.filename, source.tgz_md5, progress)
            train, held_out = _read(source, folder, train=True), _read(source, folder, train=False)
        return Split(_samples(train), _samples(held_out), (LabelEntry(name="class", names=tuple(train.classes)),))

    def source(self) -> type[CIFAR10]:
        """Return torchvision's class for this data set, which holds the URL and the MD5 sums."""
        from torchvision.datasets import CIFAR10

        source: type[CIFAR10] = CIFAR10
        return source

    def folder(self) -> Path:
        """Return the folder into which the data set is downloaded."""
        return downloads_folder()


def _is_whole(source: type[CIFAR10], folder: Path) -> bool:
    """Return whether the data set is complete in ``folder``: every file of the archive is there, with its MD5 sum."""
    return all(has_md5(folder / source.base_folder / name, md5) for name, md5 in _files(source).items())


def _files(source: type[CIFAR10]) -> dict[str, str]:
    """Return a dictionary from file name to MD5 sum for all files that are unpacked from the archive."""
    return dict((*source.train_list, *source.test_list)) | {source.meta["filename"]: source.meta["md5"]}


def _read(source: type[CIFAR10], folder: Path, train: bool) -> CIFAR10:
    with warnings.catch_warnings():  # new numpy warns about arrays pickled in 2009
        warnings.filterwarnings("ignore", message=r"dtype\(\): align")
        return source(str(folder), train=train)


def _samples(source: CIFAR10) -> Samples:
    data = torch.from_numpy(source.data).permute(0, 3, 1, 2).contiguous()
    return Samples.whole(data, **{"class": torch.tensor(source.targets, dtype=torch.int64)})
