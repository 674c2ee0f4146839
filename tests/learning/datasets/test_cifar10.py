"""CIFAR-10 from a tiny archive on disk, without using the network."""

from __future__ import annotations

import hashlib
import io
import pickle
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from sslviz.learning.dataset import DataError
from sslviz.learning.datasets.cifar10 import Cifar10

NAMES = ["data_batch_1", "data_batch_2", "test_batch"]
PER_FILE = 5


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def batch(seed: int) -> bytes:
    """Return a batch in the published layout: rows of 3072 bytes, channel by channel."""
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 256, (PER_FILE, 3072), dtype=np.uint8)
    return pickle.dumps({"data": data, "labels": [int(label) for label in rng.integers(0, 10, PER_FILE)]})


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def write_archive(path: Path) -> dict[str, bytes]:
    """Write an archive with the layout of the published one; return its content."""
    files = {name: batch(seed) for seed, name in enumerate(NAMES)}
    files["batches.meta"] = pickle.dumps({"label_names": [f"class {number}" for number in range(10)]})
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return files


class Fixture:
    """The path of the archive, and a data set that takes it for the published one."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.archive = folder / "published.tar.gz"
        self.files = write_archive(self.archive)
        fixture = self

        class Tiny(CIFAR10):
            url = self.archive.as_uri()
            tgz_md5 = md5(self.archive.read_bytes())
            train_list: ClassVar[Any] = [[name, md5(self.files[name])] for name in NAMES[:2]]
            test_list: ClassVar[Any] = [[NAMES[2], md5(self.files[NAMES[2]])]]
            meta: ClassVar[Any] = {
                "filename": "batches.meta",
                "key": "label_names",
                "md5": md5(self.files["batches.meta"]),
            }

        class TinyCifar10(Cifar10):
            def source(self) -> type[CIFAR10]:
                return Tiny

            def folder(self) -> Path:
                return fixture.cache

        self.source = Tiny
        self.dataset = TinyCifar10()

    def left(self) -> set[str]:
        """Names of the files at the top of the cache."""
        return {path.name for path in self.cache.iterdir()} if self.cache.exists() else set()


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


def test_downloads_unpacks_and_reads(fixture: Fixture) -> None:
    fractions: list[float | None] = []
    split = fixture.dataset.load(0, lambda _text, fraction: fractions.append(fraction))
    assert split.train.data.shape == (10, 3, 32, 32)
    assert split.held_out.data.shape == (5, 3, 32, 32)
    assert split.train.data.dtype == torch.uint8
    assert split.train.labels["class"].dtype == torch.int64
    (label,) = split.labels
    assert (label.name, label.names[3]) == ("class", "class 3")
    expected = pickle.loads(fixture.files["data_batch_1"])
    assert np.array_equal(split.train.data[0].numpy().ravel(), expected["data"][0])
    assert split.train.labels["class"][:5, 0].tolist() == expected["labels"]
    assert 1.0 in fractions
    assert fixture.left() == {"cifar-10-batches-py"}


def test_the_second_time_nothing_is_downloaded(fixture: Fixture) -> None:
    first = fixture.dataset.load(0, quiet)
    fixture.archive.unlink()
    assert torch.equal(fixture.dataset.load(1, quiet).train.data, first.train.data)


@pytest.mark.parametrize("name", [*NAMES, "batches.meta"])
def test_a_damaged_file_is_fetched_again(fixture: Fixture, name: str) -> None:
    first = fixture.dataset.load(0, quiet)
    damaged = fixture.cache / "cifar-10-batches-py" / name
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert torch.equal(fixture.dataset.load(0, quiet).train.data, first.train.data)


def test_an_incomplete_archive_is_downloaded_again(fixture: Fixture) -> None:
    fixture.cache.mkdir()
    (fixture.cache / fixture.source.filename).write_bytes(fixture.archive.read_bytes()[:100])
    assert len(fixture.dataset.load(0, quiet).train) == 10


def test_a_complete_archive_is_used(fixture: Fixture) -> None:
    fixture.cache.mkdir()
    fixture.archive.rename(fixture.cache / fixture.source.filename)
    assert len(fixture.dataset.load(0, quiet).train) == 10


def test_a_failed_download_raises_one_sentence_and_leaves_no_files(fixture: Fixture) -> None:
    fixture.archive.unlink()
    with pytest.raises(DataError, match=r"^CIFAR-10 could not be downloaded from [^\n]*\.$"):
        fixture.dataset.load(0, quiet)
    assert fixture.left() == set()


def test_a_damaged_download_raises_one_sentence_and_leaves_no_files(fixture: Fixture) -> None:
    fixture.archive.write_bytes(fixture.archive.read_bytes()[:-1])
    with pytest.raises(DataError, match="arrived damaged"):
        fixture.dataset.load(0, quiet)
    assert fixture.left() == set()


def test_a_cancelled_download_keeps_what_has_arrived_and_takes_it_for_no_whole_file(fixture: Fixture) -> None:
    def cancel(text: str, fraction: float | None) -> None:
        if text.startswith("Downloading"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fixture.dataset.load(0, cancel)
    (part,) = fixture.left()
    assert part.endswith(".part")
    assert fixture.dataset.needs_download()
    fixture.dataset.load(0, quiet)
    assert not any(name.endswith(".part") for name in fixture.left())


def test_a_folder_that_cannot_be_written_raises_one_sentence(fixture: Fixture) -> None:
    fixture.cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"^CIFAR-10 could not be [^\n]*\.$"):
        fixture.dataset.load(0, quiet)


def test_downloads_go_to_the_users_cache_by_default() -> None:
    assert Cifar10().source() is CIFAR10
    assert Cifar10().folder().parts[-2:] == ("sslviz", "datasets")
