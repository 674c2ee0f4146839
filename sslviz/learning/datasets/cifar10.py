"""CIFAR-10 through torchvision: 60,000 photographs of 32×32 in ten classes, downloaded once to the user's cache.

Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import tarfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.request import urlopen

import torch

from sslviz.core.entries import LabelEntry
from sslviz.core.folders import cache_folder
from sslviz.core.settings import Value
from sslviz.learning.dataset import DataError, Dataset, ProgressCallback, Samples, Split, datasets

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

BLOCK = 256 * 1024
TIMEOUT_S = 30


@datasets.register
class Cifar10(Dataset):
    """Photographs; raw pixels tell little."""

    name: ClassVar[str] = "cifar10"
    kind: ClassVar[str] = "image"
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
        """The split is the published one, whatever the seed."""
        progress("Looking for CIFAR-10", None)
        source, folder = self.source(), self.folder()
        try:
            if not _is_whole(source, folder):
                archive = folder / source.filename
                if not _has_md5(archive, source.tgz_md5):
                    download(source.url, archive, source.tgz_md5, progress)
                progress("Unpacking CIFAR-10", None)
                with tarfile.open(archive) as packed:
                    _unpack(packed, folder)
                archive.unlink()
            train, held_out = _read(source, folder, train=True), _read(source, folder, train=False)
        except (OSError, RuntimeError, tarfile.TarError) as error:
            raise DataError(f"CIFAR-10 could not be kept or read in {folder}: {error}.") from error
        return Split(_samples(train), _samples(held_out), (LabelEntry(name="class", names=tuple(train.classes)),))

    def source(self) -> type[CIFAR10]:
        """torchvision's class, which holds address and MD5 sums."""
        from torchvision.datasets import CIFAR10

        source: type[CIFAR10] = CIFAR10
        return source

    def folder(self) -> Path:
        """Where downloads are kept."""
        return cache_folder() / "datasets"


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Without what could land outside of ``folder``; Pythons before 3.11.4 have no filter, and the MD5 sum must do."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)  # noqa: S202


def _is_whole(source: type[CIFAR10], folder: Path) -> bool:
    """Whether every unpacked file is there with its MD5 sum; half a download or an edited file is not."""
    return all(_has_md5(folder / source.base_folder / name, md5) for name, md5 in _files(source).items())


def _files(source: type[CIFAR10]) -> dict[str, str]:
    """The unpacked files and their MD5 sums."""
    return dict((*source.train_list, *source.test_list)) | {source.meta["filename"]: source.meta["md5"]}


def _read(source: type[CIFAR10], folder: Path, train: bool) -> CIFAR10:
    with warnings.catch_warnings():  # arrays pickled in 2009, new numpy
        warnings.filterwarnings("ignore", message=r"dtype\(\): align")
        return source(str(folder), train=train)


def _samples(source: CIFAR10) -> Samples:
    data = torch.from_numpy(source.data).permute(0, 3, 1, 2).contiguous()
    return Samples.whole(data, **{"class": torch.tensor(source.targets, dtype=torch.int64)})


def download(url: str, path: Path, md5: str, progress: ProgressCallback) -> None:
    """Fetch ``url`` into ``path``, which appears only once it is whole. Raises DataError."""
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, partial, progress)
        if not _has_md5(partial, md5):
            raise DataError("The download of CIFAR-10 arrived damaged. Try again later.")
        os.replace(partial, path)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"CIFAR-10 could not be downloaded from {url}: {reason}. Try again when online.") from error
    finally:
        partial.unlink(missing_ok=True)


def _fetch(url: str, path: Path, progress: ProgressCallback) -> None:
    with urlopen(url, timeout=TIMEOUT_S) as answer, path.open("wb") as file:  # noqa: S310  # torchvision's address
        size = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while block := answer.read(BLOCK):
            done += len(block)
            file.write(block)
            progress(f"Downloading {path.stem}, {done / 1e6:.0f} MB", done / size if size else None)


def _has_md5(path: Path, md5: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == md5
