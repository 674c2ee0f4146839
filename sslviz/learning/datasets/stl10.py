"""STL-10 through torchvision: photographs of 96×96, few of them labelled, downloaded once to the user's cache.

Coates, Lee, Ng 2011, https://cs.stanford.edu/~acoates/stl10. Training uses the 5,000 labelled images and up to 100,000
unlabelled images. The samples of the map, and those from which k-NN predicts labels, are taken from the 5,000 labelled
images only. The 8,000 test images are held out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.settings import About, Group, Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.archive import fetch_archive
from sslviz.learning.io.download import downloads_folder, errors_as_data_errors, has_md5, one_process_at_a_time

if TYPE_CHECKING:
    from torchvision.datasets import STL10

SIDE = 96
"""Height and width of an image, in pixels."""
CHUNK = 2000
"""Number of images that are transposed at once; the file stores each image column by column."""


class Stl10(Group, frozen=True):
    """Settings of STL-10: the number of images without a label that training uses."""

    title: ClassVar[str] = "STL-10"

    unlabelled: Annotated[
        int,
        About(
            label="Unlabelled",
            help="Images without a label to train on, beside the 5,000 with one. 100,000 take 2.8 GB of memory.",
            low=100,
            high=100_000,
            log=True,
            unit="samples",
        ),
    ] = 100_000


@datasets.register
class Stl10Photographs(Dataset):
    """Photographs of animals and vehicles, nearly all without a label."""

    name: ClassVar[str] = "stl10"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "STL-10"
    help: ClassVar[str] = (
        "Photographs of animals and vehicles, 96×96, nearly all unlabelled; 2.6 GB are downloaded once."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (Stl10,)
    defaults: ClassVar[dict[str, Value]] = {
        "crop": 0.92,
        "saturation": 0.4,
        "hue": 36.0,
        "grey": 0.2,
        "mixing": 0.0,
        "inversion": 0.0,
        "patch": 8,
    }

    def needs_download(self) -> bool:
        return not all((self.unpacked() / name).exists() for name in _files(self.source()))

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return the training and test images, downloaded if they are missing; the seed has no effect.

        The number of training images without a label is limited by the user's setting.
        """
        progress(f"Looking for {self.title}", None)
        source, folder = self.source(), self.unpacked()
        with errors_as_data_errors(folder, self.title), one_process_at_a_time(self.title, progress):
            if not all(has_md5(folder / name, md5) for name, md5 in _files(source).items()):
                fetch_archive(self.title, source.url, folder.parent / source.filename, source.tgz_md5, progress)
            names = (folder / source.class_names_file).read_text(encoding="utf-8").split()
            train, labelled = self._train([name for name, _ in source.train_list], progress)
            held_out = _images((folder / source.test_list[0][0], None)), _labels(folder / source.test_list[1][0])
        label = LabelEntry(name="class", names=tuple(names))
        return Split(train, Samples.whole(held_out[0], **{"class": held_out[1]}), (label,), labelled)

    def _train(self, files: list[str], progress: ProgressCallback) -> tuple[Samples, int]:
        """Return the training samples and the number of labelled images, which are the first of these samples.

        The images without a label follow; the user's setting limits their number. ``files``: the names of three files,
        which hold, in this order, the labelled images, the labels of these images, and the images without a label.
        """
        images, labels, unlabelled = (self.unpacked() / name for name in files)
        classes = _labels(labels)
        count = Stl10.of(self.values).unlabelled
        progress(f"Reading {len(classes) + count:,} photographs", None)
        data = _images((images, None), (unlabelled, count))
        all_classes = torch.cat([classes, torch.full((len(data) - len(classes),), UNKNOWN)])
        return Samples.whole(data, **{"class": all_classes}), len(classes)

    def source(self) -> type[STL10]:
        """Return torchvision's class of STL-10, which holds the URL, the names of the files and their MD5 sums."""
        from torchvision.datasets import STL10

        source: type[STL10] = STL10
        return source

    def folder(self) -> Path:
        """Return the folder into which the data set is downloaded."""
        return downloads_folder()

    def unpacked(self) -> Path:
        """Return the folder that holds the files unpacked from the archive."""
        return self.folder() / str(self.source().base_folder)


def _files(source: type[STL10]) -> dict[str, str]:
    """Return torchvision's MD5 sums of the files that are unpacked from the STL-10 archive, by file name."""
    return dict((*source.train_list, *source.test_list))


def _images(*files: tuple[Path, int | None]) -> Tensor:
    """Return the images in ``files``, uint8[n, 3, 96, 96].

    ``files``: pairs of a path and the maximum number of images to read from this path, or None to read all images.
    The images are read in chunks: torchvision would hold all images in memory twice.
    """
    stored = [np.memmap(path, np.uint8, "r").reshape(-1, 3, SIDE, SIDE)[:limit] for path, limit in files]
    images = torch.empty((sum(map(len, stored)), 3, SIDE, SIDE), dtype=torch.uint8)
    done = 0
    for part in stored:
        for first in range(0, len(part), CHUNK):
            chunk = torch.from_numpy(np.array(part[first : first + CHUNK])).transpose(2, 3)
            images[done : done + len(chunk)] = chunk
            done += len(chunk)
    return images


def _labels(path: Path) -> Tensor:
    """Return the classes stored in a file, int64[n], counted from 0; the file counts classes from 1."""
    return torch.from_numpy(np.fromfile(path, np.uint8)).long() - 1
