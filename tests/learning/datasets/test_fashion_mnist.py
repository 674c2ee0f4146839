"""Fashion-MNIST from tiny files on disk, without using the network."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from torchvision.datasets import FashionMNIST

from sslviz.learning.dataset import DataError
from sslviz.learning.datasets.fashion_mnist import FashionMnist

TRAIN, TEST = 12, 5


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def published() -> dict[str, bytes]:
    """Return the files, not compressed: a header of big-endian numbers, then bytes."""
    rng, files = np.random.default_rng(0), {}
    for name, count in (("train", TRAIN), ("t10k", TEST)):
        pixels = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8).tobytes()
        files[f"{name}-images-idx3-ubyte"] = struct.pack(">4i", 2051, count, 28, 28) + pixels
        labels = rng.integers(0, 10, count, dtype=np.uint8).tobytes()
        files[f"{name}-labels-idx1-ubyte"] = struct.pack(">2i", 2049, count) + labels
    return files


FILES = published()
PACKED = {f"{name}.gz": gzip.compress(content) for name, content in FILES.items()}


class Fixture:
    """The folder of the files, and a data set that takes them for the published ones."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.server = folder / "cache", folder / "server"
        self.server.mkdir()
        for name, content in PACKED.items():
            (self.server / name).write_bytes(content)
        fixture = self

        class Tiny(FashionMNIST):
            mirrors: ClassVar[list[str]] = [self.server.as_uri() + "/"]
            resources: ClassVar[list[tuple[str, str]]] = [
                (name, hashlib.md5(PACKED[name], usedforsecurity=False).hexdigest())
                for name, _ in FashionMNIST.resources
            ]

        class TinyFashionMnist(FashionMnist):
            def source(self) -> type[FashionMNIST]:
                return Tiny

            def folder(self) -> Path:
                return fixture.cache

        self.dataset = TinyFashionMnist()

    def left(self) -> set[str]:
        """Names of the files in the cache."""
        return {path.name for path in self.cache.iterdir()} if self.cache.exists() else set()


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


def test_downloads_and_reads_as_torchvision_does(fixture: Fixture, tmp_path: Path) -> None:
    fractions: list[float | None] = []
    assert fixture.dataset.needs_download()
    split = fixture.dataset.load(0, lambda _text, fraction: fractions.append(fraction))
    assert not fixture.dataset.needs_download()
    assert fractions.count(1.0) == 4
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in FILES.items():
        (raw / name).write_bytes(content)
    for part, train in ((split.train, True), (split.held_out, False)):
        expected = FashionMNIST(str(tmp_path), train=train)
        assert torch.equal(part.data, expected.data[:, None].expand(-1, 3, -1, -1))
        assert part.data.is_contiguous()
        assert torch.equal(part.labels["garment"][:, 0], expected.targets)
    (label,) = split.labels
    assert (len(label.names), label.names[9]) == (10, "Ankle boot")


def test_the_second_time_nothing_is_downloaded(fixture: Fixture) -> None:
    first = fixture.dataset.load(0, quiet)
    for path in fixture.server.iterdir():
        path.unlink()
    assert torch.equal(fixture.dataset.load(1, quiet).train.data, first.train.data)


def test_a_damaged_file_is_fetched_again(fixture: Fixture) -> None:
    fixture.dataset.load(0, quiet)
    damaged = fixture.cache / "train-labels-idx1-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert len(fixture.dataset.load(0, quiet).train) == TRAIN


def test_a_failed_download_raises_one_sentence(fixture: Fixture) -> None:
    (fixture.server / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"^Fashion-MNIST could not be downloaded from [^\n]*\.$"):
        fixture.dataset.load(0, quiet)
    assert fixture.left() == {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"}


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


def test_downloads_go_to_the_users_cache_by_default() -> None:
    assert FashionMnist().source() is FashionMNIST
    assert FashionMnist().folder().parts[-3:] == ("sslviz", "datasets", "fashion-mnist")
