"""Lists of samples that are left out: writing them, and reading what the window or a person has written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sslviz.core.left_out import read_left_out, write_left_out


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def test_a_list_is_read_as_it_was_written_and_its_name_has_the_count(own_folders: Path) -> None:
    file = write_left_out(["cat/b.png", "a, b.png", "ä.png", "cat/b.png", "two\nlines.png"], Path("/data/pets"))
    assert read_left_out(str(file)) == ("a, b.png", "cat/b.png", "ä.png")
    assert file.name == "3 pictures.txt"
    assert file.is_relative_to(own_folders)
    assert file.parent.parent.name.startswith("pets ")


def test_another_list_is_another_file_and_other_data_have_another_folder(own_folders: Path) -> None:
    first, second = (write_left_out(names, Path("/data/pets")) for names in (["a"], ["a", "b"]))
    assert first != second
    assert read_left_out(str(first)) == ("a",)
    assert write_left_out(["a"], Path("/data/pets")) == first
    assert write_left_out(["a"], Path("/other/pets")) != first


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.txt", "a.png\n\n  b, c.png \n"),
        ("list.csv", 'a.png\n"b, c.png"\n'),
        ("list.csv", 'sample,File,label\n3,a.png,x\n4,"b, c.png",y\n5\n'),
        ("list.tsv", "\ufefflabel\tfile\nx\ta.png\ny\tb, c.png\n"),
    ],
)
def test_texts_and_tables_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_left_out(str(tmp_path / name)) == ("a.png", "b, c.png")


def test_a_table_in_utf_16_is_read(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text("label\tfile\nx\tä.png\n", encoding="utf-16")
    assert read_left_out(str(tmp_path / "list.tsv")) == ("ä.png",)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ValueError, match="utf-8"):
        read_left_out(str(tmp_path / "list.txt"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(ValueError, match="no file"):
        read_left_out(str(tmp_path / name))


def test_a_table_with_an_open_quote_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text('file\n"' + "a.png\n" * 40_000)
    with pytest.raises(ValueError, match="field"):
        read_left_out(str(tmp_path / "list.csv"))
