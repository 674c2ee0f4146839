"""Archives that are unpacked: whole or not at all."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from sslviz.learning.dataset import DataError
from sslviz.learning.io import archive as archives
from sslviz.learning.io.archive import fetch_archive

FILES = {"things/a": b"a" * 5000, "things/b": bytes(range(256)) * 400}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A complete archive that was downloaded before."""
    path = tmp_path / "things.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return path


def fetch(path: Path, progress: object = lambda text, fraction: None) -> None:
    md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    fetch_archive("Things", "file:///nowhere", path, md5, progress)  # type: ignore[arg-type]


def left(archive: Path) -> set[str]:
    return {path.name for path in archive.parent.iterdir()}


def test_it_replaces_what_was_there_and_is_deleted(archive: Path) -> None:
    old = archive.parent / "things"
    old.mkdir()
    (old / "a").write_bytes(b"half of")
    (old / "old").write_bytes(b"")
    told: list[tuple[str, float]] = []
    fetch(archive, lambda *each: told.append(each))
    assert {f"things/{path.name}": path.read_bytes() for path in old.iterdir()} == FILES
    assert left(archive) == {"things"}
    assert told[0][0] == "Unpacking Things"
    assert told[-1][1] == 1.0


def test_cancelled_it_leaves_the_archive_alone(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BLOCK", 256)

    def cancel(text: str, fraction: float) -> None:
        if fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(archive, cancel)
    assert left(archive) == {"things.tar.gz"}


def test_what_a_killed_program_left_is_cleared(archive: Path) -> None:
    staging = archive.parent / "things.tar.gz.unpacked" / "junk"
    staging.mkdir(parents=True)
    (staging / "junk").write_bytes(b"x")
    fetch(archive)
    assert left(archive) == {"things"}


def test_without_space_it_is_not_unpacked(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=archive.stat().st_size))
    with pytest.raises(DataError, match=r"^Things needs .* Make room, and try again\.$"):
        fetch(archive)
    assert left(archive) == {"things.tar.gz"}


def test_a_member_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "inner" / "bad.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as packed:
        packed.addfile(tarfile.TarInfo("../out"))
    with pytest.raises(tarfile.TarError):
        fetch(path)
    assert {each.name for each in tmp_path.iterdir()} == {"inner"}
    assert left(path) == {"bad.tar"}
