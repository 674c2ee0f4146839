"""The search for pictures: every one once, whatever else there is in the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sslviz.learning.io import scan as scanning
from sslviz.learning.io.scan import scan


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")


def reasons(root: Path) -> dict[str, str]:
    return {each.file: each.reason for each in scan(root, quiet).unreadable}


def test_pictures_are_found_at_any_depth_with_sizes_and_times(tmp_path: Path) -> None:
    write(tmp_path, "b.PNG", "a/2.jpg", "a/1.webp", "a/b/c/d.tif", "notes.txt", ".hidden.png", "__MACOSX/._x.png")
    (tmp_path / "b.PNG").write_bytes(bytes(1234))
    os.utime(tmp_path / "b.PNG", ns=(0, 5))
    found = scan(tmp_path, quiet)
    assert sorted(found.files) == ["a/1.webp", "a/2.jpg", "a/b/c/d.tif", "b.PNG"]
    assert (found.others, found.unreadable) == (1, ())
    index = found.files.index("b.PNG")
    assert (found.sizes[index], found.times_ns[index]) == (1234, 5)
    assert len(found.sizes) == len(found.times_ns) == 4


def test_drawings_are_named(tmp_path: Path) -> None:
    write(tmp_path, "figure.eps", "logo.svg")
    assert reasons(tmp_path) == {
        "figure.eps": "is a drawing (EPS), not a picture of pixels",
        "logo.svg": "is a drawing (SVG), not a picture of pixels",
    }


def test_links_end_and_each_file_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "same.png").symlink_to(tmp_path / "a" / "1.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    (tmp_path / "_first").symlink_to(tmp_path / "a")
    for name in ("hard.png", "a/0.png", "hard2.png"):
        os.link(tmp_path / "a" / "1.png", tmp_path / name)
    found = scan(tmp_path, quiet)
    assert found.files == ["a/0.png"], "the first path, in whatever order the system lists them"
    assert len(found.sizes) == 1
    assert {each.file: each.reason for each in found.unreadable} == {
        "_first": "is a link to a folder that was read already",
        "a/loop": "is a link to a folder that was read already",
        "b.png": "is a link that leads nowhere",
        "self.png": "is a link that leads to itself",
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_pipes_are_named_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "null.png").symlink_to("/dev/null")
    assert set(reasons(tmp_path)) == {"pipe.png", "null.png"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/2.png")
    (tmp_path / "a").chmod(0)
    found = scan(tmp_path, quiet)
    (tmp_path / "a").chmod(0o700)
    assert (found.files, found.unreadable[0].file) == (["b/2.png"], "a")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no modes of files")
def test_pictures_without_permission_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.png", "b.png", "c.png")
    for name, mode in (("a.png", 0o600), ("b.png", 0o600), ("c.png", 0o644)):
        (tmp_path / name).chmod(mode)
    asked: list[str] = []

    def access(path: Path, mode: int) -> bool:
        asked.append(path.name)
        return path.name != "b.png"

    monkeypatch.setattr(os, "access", access)
    found = scan(tmp_path, quiet)
    assert sorted(found.files) == ["a.png", "c.png"]
    assert [(each.file, each.reason) for each in found.unreadable] == [("b.png", "may not be read: no permission")]
    assert sorted(asked) == ["a.png", "b.png"], "files that all may read are not asked about"


def test_odd_names_are_shown_as_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.eps")
    write(tmp_path, "<b>bold.eps", name)
    assert set(reasons(tmp_path)) == {"<b>bold.eps", "caf\\udce9.eps"}


def test_the_search_can_be_cancelled_and_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, *(f"{folder}/{number}.png" for folder in "abcd" for number in range(5)))
    monkeypatch.setattr(scanning, "REPORTED", 3)
    seen: list[str] = []

    def cancel(text: str, fraction: float | None) -> None:
        seen.append(text)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(tmp_path, cancel)
    monkeypatch.setattr(scanning, "MOST_ENTRIES", 8)
    found = scan(tmp_path, quiet)
    assert len(found.files) < 10
    assert "more than 8 files" in found.unreadable[0].reason


def test_of_very_many_unreadable_entries_the_rest_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sslviz.learning.io.scan.MOST_LISTED", 3)
    for number in range(10):
        (tmp_path / f"{number}.png").symlink_to("nowhere")
    *listed, last = scan(tmp_path, lambda text, fraction: None).unreadable
    assert len(listed) == 3
    assert listed == sorted(listed, key=lambda each: each.file)
    assert last.reason == "holds 7 more entries that cannot be read"
