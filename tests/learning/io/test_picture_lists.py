"""Lists of the user: pictures that are left out, and labels in a table elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.core.label_csv import add_labels
from sslviz.core.settings import SettingError
from sslviz.learning.dataset import datasets
from sslviz.learning.io.array_file import ArrayFile
from sslviz.learning.io.picture_folder import PictureFolder
from sslviz.learning.io.picture_settings import PictureLists


def silent(text: str, fraction: float | None) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(12):
        file = tmp_path / "pictures" / ("cat" if number % 2 else "dog") / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), (20 * number, 0, 0)).save(file)
    return tmp_path / "pictures"


def written(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


def scanned(folder: Path, **lists: str) -> PictureFolder:
    return PictureFolder.scanned(str(folder), silent, lists=PictureLists(**lists))


def test_listed_pictures_are_left_out_and_move_no_other(folder: Path, tmp_path: Path) -> None:
    whole = scanned(folder)
    some = scanned(folder, leave_out=written(tmp_path / "list.txt", "cat/3.png\n4.png\nfrog.png\n"))
    assert {*whole.files} - {*some.files} == {"cat/3.png", "dog/4.png"}
    assert [file for file in whole.files if file in some.files] == list(some.files)
    assert some.columns[0].counts() == {"cat": 5, "dog": 5}
    assert (some.left_out, some.unknown) == (2, ("frog.png",))
    assert len(some.held_out) == len(some) == 10


def test_a_list_names_no_other_picture_once_one_is_gone(folder: Path, tmp_path: Path) -> None:
    (folder / "cat" / "3.png").rename(folder / "dog" / "3.png")
    some = scanned(folder, leave_out=written(tmp_path / "list.txt", "cat/3.png\n/elsewhere/pictures/dog/4.png\n"))
    assert some.unknown == ("cat/3.png",)
    assert "dog/3.png" in some.files
    assert "dog/4.png" not in some.files


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("name", [b"a\\b.png", b"\xff.png", b" a.png"])
def test_files_of_odd_names_are_left_out_and_labelled(folder: Path, tmp_path: Path, name: bytes) -> None:
    Image.new("RGB", (9, 9)).save(folder / os.fsdecode(name))
    (shown,) = {*scanned(folder).names} - {f"{'cat' if number % 2 else 'dog'}/{number}.png" for number in range(12)}
    add_labels(tmp_path / "mine.csv", [shown, "cat/1.png"], "look", "odd")
    assert scanned(folder, labels=str(tmp_path / "mine.csv")).columns[1].counts() == {"odd": 2}
    some = scanned(folder, leave_out=written(tmp_path / "list.txt", f"{shown}\n"))
    assert (some.left_out, some.unknown) == (1, ())


def test_the_settings_of_a_data_set_say_what_is_left_out(folder: Path, tmp_path: Path) -> None:
    values = {"path": str(folder), "leave_out": written(tmp_path / "list.txt", "cat/3.png\n"), "side": 8}
    split = datasets["image_folder"](values).load(0, silent)
    assert len(split.train) + len(split.held_out) == 11
    assert split.found is not None
    assert split.found.left_out_text() == "1 picture is left out."
    assert split.found.figures()["left_out"] == 1


def test_of_arrays_indices_are_left_out_and_labelled(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((12, 9, 9), np.uint8), y=np.arange(12) % 2)
    lists = PictureLists(
        leave_out=written(tmp_path / "list.txt", "3\nx.npz[7]\n99\n"),
        labels=written(tmp_path / "mine.csv", "index,size\n0,big\n1,small\n2,big\n"),
    )
    source = ArrayFile.opened(str(tmp_path / "x.npz"), silent, lists)
    assert sorted(source.order) == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11]
    assert source.names[0] == f"x.npz[{source.order[0]}]"
    assert source.unknown == ("99",)
    label, size = source.columns
    assert label.counts() == {"0": 6, "1": 4}
    assert {source.order[index]: value for index, value in enumerate(size.values.tolist()) if value >= 0} == {
        0: 0,
        1: 1,
        2: 0,
    }


def test_labels_that_are_numbers_are_not_taken_for_indices(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((12, 9, 9), np.uint8))
    rows = "".join(f"x.npz[{index}],{1 + index % 2}\n" for index in range(6))
    lists = PictureLists(
        leave_out=written(tmp_path / "list.txt", "0\n4\n"), labels=written(tmp_path / "mine.csv", f"file,look\n{rows}")
    )
    (look,) = ArrayFile.opened(str(tmp_path / "x.npz"), silent, lists).columns
    assert (look.entry.name, look.counts()) == ("look", {"1": 1, "2": 3})


def test_a_table_elsewhere_labels_pictures_even_with_one_class(folder: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "mine.csv", "file,look\ncat/1.png,odd\ndog/2.png,odd\n")
    by_folder, look = scanned(folder, labels=table).columns
    assert by_folder.entry.scored
    assert look.counts() == {"odd": 2}
    assert not look.entry.scored


def test_labels_that_are_added_to_a_table_keep_those_it_had(folder: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "mine.csv", "file,kind\n1.png,pet\n2.png,toy\n")
    add_labels(Path(table), ["cat/1.png"], "look", "odd")
    _, kind, look = scanned(folder, labels=table).columns
    assert (kind.counts(), look.counts()) == ({"pet": 1, "toy": 1}, {"odd": 1})


def test_its_labels_take_the_place_of_those_of_folders(folder: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "mine.csv", "file,class\ncat/1.png,lion\ncat/3.png,tiger\n")
    (column,) = scanned(folder, labels=table).columns
    assert column.counts() == {"lion": 1, "tiger": 1}


@pytest.mark.parametrize("key", ["leave_out", "labels"])
def test_a_list_that_is_not_there_is_refused(folder: Path, tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingError, match="not there") as raised:
        scanned(folder, **{key: str(tmp_path / "gone.csv")})
    assert raised.value.key == key


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("key", ["leave_out", "labels"])
def test_a_pipe_is_refused_and_not_waited_for(folder: Path, tmp_path: Path, key: str) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(SettingError, match="it is no file"):
        scanned(folder, **{key: str(tmp_path / "pipe.csv")})


def test_a_table_of_other_pictures_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="needs a column with their names"):
        scanned(folder, labels=written(tmp_path / "mine.csv", "file,look\na.jpg,odd\nb.jpg,odd\n"))


def test_labels_of_selections_are_read_back(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    add_labels(file, ["cat/1.png", "dog/2.png"], "look", "odd")
    add_labels(file, ["cat/3.png"], "look", "plain")
    add_labels(file, ["dog/4.png"], "kind", "toy")
    source = scanned(folder, labels=str(file))
    _, look, kind = source.columns
    values = dict(zip(source.files, look.values.tolist(), strict=True))
    assert look.entry.names == ("odd", "plain")
    assert (values["cat/1.png"], values["dog/2.png"], values["cat/3.png"], values["cat/5.png"]) == (0, 0, 1, -1)
    assert kind.counts() == {"toy": 1}
