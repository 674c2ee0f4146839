"""Writing run folders: atomic, and exact."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import threading
import tomllib
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslviz.core import run_folder
from sslviz.core.folders import runs_folder
from sslviz.core.recording import read_records
from sslviz.core.run_folder import (
    RunFolder,
    RunFolderError,
    check_shown,
    holds_run,
    new_run_path,
    suited_in,
)
from sslviz.core.suited import SuitedSetting

VALUES = {"data": "shapes", "temperature": 0.1 + 0.2, "flip": True, "seed": 2**53 + 1, "name": 'ä "quoted"'}
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", VALUES, {"python": "3.11"}) as made:
        yield made


def test_a_new_run_holds_its_settings_and_environment(folder):
    assert tomllib.loads((folder.path / "run.toml").read_text(encoding="utf-8")) == VALUES
    assert json.loads((folder.path / "environment.json").read_text()) == {"python": "3.11"}
    assert holds_run(folder.path)
    assert not list(folder.path.rglob("*.part"))


def test_what_suits_the_data_is_kept_and_a_damaged_file_has_nothing(folder):
    assert suited_in(folder.path) == ()
    suited = (SuitedSetting("side", 48, "They are small."), SuitedSetting("crop", 0.5, "They are few."))
    folder.save_suited(suited)
    assert suited_in(folder.path) == suited
    for text in ("[]", "{", '{"side": 48}', '{"side": {"value": [], "reason": ""}}', "[" * 100_000):
        (folder.path / "suited.json").write_text(text)
        assert suited_in(folder.path) == ()


def test_a_folder_with_a_run_is_refused_and_left_alone(folder):
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    with pytest.raises(RunFolderError, match=r"already holds a run\. Choose another"):
        RunFolder.create(folder.path, {}, {})
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before


def test_a_refused_folder_with_a_recorded_run_is_not_changed(tmp_path):
    (tmp_path / "metrics.jsonl").touch()
    with pytest.raises(RunFolderError):
        RunFolder.create(tmp_path, {}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_an_empty_or_foreign_folder_is_used(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    RunFolder.create(tmp_path, VALUES, {}).close()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_path_through_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunFolderError, match="cannot be written"):
            RunFolder.create(path, VALUES, {})


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(run_folder, "holds_run", refuse)
    with pytest.raises(RunFolderError, match=r"cannot be written: Permission denied. Choose another."):
        RunFolder.create(tmp_path / "run", VALUES, {})


# -------------------------------------------------------------------------------------------------- checkpoints


def test_a_checkpoint_is_complete_with_its_manifest(folder, monkeypatch):
    folder.save_checkpoint("final", b"weights", {"step": 7})
    manifest = json.loads((folder.path / "checkpoints" / "final.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert (manifest["step"], manifest["bytes"], manifest["file"]) == (7, 7, "final.pt")
    order = []
    monkeypatch.setattr(run_folder, "write_durably", lambda path, *_: order.append(path.name))
    folder.save_checkpoint("next", b"", {})
    assert order == ["next.pt", "next.json"]


# --------------------------------------------------------------------------------------------------------- logs


def same(one, other):
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@given(st.lists(st.floats(), min_size=1, max_size=20))
def test_floats_survive_exactly(tmp_path_factory, losses):
    path = tmp_path_factory.mktemp("runs") / "run"
    with RunFolder.create(path, {}, {}) as folder:
        folder.append_metrics({"step": step, "loss": loss} for step, loss in enumerate(losses))
    records, damaged = read_records(path / "metrics.jsonl")
    assert damaged == 0
    assert all(same(record["loss"], loss) for record, loss in zip(records, losses, strict=True))
    assert all(
        math.copysign(1, r["loss"]) == math.copysign(1, x) for r, x in zip(records, losses, strict=True) if x == 0
    )


def test_events_keep_their_text(folder):
    event = {"kind": "setting", "text": "line\nbreak \u2028 ä", "key": None}
    folder.append_event(event)
    assert read_records(folder.path / "events.jsonl") == ([event], 0)


@given(st.integers(0, 40))
def test_an_incomplete_last_line_is_ignored(tmp_path_factory, length):
    path = tmp_path_factory.mktemp("logs") / "metrics.jsonl"
    whole, torn = b'{"step": 1, "loss": 2.5}\n', b'{"step": 2, "loss": 2.25}'
    path.write_bytes(whole + torn[: min(length, len(torn) - 1)])
    records, damaged = read_records(path)
    assert records == [{"step": 1, "loss": 2.5}]
    assert damaged == (0 if length == 0 else 1)


@pytest.mark.parametrize(
    "line", [b"nonsense", b"\xff\xfe", b"[1]", b"3", b"[" * 100_000, b"1" * 10_000, b'{"a": 1', b"\0" * 50]
)
def test_a_damaged_line_is_skipped_and_counted(tmp_path, line):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step": 1}\n' + line + b'\n{"step": 3}\n')
    assert read_records(path) == ([{"step": 1}, {"step": 3}], 1)


def test_records_after_an_incomplete_line_are_intact(folder):
    path = folder.path / "metrics.jsonl"
    path.write_bytes(b'{"step": 1}\n{"step": 2, "lo')
    with RunFolder(folder.path) as again:
        again.append_metrics([{"step": 3}])
    assert read_records(path) == ([{"step": 1}, {"step": 3}], 1)


class FullDisk(FileIO):
    """A disk with room for some more bytes, which all files share."""

    room = 10

    def write(self, data):
        if FullDisk.room == 0:
            raise FULL
        fitting = bytes(data)[: FullDisk.room]
        FullDisk.room -= len(fitting)
        return super().write(fitting)


def test_on_a_full_disk_a_log_keeps_complete_lines_and_writing_can_be_repeated(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "FileIO", FullDisk)
    monkeypatch.setattr(FullDisk, "room", 20)
    with RunFolder.create(tmp_path / "run", {}, {}) as folder:
        folder.append_metrics([{"step": 1}])
        with pytest.raises(OSError, match="No space"):
            folder.append_metrics([{"step": 2}, {"step": 3}])
        assert read_records(folder.path / "metrics.jsonl") == ([{"step": 1}], 0)
        monkeypatch.setattr(FullDisk, "room", 1000)
        folder.append_metrics([{"step": 2}, {"step": 3}])
    assert read_records(folder.path / "metrics.jsonl") == ([{"step": 1}, {"step": 2}, {"step": 3}], 0)


def test_a_short_write_is_completed(tmp_path, monkeypatch):
    class Slow(FileIO):
        def write(self, data):
            return super().write(bytes(data)[:3])

    monkeypatch.setattr(run_folder, "FileIO", Slow)
    with RunFolder.create(tmp_path / "run", {}, {}) as folder:
        folder.append_event({"kind": "state", "state": "training"})
    assert read_records(folder.path / "events.jsonl") == ([{"kind": "state", "state": "training"}], 0)


def test_closing_twice_is_fine(folder):
    folder.close()
    folder.close()


# -------------------------------------------------------------------------------------------------------- paths


def test_a_folder_whose_name_no_message_can_hold_is_refused_with_a_sentence(tmp_path):
    for name in (b"r\xff", "r\u00fc".encode()):
        path = tmp_path / os.fsdecode(name)
        with RunFolder.create(path, {}, {}):
            pass
        if name == b"r\xff":
            with pytest.raises(RunFolderError, match=r"r.udcff is not UTF-8\. Rename"):
                check_shown(path)
        else:
            check_shown(path)


def test_runs_that_begin_at_once_get_a_folder_each(tmp_path):
    """As of four ``sslviz train &`` in one second."""
    path, barrier, made = new_run_path(tmp_path / "runs", "shapes"), threading.Barrier(4), []

    def begin():
        barrier.wait()
        with RunFolder.create_numbered(path, VALUES, {}) as folder:
            made.append(folder.path)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.name for each in made) == [path.name, *(f"{path.name}-{number}" for number in (2, 3, 4))]
    assert sorted(made) == sorted((tmp_path / "runs").iterdir())


def test_the_present_folder_has_a_name_to_append_a_number_to(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    names = []
    for _ in range(2):
        with RunFolder.create_numbered(Path(), {}, {}) as folder:
            names.append(folder.path.name)
    assert names == ["here", "here-2"]


def test_runs_go_to_the_users_data_folder():
    assert runs_folder().parts[-2:] == ("sslviz", "runs")
