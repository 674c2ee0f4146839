"""A folder of pictures as a data set: what becomes of it, and of one with a fifth of its files broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sslviz.core import picture_cache
from sslviz.core.entries import LabelEntry
from sslviz.core.settings import SettingError
from sslviz.core.suited import suited_settings
from sslviz.learning.dataset import DataError, Split
from sslviz.learning.datasets.image_folder import ImageFolder

COLOURS = {"red": (220, 30, 30), "green": (20, 180, 40)}


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 15 pictures of either class, in an odd name, of different sizes."""
    root = tmp_path / "<i>pictures</i>"
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for number in range(15):
            Image.new("RGB", (20 + number, 30), colour).save(root / name / f"{number}.png")
    return root


def load(folder: Path, **values: object) -> Split:
    return ImageFolder({"path": str(folder), "side": 16, **values}).load(0, quiet)  # type: ignore[dict-item]


def test_the_pictures_of_two_folders_are_two_classes(folder: Path) -> None:
    split = load(folder)
    assert split.labels == (LabelEntry(name="class", names=("green", "red")),)
    assert len(split.train) + len(split.held_out) == 30
    assert len(split.held_out) >= 2
    for part in (split.train, split.held_out):
        assert (part.data.dtype, part.sample_shape) == (torch.uint8, (3, 16, 16))
        assert part.data.is_contiguous()
        reds = part.data[:, 0].flatten(1).float().mean(1) > 100
        assert torch.equal(reds, part.labels["class"][:, 0] == 1)
        assert [file.startswith("red/") for file in part.files] == reds.tolist()


def test_the_same_folder_gives_the_same_samples_and_late_files_move_nobody(folder: Path) -> None:
    before, again = load(folder), load(folder)
    assert torch.equal(before.train.data, again.train.data)
    Image.new("RGB", (20, 20), (0, 0, 250)).save(folder / "red" / "late.png")
    after = load(folder)
    blue = (after.train.data[:, 2].flatten(1).float().mean(1) > 200).nonzero()[:, 0].tolist()
    kept = [index for index in range(len(after.train)) if index not in blue]
    assert torch.equal(after.train.data[kept], before.train.data)


def test_a_fifth_broken_is_left_out_and_listed(folder: Path) -> None:
    for number in range(3):
        (folder / "red" / f"{number}.png").write_bytes(b"no picture")
        path = folder / "green" / f"{number}.png"
        path.write_bytes(path.read_bytes()[:60])
    split = load(folder)
    assert split.found is not None
    assert (split.found.number, split.found.held_out) == (24, len(split.held_out))
    assert len(split.train) + len(split.held_out) == 24
    assert {each.file for each in split.found.unreadable} == {f"{name}/{k}.png" for name in COLOURS for k in range(3)}
    assert {each.reason for each in split.found.unreadable} == {"is not a picture that can be read", "is truncated"}
    assert {label.name: label.counts for label in split.found.labels} == {"class": {"green": 12, "red": 12}}
    surveyed = ImageFolder({"path": str(folder)}).survey(quiet)
    assert (surveyed.number, len(surveyed.unreadable)) == (24, 6)


def test_some_are_held_out_even_if_none_of_those_can_be_read(folder: Path) -> None:
    for name in COLOURS:
        for number in range(8):
            (folder / "train" / name).mkdir(parents=True, exist_ok=True)
            (folder / name / f"{number}.png").rename(folder / "train" / name / f"{number}.png")
    (folder / "test").mkdir()
    (folder / "test" / "0.png").write_bytes(b"")
    split = load(folder)
    assert split.found is not None
    assert (len(split.held_out), split.found.held_out) == (2, 2)


def test_a_table_beside_the_pictures_comes_before_the_folders(folder: Path) -> None:
    rows = "".join(f"{name}/{number}.png,{number % 2}\n" for name in COLOURS for number in range(15))
    (folder / "labels.csv").write_text(f"file,even\n{rows}", encoding="utf-8")
    assert [label.name for label in load(folder).labels] == ["even", "class"]


