"""Writing files durably, on file systems that refuse one thing or another."""

from __future__ import annotations

import errno
import os
import stat
import tomllib

import pytest

from sslviz.core import durable_file
from sslviz.core.durable_file import write_durably
from sslviz.core.recording import read_records
from sslviz.core.run_folder import RunFolder

VALUES = {"data": "shapes", "temperature": 0.1 + 0.2, "flip": True}
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_replacing_leaves_the_new_bytes_only(tmp_path):
    path = tmp_path / "file"
    for data in (b"old", b"new" * 1000, b""):
        write_durably(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_when_writing_fails_the_old_file_is_still_there(tmp_path, monkeypatch, broken):
    path = tmp_path / "file"
    write_durably(path, b"old")

    def fail(*_):
        raise FULL

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_data_are_synced_before_they_replace_the_old_file(tmp_path, monkeypatch):
    """The order makes it durable: sync the data, rename, sync the folder."""
    calls = []
    for name in ("fsync", "replace"):
        true = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, name=name, true=true: (calls.append(name), true(*given)))
    write_durably(tmp_path / "file", b"data")
    assert calls == ["fsync", "replace", "fsync"]


@pytest.mark.parametrize("code", ["EINVAL", "ENOTSUP", "EBADF", "EACCES", "EPERM", "ENOSYS"])
@pytest.mark.parametrize("refuses", ["folders", "everything", "opening"])
def test_where_syncing_is_not_supported_files_are_written_all_the_same(tmp_path, monkeypatch, code, refuses):
    """VirtualBox's shared folders refuse to sync a folder, some of FUSE a file; some folders cannot be opened."""
    error, opened = OSError(getattr(errno, code), "not supported here"), os.open

    def refuse_to_open(path, flags, *mode):
        if os.path.isdir(path):
            raise error
        return opened(path, flags, *mode)

    def refuse_to_sync(descriptor):
        if refuses == "everything" or stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise error

    monkeypatch.setattr(os, *(("open", refuse_to_open) if refuses == "opening" else ("fsync", refuse_to_sync)))
    with RunFolder.create(tmp_path / "run", VALUES, {}) as folder:
        folder.save_checkpoint("final", b"weights", {})
        folder.append_metrics([{"step": 1}])
    assert tomllib.loads((tmp_path / "run" / "run.toml").read_text("utf-8")) == VALUES
    assert read_records(tmp_path / "run" / "metrics.jsonl") == ([{"step": 1}], 0)


@pytest.mark.parametrize("code", ["EIO", "ENOSPC", "EDQUOT"])
def test_a_disk_that_fails_to_sync_is_an_error(tmp_path, monkeypatch, code):
    def fail(_):
        raise OSError(getattr(errno, code), "")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=f"Errno {getattr(errno, code)}"):
        write_durably(tmp_path / "file", b"")


@pytest.mark.parametrize("code", ["EEXIST", "ENOTSUP", "ENOSYS"])
def test_where_files_cannot_be_replaced_the_old_one_is_removed_first(tmp_path, monkeypatch, code):
    replace = os.replace

    def refuse(temporary, path):
        if os.path.exists(path):
            raise OSError(getattr(errno, code), "the file exists")
        replace(temporary, path)

    monkeypatch.setattr(os, "replace", refuse)
    for data in (b"old", b"new"):
        write_durably(tmp_path / "file", data)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_where_files_cannot_be_replaced_the_old_one_is_kept_until_the_new_one_stands(tmp_path, monkeypatch):
    """The new file cannot be renamed either, as on a network drive whose connection has just broken."""
    path, rename = tmp_path / "file", os.rename
    write_durably(path, b"old")

    def refuse_to_replace(*_):
        raise OSError(errno.EEXIST, "the file exists")

    def refuse_the_new(source, target):
        if str(source).endswith(".part"):
            raise FULL
        rename(source, target)

    monkeypatch.setattr(os, "replace", refuse_to_replace)
    monkeypatch.setattr(os, "rename", refuse_the_new)
    with pytest.raises(OSError, match="No space"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_is_held_open_for_a_moment_is_replaced_after_it(tmp_path, monkeypatch):
    """As by a reader or a virus scanner on Windows and on network drives."""
    held, pauses, replace = [1, 2], [], os.replace

    def held_open(*given):
        if held:
            raise PermissionError(held.pop(), "in use")
        replace(*given)

    monkeypatch.setattr(os, "replace", held_open)
    monkeypatch.setattr(durable_file.time, "sleep", pauses.append)
    write_durably(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert len(pauses) == 2


def test_a_large_file_is_synced_in_parts_and_each_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(durable_file, "PART_BYTES", 4)
    calls, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (calls.append(os.fstat(descriptor).st_size), fsync(descriptor)))
    write_durably(tmp_path / "file", b"0123456789", lambda done: calls.append(-done))
    assert calls[:-1] == [4, -4, 8, -8, 10, -10]
    assert (tmp_path / "file").read_bytes() == b"0123456789"
