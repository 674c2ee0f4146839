"""Labels of pictures by folders and tables, and which pictures are held out."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslviz.learning.io.label_table import label_table
from sslviz.learning.io.picture_labels import (
    Column,
    Folders,
    folder_labels,
    held_out_by_folder,
    held_out_by_hash,
    place_in_order,
)


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


FILES = [f"{name}/{number}.png" for name in ("cat", "dog") for number in range(4)]


def named(column: Column) -> list[str]:
    """Return the classes of all files as texts; "-" where one is unknown."""
    return [column.entry.names[value] if value >= 0 else "-" for value in column.values.tolist()]


def test_folders_are_classes_and_loose_files_have_none() -> None:
    (column,) = folder_labels(Folders.of([*FILES, "loose.png"]))
    assert column.entry.name == "class"
    assert named(column) == ["cat"] * 4 + ["dog"] * 4 + ["-"]
    assert column.counts() == {"cat": 4, "dog": 4}


def test_a_class_of_which_no_file_is_left_is_none() -> None:
    (column,) = folder_labels(Folders.of(["broken/1.png", *FILES, "loose.png"]))
    assert column.entry.names == ("broken", "cat", "dog")
    selected = column.select(torch.tensor([9, 5, 1]))
    assert selected.entry.names == ("cat", "dog")
    assert named(selected) == ["-", "dog", "cat"]
    assert column.select(torch.arange(10)).values.equal(column.values)


def test_levels_that_tell_nothing_apart_are_left_out() -> None:
    assert folder_labels(Folders.of(["a.png", "b.png"])) == []
    assert folder_labels(Folders.of(["all/a.png", "all/b.png"])) == []
    first, second = folder_labels(Folders.of(["all/pet/cat/1.png", "all/pet/dog/2.png", "all/farm/cow/3.png"]))
    assert (first.entry.names, second.entry.names) == (("farm", "pet"), ("cat", "cow", "dog"))
    assert second.entry.name == "class 2"


def test_classes_that_are_numbers_are_in_their_order() -> None:
    (column,) = folder_labels(Folders.of([f"{number}/x.png" for number in (10, 9, 2)]))
    assert column.entry.names == ("2", "9", "10")


def test_folders_called_train_and_test_are_no_classes() -> None:
    files = ["train/cat/1.png", "train/dog/2.png", "Test/cat/3.png", "val/dog/4.png"]
    assert held_out_by_folder(Folders.of(files)) == [False, False, True, True]
    (column,) = folder_labels(Folders.of(files))
    assert named(column) == ["cat", "dog", "cat", "dog"]
    assert held_out_by_folder(Folders.of(["train/1.png", "other/2.png"])) is None


def test_late_files_move_no_other_file() -> None:
    files = [f"{number}.png" for number in range(2000)]
    before = held_out_by_hash([place_in_order(file) for file in files[:1000]])
    after = held_out_by_hash([place_in_order(file) for file in files])
    assert before == after[:1000]
    assert 0.1 < sum(after) / 2000 < 0.2
    assert sum(held_out_by_hash([place_in_order(file) for file in files[:3]])) >= 2


TABLES = {
    "comma": "file,animal,age\n{rows}",
    "semicolon": "file;animal;age\n{rows}",
    "tab": "file\tanimal\tage\n{rows}",
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("form", ["{path}", "./{path}", "{name}.png", "{name}"])
def test_a_table_labels_the_files_that_it_names(kind: str, form: str, tmp_path: Path) -> None:
    files = [f"sub/{number}.png" for number in range(30)]
    delimiter = {"comma": ",", "semicolon": ";", "tab": "\t"}[kind]
    rows = [
        delimiter.join(
            (form.format(path=f"sub/{number}.png", name=number), "cat" if number % 2 else "dog", f"{number}.5")
        )
        for number in range(29)
    ]
    (tmp_path / "labels.csv").write_text(TABLES[kind].format(rows="\n".join(rows)), encoding="utf-8")
    animal, age = label_table(tmp_path, files, quiet).columns
    assert (animal.entry.name, age.entry.name) == ("animal", "age")
    assert named(animal) == ["dog", "cat"] * 14 + ["dog", "-"]
    assert age.values[:2].tolist() == [0.5, 1.5]
    assert math.isnan(age.values[29])


def test_a_column_of_a_table_may_say_what_is_held_out(tmp_path: Path) -> None:
    rows = "".join(f"{file},{'test' if '3' in file else 'train'},id{k}\n" for k, file in enumerate(FILES))
    (tmp_path / "x.csv").write_text(f"name,split,id\n{rows}", encoding="utf-8")
    table = label_table(tmp_path, FILES, quiet)
    assert table.held_out == [False, False, False, True] * 2
    assert table.columns == []  # the ids tell every file apart


def test_tables_about_other_things_and_broken_ones_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.csv").mkdir()
    (tmp_path / "d.csv").write_text('file,label\n"cat/0.png,' + "x" * 200_000)
    table = label_table(tmp_path, FILES, quiet)
    assert (table.columns, table.held_out) == ([], None)
    assert [each.file for each in table.unreadable] == ["d.csv"]


def test_a_folder_that_may_not_be_read_has_no_tables(tmp_path: Path) -> None:
    assert label_table(tmp_path / "gone", FILES, quiet).columns == []


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(alphabet='a,;\t"\n0.png\0', max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(b"file,label\ncat/0.png,a\n" + content)
    table = label_table(tmp_path, FILES, quiet)
    assert all(len(column.values) == len(FILES) for column in table.columns)
    assert all(each.file == "x.csv" for each in table.unreadable)


def test_columns_of_the_same_name_do_not_shift_those_after_them(tmp_path: Path) -> None:
    rows = "".join(f"{file},a{k % 2},b{k % 3},c{k % 4}\n" for k, file in enumerate(FILES))
    (tmp_path / "x.csv").write_text(f"file,label,label,last\n{rows}")
    columns = label_table(tmp_path, FILES, quiet).columns
    assert [(each.entry.name, each.entry.names[0]) for each in columns] == [("label", "a0"), ("last", "c0")]


def test_a_table_of_far_too_many_columns_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"file{',' * 5000}\n{FILES[0]},1\n")
    assert "columns" in label_table(tmp_path, FILES, quiet).unreadable[0].reason
