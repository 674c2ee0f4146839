"""Pictures of the user's own in stages: whatever is broken, and however they are read, they are the same samples."""

from __future__ import annotations

import itertools
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sslviz.core import picture_cache
from sslviz.core.settings import SettingError
from sslviz.learning.dataset import DataError, Split
from sslviz.learning.datasets.arrays import Arrays
from sslviz.learning.datasets.image_folder import ImageFolder
from sslviz.learning.io import picture_reading, picture_stages, picture_store
from sslviz.learning.io.picture_folder import PictureFolder
from sslviz.learning.io.picture_stages import reading_order, stages
from sslviz.learning.io.pictures import UnreadableError, rgb

NUMBER, SIDE = 60, 8


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def make(root: Path, number: int = NUMBER, broken: frozenset[int] = frozenset()) -> Path:
    """Make small pictures, each of another grey, in two folders."""
    for index in range(number):
        path = root / f"class{index % 2}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (SIDE, SIDE), 4 * index).save(path)
        if index in broken:
            path.write_bytes(b"no picture")
    return root


def load(root: Path, **values: object) -> Split:
    return ImageFolder({"path": str(root), "side": SIDE, **values}).load(0, quiet)  # type: ignore[dict-item]


@pytest.fixture(autouse=True)
def no_cache() -> Iterator[None]:
    """No test finds the pictures of another one."""
    yield
    shutil.rmtree(picture_cache.pictures_folder(), ignore_errors=True)


@pytest.fixture
def three_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_stages, "STAGES", ((1, 20), (5, 40), (9, None)))


def one_by_one(root: Path) -> dict[str, torch.Tensor]:
    """Return each picture that can be read, by its name, decoded in this thread."""
    source, pictures = PictureFolder.scanned(str(root), quiet), {}
    for index, name in enumerate(source.names):
        try:
            with source.image(index) as image:
                pictures[name] = torch.from_numpy(rgb(image, SIDE, "crop"))
        except UnreadableError:
            continue
    return pictures


def all_stages(split: Split) -> list[Split]:
    found = [split]
    while (wider := found[-1].wider) is not None:
        found.append(wider.load(quiet))
    return found


@settings(max_examples=6)
@given(
    broken=st.frozensets(st.integers(0, NUMBER - 1), max_size=NUMBER - 12),
    sizes=st.lists(st.integers(1, NUMBER + 5), max_size=3),
)
def test_rows_are_those_of_decoding_one_by_one(
    broken: frozenset[int], sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = make(tmp_path_factory.mktemp("pictures"), broken=broken)
    expected = one_by_one(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_stages, "STAGES", (*((k + 1, size) for k, size in enumerate(sorted(sizes))), (9, None)))
        found = all_stages(load(root))
    for split in found:
        for part in (split.train, split.held_out):
            assert len(part) == len(part.files) == len(part.data)
            assert all(torch.equal(row, expected[name]) for row, name in zip(part.data, part.files, strict=True))
            classes = [int(name[5]) for name in part.files]
            assert part.labels["class"][:, 0].tolist() == classes
    for before, after in itertools.pairwise(found):
        shared = len(before.train) - 2  # the last ones may be held out where nothing else is
        assert after.train.files[:shared] == before.train.files[:shared]
    last = found[-1]
    assert {*last.train.files, *last.held_out.files} == set(expected)
    assert not set(last.train.files) & set(last.held_out.files)
    assert last.found is not None
    assert (last.found.number, len(last.found.unreadable)) == (NUMBER - len(broken), len(broken))


@pytest.mark.usefixtures("three_stages")
def test_there_are_more_from_fixed_steps_on(tmp_path: Path) -> None:
    found = all_stages(load(make(tmp_path)))
    assert [len(split.train) + len(split.held_out) for split in found] == [20, 40, 60]
    assert [split.wider.from_step for split in found if split.wider] == [5, 9]
    assert all(2 <= len(split.held_out) <= len(split.train) / 2 for split in found)
    assert all(split.found is not None and split.found.number == 60 for split in found)
    assert len(load(tmp_path).whole(quiet).train) == len(found[-1].train)


@pytest.mark.usefixtures("three_stages")
def test_what_the_scan_cannot_use_is_listed_with_the_broken_pictures(tmp_path: Path) -> None:
    (make(tmp_path, broken=frozenset({7})) / "figure.eps").write_bytes(b"%!PS")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    last = all_stages(load(tmp_path))[-1]
    assert sorted(each.file for each in last.unreadable) == ["class1/7.png", "figure.eps", "gone.png"]


def test_stages_end_with_all_pictures() -> None:
    assert stages(2048) == [(1, 2048)]
    assert stages(5000) == [(1, 2048), (100, 5000)]
    assert stages(100_000) == [(1, 2048), (100, 8192), (500, 100_000)]


@pytest.mark.parametrize("held_out", [0, 1, 2, 15, 50, 99])
def test_some_held_out_pictures_are_among_the_first(held_out: int) -> None:
    flags = np.arange(100) < held_out
    order = reading_order(flags)
    assert sorted(order.tolist()) == list(range(100))
    for part in (flags, ~flags):
        places = order[part[order]]
        assert (np.diff(places) > 0).all()
    assert flags[order[:20]].sum() >= min(held_out, 2)


@pytest.mark.parametrize("number", [0, 3])
def test_too_few_pictures_are_refused_before_anything_is_kept(tmp_path: Path, number: int) -> None:
    with pytest.raises(SettingError, match="8 are needed"):
        load(make(tmp_path, number))
    assert not picture_cache.total_bytes()


def test_pictures_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(make(tmp_path))
    (stored,) = picture_cache.stored()
    assert stored.size_bytes >= NUMBER * 3 * SIDE**2
    monkeypatch.setattr(picture_reading, "decoders_of", None)
    again = load(tmp_path)
    assert torch.equal(again.train.data, first.train.data)
    assert again.found == first.found


def test_a_changed_file_is_decoded_again(tmp_path: Path) -> None:
    make(tmp_path)
    before = load(tmp_path)
    Image.new("L", (SIDE, SIDE), 255).save(tmp_path / "class0" / "0.png")
    after = load(tmp_path)
    changed = [
        name
        for part in ("train", "held_out")
        for name, row, new in zip(
            getattr(before, part).files, getattr(before, part).data, getattr(after, part).data, strict=True
        )
        if not torch.equal(row, new)
    ]
    assert changed == ["class0/0.png"]


def test_pictures_are_decoded_again_once_another_format_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    for formats in (("PNG",), ("PNG", "HEIF")):
        monkeypatch.setattr(picture_reading, "readable_formats", lambda formats=formats: formats)
        load(tmp_path)
    assert len(picture_cache.stored()) == 2


@pytest.mark.parametrize("damage", ["short", "no json", "other number", "impossible index", "gone"])
def test_damaged_pictures_are_decoded_again(tmp_path: Path, damage: str, logged: list[str]) -> None:
    first = load(make(tmp_path))
    (stored,) = picture_cache.stored()
    contents = stored.folder / picture_store.CONTENTS
    if damage == "short":
        with (stored.folder / picture_store.PARTS[0]).open("r+b") as file:
            file.truncate(100)
    elif damage == "no json":
        contents.write_bytes(b"{")
    elif damage == "gone":
        contents.unlink()
    else:
        unreadable = {NUMBER: "is empty"} if damage == "impossible index" else {}
        number = NUMBER + (damage == "other number")
        contents.write_bytes(msgspec.json.encode(picture_store.Contents(number, unreadable)))
    del first
    assert len(load(tmp_path).whole(quiet).train.data.sum((1, 2, 3)).unique()) > NUMBER / 2
    assert any("decoded again" in text for text in logged)


@pytest.mark.parametrize(
    ("function", "error", "says"),
    [
        ("make_room", picture_cache.CacheFullError("Disk full: 2 GB are needed."), "Disk full: 2 GB are needed."),
        ("create", PermissionError(13, "Permission denied"), "pictures cannot be written: permission denied."),
    ],
)
def test_a_cache_that_takes_no_pictures_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, error: Exception, says: str
) -> None:
    def fail(argument: object) -> None:
        raise error

    monkeypatch.setattr(picture_cache, function, fail)
    with pytest.raises(DataError, match=re.escape(says)):
        load(make(tmp_path))
    assert not picture_cache.stored()


