"""Moving MNIST from a tiny file on disk, without using the network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import MovingMNIST

from sslviz.learning.dataset import DataError
from sslviz.learning.datasets.moving_mnist import MovingMnist

CLIPS = 12


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


class Fixture:
    """A file in the published layout, time first, and a data set that takes it for the published one."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.published = folder / "mnist_test_seq.npy"
        self.frames = np.random.default_rng(0).integers(0, 256, (20, CLIPS, 64, 64), dtype=np.uint8)
        np.save(self.published, self.frames)
        digest = hashlib.md5(self.published.read_bytes(), usedforsecurity=False).hexdigest()
        fixture = self

        class Tiny(MovingMNIST):
            _URL = self.published.as_uri()

        class TinyMovingMnist(MovingMnist):
            md5 = digest

            def source(self) -> type[MovingMNIST]:
                return Tiny

            def folder(self) -> Path:
                return fixture.cache

        self.dataset = TinyMovingMnist()

    def files(self) -> list[str]:
        """Names of the files in the cache."""
        return [path.name for path in self.cache.rglob("*") if path.is_file()]


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


def test_downloads_and_reads(fixture: Fixture) -> None:
    told: list[tuple[str, float | None]] = []
    assert fixture.dataset.needs_download()
    split = fixture.dataset.load(0, lambda text, fraction: told.append((text, fraction)))
    assert not fixture.dataset.needs_download()
    clips = torch.cat([split.train.data, split.held_out.data])
    assert np.array_equal(clips[:, :, 0].numpy(), fixture.frames.swapaxes(0, 1))
    assert (len(split.train), len(split.held_out)) == (11, 1)
    assert clips.dtype == torch.uint8
    assert ("Downloading Moving MNIST, 1 MB", 1.0) in told
    assert fixture.files() == ["mnist_test_seq.npy"]


def test_every_timestep_is_a_frame_with_its_time(fixture: Fixture) -> None:
    part = fixture.dataset.load(0, quiet).train
    assert part.timesteps.dtype == torch.int64
    assert 8 < int(part.timesteps.min()) < int(part.timesteps.max()) == 19
    assert torch.equal(part.labels["time"], part.timesteps.float())


def test_the_second_time_nothing_is_downloaded(fixture: Fixture) -> None:
    first = fixture.dataset.load(0, quiet)
    fixture.published.unlink()
    assert torch.equal(fixture.dataset.load(1, quiet).train.data, first.train.data)


def test_a_damaged_file_is_fetched_again(fixture: Fixture) -> None:
    fixture.dataset.load(0, quiet)
    path = fixture.dataset.path()
    path.write_bytes(path.read_bytes()[:-1])
    assert len(fixture.dataset.load(0, quiet).train) == 11


def test_a_failed_download_raises_one_sentence_and_leaves_no_files(fixture: Fixture) -> None:
    fixture.published.unlink()
    with pytest.raises(DataError, match=r"^Moving MNIST could not be downloaded from [^\n]*\.$"):
        fixture.dataset.load(0, quiet)
    assert fixture.files() == []


def test_a_damaged_download_raises_one_sentence_and_leaves_no_files(fixture: Fixture) -> None:
    fixture.published.write_bytes(fixture.published.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"^The download of Moving MNIST arrived damaged[^\n]*\.$"):
        fixture.dataset.load(0, quiet)
    assert fixture.files() == []


def test_a_file_that_is_no_array_raises_one_sentence(fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    fixture.published.write_text("no array")
    monkeypatch.setattr(type(fixture.dataset), "md5", hashlib.md5(b"no array", usedforsecurity=False).hexdigest())
    with pytest.raises(DataError, match=r"^Moving MNIST could not be kept or read in [^\n]*\.$"):
        fixture.dataset.load(0, quiet)


def test_a_cancelled_download_keeps_what_has_arrived_and_takes_it_for_no_whole_file(fixture: Fixture) -> None:
    def cancel(text: str, fraction: float | None) -> None:
        if text.startswith("Downloading"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fixture.dataset.load(0, cancel)
    (part,) = fixture.files()
    assert part.endswith(".part")
    assert fixture.dataset.needs_download()
    fixture.dataset.load(0, quiet)
    assert not any(name.endswith(".part") for name in fixture.files())


def test_a_folder_that_cannot_be_written_raises_one_sentence(fixture: Fixture) -> None:
    fixture.cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"^Moving MNIST could not be [^\n]*\.$"):
        fixture.dataset.load(0, quiet)


def test_downloads_go_to_the_users_cache_by_default() -> None:
    dataset = MovingMnist()
    assert dataset.source() is MovingMNIST
    assert dataset.path().parts[-4:] == ("sslviz", "datasets", "MovingMNIST", "mnist_test_seq.npy")
