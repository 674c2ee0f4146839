"""Labels in a CSV file: what is added, what stays, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sslviz.core.label_csv import LabelFileError, add_labels, labels_in


def test_several_selections_share_one_file_with_one_row_per_picture(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    assert add_labels(file, ["cat/a.png", "b, c.png"], "look", "odd") == 2
    assert add_labels(file, ["cat/a.png", "d.png"], "kind", "pet") == 2
    assert add_labels(file, ["d.png", "cat/a.png"], "look", "plain") == 2
    assert file.read_text() == 'file,look,kind\ncat/a.png,plain,pet\n"b, c.png",odd,\nd.png,plain,pet\n'
    assert labels_in(file) == ("look", "kind")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_rows_and_columns_of_others_stay_and_their_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "theirs.csv"
    file.write_bytes("age;Filename\n3;ä.png\n\n7\n".encode(encoding))
    add_labels(file, ["ä.png", "b.png"], "look", "odd")
    assert file.read_bytes() == "age;Filename;look\n3;ä.png;odd\n7;;\n;b.png;odd\n".encode(encoding)


def test_a_label_is_found_by_its_name_without_blanks_around_it(tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("file, look,\na.png, odd,\n")
    assert labels_in(file) == ("look",)
    add_labels(file, ["a.png"], "look", "plain")
    assert file.read_text() == "file, look,\na.png,plain,\n"


@pytest.mark.parametrize("text", [b"x,y\n1,2\n", b"file\n\xff\xfe\n"])
def test_what_is_no_table_of_files_is_refused_and_stays(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "other.csv"
    file.write_bytes(text)
    with pytest.raises(LabelFileError, match=r"other\.csv"):
        add_labels(file, ["a.png"], "look", "odd")
    assert file.read_bytes() == text
    assert labels_in(file) in ((), ("x", "y"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.csv")
    assert labels_in(tmp_path / "mine.csv") == ()
    with pytest.raises(LabelFileError, match=r"mine\.csv: it is no file"):
        add_labels(tmp_path / "mine.csv", ["a.png"], "look", "odd")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"mine\.csv"):
        add_labels(tmp_path / "gone" / "mine.csv", ["a.png"], "look", "odd")
