"""STL-10 from a tiny archive on disk, without using the network."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torchvision.datasets import STL10

from sslviz.core.entries import UNKNOWN
from sslviz.learning.dataset import DataError
from sslviz.learning.datasets import stl10
from sslviz.learning.datasets.stl10 import Stl10Photographs

COUNTS = {"train_X.bin": 6, "unlabeled_X.bin": 120, "test_X.bin": 4}
NAMES = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"]


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def published() -> dict[str, bytes]:
    """Return the files of the archive in their layout: columns first, labels counted from 1."""
    rng = np.random.default_rng(0)
    files = {name: rng.integers(0, 256, (count, 3, 96, 96), dtype=np.uint8).tobytes() for name, count in COUNTS.items()}
    for name in ("train", "test"):
        files[f"{name}_y.bin"] = rng.integers(1, 11, COUNTS[f"{name}_X.bin"], dtype=np.uint8).tobytes()
    return files | {"class_names.txt": "\n".join(NAMES).encode()}


FILES = published()


class Fixture:
    """The path of the archive, and a data set that takes it for the published one."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.archive = folder / "published.tar.gz"
        with tarfile.open(self.archive, "w:gz", compresslevel=1) as archive:
            for name, content in FILES.items():
                entry = tarfile.TarInfo(f"stl10_binary/{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        fixture = self

        class Tiny(STL10):
            url = self.archive.as_uri()
            tgz_md5 = md5(self.archive.read_bytes())
            train_list: ClassVar[Any] = [[name, md5(FILES[name])] for name, _ in STL10.train_list]
            test_list: ClassVar[Any] = [[name, md5(FILES[name])] for name, _ in STL10.test_list]

        class TinyStl10(Stl10Photographs):
            def source(self) -> type[STL10]:
                return Tiny

            def folder(self) -> Path:
                return fixture.cache

        self.source, self.dataset = Tiny, TinyStl10

    def left(self) -> set[str]:
        """Names of the files at the top of the cache."""
        return {path.name for path in self.cache.iterdir()} if self.cache.exists() else set()


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


def test_labelled_images_come_first_and_all_are_as_torchvision_reads_them(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stl10, "CHUNK", 50)
    assert fixture.dataset().needs_download()
    split = fixture.dataset().load(0, quiet)
    assert not fixture.dataset().needs_download()
    assert fixture.left() == {"stl10_binary"}
    for part, name in ((split.train, "train+unlabeled"), (split.held_out, "test")):
        expected = fixture.source(str(fixture.cache), split=name)
        assert np.array_equal(part.data.numpy(), expected.data)
        assert part.data.is_contiguous()
        known = torch.from_numpy(np.asarray(expected.labels, np.int64))
        assert torch.equal(part.labels["class"][:, 0], torch.where(known < 0, UNKNOWN, known))
    (label,) = split.labels
    assert label.names == tuple(NAMES)


def test_map_and_neighbours_use_labelled_samples_only(fixture: Fixture) -> None:
    split = fixture.dataset().load(0, quiet)
    assert (len(split.train), len(split.labelled_train)) == (126, 6)
    assert int(split.labelled_train.labels["class"].min()) >= 0
    assert int(split.held_out.labels["class"].min()) >= 0


def test_the_number_of_unlabelled_images_can_be_reduced(fixture: Fixture) -> None:
    everything, few = fixture.dataset().load(0, quiet), fixture.dataset({"unlabelled": 100}).load(0, quiet)
    assert len(few.train) == 106
    assert torch.equal(few.train.data, everything.train.data[:106])


def test_the_progress_tells_how_many_images_are_read(fixture: Fixture) -> None:
    told: list[str] = []
    fixture.dataset({"unlabelled": 100}).load(0, lambda text, _: told.append(text))
    assert [text for text in told if text.startswith("Reading")] == ["Reading 106 photographs"]


def test_the_second_time_nothing_is_downloaded(fixture: Fixture) -> None:
    first = fixture.dataset().load(0, quiet)
    fixture.archive.unlink()
    assert torch.equal(fixture.dataset().load(1, quiet).train.data, first.train.data)


@pytest.mark.parametrize("name", ["train_X.bin", "unlabeled_X.bin", "test_y.bin"])
def test_a_damaged_file_is_fetched_again(fixture: Fixture, name: str) -> None:
    fixture.dataset().load(0, quiet)
    damaged = fixture.cache / "stl10_binary" / name
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert len(fixture.dataset().load(0, quiet).train) == 126


def test_a_failed_download_raises_one_sentence_and_leaves_no_files(fixture: Fixture) -> None:
    fixture.archive.unlink()
    with pytest.raises(DataError, match=r"^STL-10 could not be downloaded from [^\n]*\.$"):
        fixture.dataset().load(0, quiet)
    assert fixture.left() == set()


def test_a_cancelled_download_keeps_what_has_arrived_and_takes_it_for_no_whole_file(fixture: Fixture) -> None:
    def cancel(text: str, fraction: float | None) -> None:
        if text.startswith("Downloading"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fixture.dataset().load(0, cancel)
    (part,) = fixture.left()
    assert part.endswith(".part")
    assert fixture.dataset().needs_download()
    fixture.dataset().load(0, quiet)
    assert not any(name.endswith(".part") for name in fixture.left())


def test_downloads_go_to_the_users_cache_by_default() -> None:
    assert Stl10Photographs().source() is STL10
    assert Stl10Photographs().unpacked().parts[-3:] == ("sslviz", "datasets", "stl10_binary")
