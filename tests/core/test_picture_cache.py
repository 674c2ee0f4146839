"""The cache of decoded pictures: bounded, cleared, and never a part of a set under its key."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sslviz.core import picture_cache
from sslviz.core.picture_cache import CacheFullError, clear, complete, create, find, make_room, stored, total_bytes
from sslviz.core.process_identity import this_process


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(picture_cache, "cache_folder", lambda: tmp_path)
    return tmp_path / "pictures"


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The free space on the disk, in the first element."""
    bytes_free = [10**12]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=bytes_free[0]))
    return bytes_free


def store(key: str, size: int, age: int = 0, used: bool = False) -> Path:
    """Store a set that was used ``age`` seconds ago, and by a process that has ended unless ``used``."""
    made = create(key)
    (made / "train.bin").write_bytes(bytes(size))
    final = complete(made)
    mark = final / f"user.{os.getpid()}.json"
    if not used:
        mark.unlink()
    os.utime(final, ns=(0, final.stat().st_mtime_ns - age * 10**9))
    return final


def keys() -> list[str]:
    return [each.folder.name for each in stored()]


def test_a_set_is_found_once_it_is_complete(folder: Path) -> None:
    assert (find("aa"), stored(), total_bytes()) == (None, [], 0)
    made = create("aa")
    (made / "train.bin").write_bytes(b"12345")
    assert (find("aa"), stored()) == (None, [])
    assert total_bytes() > 5
    assert complete(made) == find("aa") == folder / "aa"
    assert os.listdir(folder) == ["aa"]
    assert stored()[0].in_use


def test_processes_that_have_ended_are_not_noted_any_longer(folder: Path) -> None:
    ended = store("aa", 10, used=True) / "user.1.json"
    ended.write_text(json.dumps({**this_process(), "started": 0}), "utf-8")
    assert find("aa") == folder / "aa"
    assert ended.exists() != os.path.isdir("/proc/self")
    assert stored()[0].in_use


def test_of_two_processes_the_first_one_wins(folder: Path) -> None:
    first, second = create("aa"), create("aa")
    (first / "train.bin").write_bytes(b"first")
    (second / "train.bin").write_bytes(b"second")
    assert complete(first) == complete(second)
    assert (folder / "aa" / "train.bin").read_bytes() == b"first"
    assert os.listdir(folder) == ["aa"]


def test_what_was_used_last_stays(monkeypatch: pytest.MonkeyPatch, free: list[int]) -> None:
    monkeypatch.setattr(picture_cache, "MOST_BYTES", 1000)
    for number, key in enumerate(("newest", "older", "oldest")):
        store(key, 300, age=100 * number)
    make_room(100)
    assert keys() == ["oldest", "older", "newest"]
    store("oldest2", 0, age=10_000)
    find("oldest")
    (stored()[-1].folder / f"user.{os.getpid()}.json").unlink()
    make_room(400)
    assert keys() == ["newest", "oldest"]


def test_what_a_process_uses_stays_and_the_reason_is_said(monkeypatch: pytest.MonkeyPatch, free: list[int]) -> None:
    monkeypatch.setattr(picture_cache, "MOST_BYTES", 2000)
    store("used", 1500, age=500, used=True)
    store("unused", 100)
    with pytest.raises(CacheFullError, match=r"other runs use .* End another run"):
        make_room(1000)
    assert keys() == ["used", "unused"]
    with pytest.raises(CacheFullError, match=r"2 kB is the most that is kept in .*smaller"):
        make_room(2001)


def test_the_disk_is_never_filled(folder: Path, free: list[int]) -> None:
    store("aa", 5000)
    free[0] = picture_cache.LEAST_FREE_BYTES + 3000
    make_room(2000)
    assert keys() == ["aa"]
    make_room(4000)
    assert keys() == []
    with pytest.raises(CacheFullError, match=rf"Disk full: .* need 4 kB .* 1 GB are free in {folder}"):
        make_room(4000)


def test_folders_of_dead_processes_are_removed_and_those_of_others_are_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = create("aa")
    program = "from pathlib import Path; from sslviz.core import picture_cache as cache, process_identity as identity"
    program += f"\ncache.cache_folder = lambda: Path({str(folder.parent)!r}); print(cache.create('bb'))"
    ended = Path(subprocess.check_output([sys.executable, "-c", program], text=True).strip())
    unknown = create("cc")
    (unknown / "writer.json").write_text(json.dumps({"pid": 1, "host": "elsewhere"}))
    picture_cache.remove_left_behind()
    assert (mine.exists(), ended.exists(), unknown.exists()) == (True, not os.path.isdir("/proc/self"), True)
    monkeypatch.setattr(picture_cache, "STALE_S", -1)
    (unknown / "writer.json").write_text("{")
    picture_cache.remove_left_behind()
    assert (mine.exists(), unknown.exists()) == (os.path.isdir("/proc/self"), False)


def test_clear_removes_all_but_what_is_being_written(folder: Path) -> None:
    store("aa", 1000)
    used = store("bb", 500, used=True)
    made = create("cc")
    (folder / "note.txt").write_text("no folder")
    with (used / "train.bin").open("rb") as file:
        assert clear() >= 1500
        assert len(file.read()) == 500
    assert sorted(os.listdir(folder)) == sorted([made.name, "note.txt"])
    assert clear() == 0


def test_without_a_folder_there_is_nothing(free: list[int]) -> None:
    make_room(1000)
    assert (clear(), total_bytes()) == (0, 0)