@pytest.mark.usefixtures("three_stages")
def test_a_disk_that_fills_up_ends_the_reading_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int, unreadable: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(picture_store, "Contents", full)
    with pytest.raises(DataError, match=r"Disk full: .* are free in"):
        load(make(tmp_path)).whole(quiet)
    assert not list(picture_cache.pictures_folder().iterdir())


@pytest.mark.usefixtures("three_stages")
def test_a_reading_that_is_closed_leaves_nothing_and_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_reading, "CHUNK", 20)
    complete = picture_reading._Pictures._append

    def only_the_first(pictures: picture_reading._Pictures, chunk: slice, answer: object) -> None:
        if chunk.start == 0:
            complete(pictures, chunk, answer)  # type: ignore[arg-type]
        else:
            with pictures.changed:
                pictures.changed.wait_for(lambda: pictures.closed)

    monkeypatch.setattr(picture_reading._Pictures, "_append", only_the_first)
    split = load(make(tmp_path))
    first = split.train.data.clone()
    split.close()
    assert not list(picture_cache.pictures_folder().iterdir())
    assert torch.equal(split.train.data, first)
    assert split.wider is not None
    with pytest.raises(DataError, match="has ended"):
        split.wider.load(quiet)
    monkeypatch.undo()
    assert len(load(tmp_path).whole(quiet).train) > len(first)


def test_a_reading_may_be_closed_by_a_thread_that_decodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closing(pictures: picture_reading._Pictures, chunk: slice, answer: object) -> None:
        pictures.close()  # as a garbage collection in this thread may do
        with pictures.changed:
            assert pictures.changed.wait_for(lambda: pictures.closed, 10)

    monkeypatch.setattr(picture_reading, "CHUNK", 20)
    monkeypatch.setattr(picture_reading._Pictures, "_append", closing)
    with pytest.raises(DataError, match="has ended"):
        load(make(tmp_path)).whole(quiet)
    for thread in threading.enumerate():
        if thread.name == "pictures":
            thread.join(10)
    assert not list(picture_cache.pictures_folder().iterdir())


def test_reading_can_be_cancelled_and_leaves_nothing(tmp_path: Path) -> None:
    def cancel(text: str, fraction: float | None) -> None:
        if text.startswith("Reading pictures"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ImageFolder({"path": str(make(tmp_path))}).load(0, cancel)
    assert not picture_cache.stored()


@pytest.mark.usefixtures("three_stages")
def test_arrays_come_in_stages_too(tmp_path: Path) -> None:
    x = np.arange(NUMBER, dtype=np.uint8)[:, None, None] * np.ones((1, SIDE, SIDE), np.uint8)
    np.savez(tmp_path / "x.npz", x=x, y=np.arange(NUMBER) % 3)
    split = Arrays({"path": str(tmp_path / "x.npz"), "side": SIDE}).load(0, quiet)
    assert len(split.train) + len(split.held_out) == 20
    whole = split.whole(quiet)
    for part in (whole.train, whole.held_out):
        assert torch.equal(part.labels["class"][:, 0], part.data[:, 0, 0, 0].long() % 3)
    assert len(whole.train) + len(whole.held_out) == NUMBER