def test_pictures_without_any_label_are_samples_too(tmp_path: Path) -> None:
    for number in range(10):
        Image.new("L", (9, 9), 20 * number).save(tmp_path / f"{number}.png")
    split = load(tmp_path)
    assert (split.labels, split.train.labels) == ((), {})
    assert split.found is not None
    assert split.found.grey


@pytest.mark.parametrize(("number", "count"), [(0, "no pictures"), (1, "only one picture"), (7, "only 7 pictures")])
def test_too_few_pictures_are_refused_with_the_number_found_and_needed(tmp_path: Path, number: int, count: str) -> None:
    for index in range(number):
        Image.new("L", (9, 9)).save(tmp_path / f"{index}.png")
    (tmp_path / "x.png").write_bytes(b"")
    data = ImageFolder({"path": str(tmp_path)})
    with pytest.raises(SettingError, match=f"Found {count} in .*; 8 are needed at least. x.png is empty"):
        data.load(0, quiet)


def test_pictures_that_take_too_much_room_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_cache, "MOST_BYTES", 30 * 3 * 40**2 - 1)
    with pytest.raises(DataError, match="Set side to a smaller value"):
        load(folder, side=40)


def kinds(tmp_path: Path, draw: object) -> set[str]:
    """Return which of "grey", "alpha", "characters" and "vivid" pictures are that ``draw`` makes of a generator."""
    random = np.random.default_rng(0)
    for number in range(12):
        draw(random).save(tmp_path / f"{number}.png")  # type: ignore[operator]
    found = ImageFolder({"path": str(tmp_path)}).survey(quiet)
    return {name for name in ("grey", "alpha", "characters", "vivid") if getattr(found, name)}


def stroke(random: np.random.Generator, ground: int = 255) -> Image.Image:
    image = Image.new("L", (28, 28), ground)
    for _ in range(3):
        start, length = random.integers(6, 18, 2), random.integers(4, 9)
        image.paste(255 - ground, (*start.tolist(), int(start[0]) + int(length), int(start[1]) + 3))
    return image


def cloud(random: np.random.Generator) -> Image.Image:
    coarse = random.integers(0, 256, (5, 5), np.uint8)
    return Image.fromarray(coarse).resize((40, 40), Image.Resampling.BICUBIC)


def icon(random: np.random.Generator) -> Image.Image:
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((*random.integers(0, 255, 3).tolist(), 255), (8, 8, 24, 24))
    return image


def test_what_looks_like_characters_is_not_mirrored(tmp_path: Path) -> None:
    assert kinds(tmp_path, stroke) == {"grey", "characters"}
    found = ImageFolder({"path": str(tmp_path)}).survey(quiet)
    assert next(each.value for each in suited_settings(found, on_cpu=True) if each.key == "flip") == 0.0


def test_bright_strokes_on_black_are_characters_too(tmp_path: Path) -> None:
    assert kinds(tmp_path, lambda random: stroke(random, 0)) == {"grey", "characters"}


def test_grey_clouds_are_no_characters(tmp_path: Path) -> None:
    assert kinds(tmp_path, cloud) == {"grey"}


def test_icons_are_transparent(tmp_path: Path) -> None:
    assert kinds(tmp_path, icon) == {"alpha"}


@pytest.mark.parametrize(("several", "kind"), [(True, {"vivid"}), (False, set())])
def test_pictures_of_which_each_has_several_colours_of_its_own_are_vivid(
    several: bool, kind: set[str], tmp_path: Path
) -> None:
    def drawing(random: np.random.Generator) -> Image.Image:
        colour = random.integers(0, 255, 3)
        image = Image.new("RGB", (32, 32), tuple(colour.tolist()))
        image.paste(tuple((255 - colour if several else colour // 2).tolist()), (12, 12, 20, 20))
        return image

    assert kinds(tmp_path, drawing) == kind
