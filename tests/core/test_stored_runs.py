"""The runs in a folder of runs: the newest first, and nothing that is no run."""

import os
import time
from datetime import datetime

import pytest

from sslviz.core.run_folder import RunFolder, holds_run
from sslviz.core.stored_runs import StoredRun, recent


@pytest.fixture
def folder(tmp_path):
    for name in ("2026-01-31-142501-digits", "2026-02-01-090000-shapes-2", "2026-02-01-090000-shapes", "mine"):
        RunFolder.create(tmp_path / name, {}, {}).close()
    for name in ("2026-03-01-090000-digits", "2026-99-99-090000-digits"):
        (tmp_path / name).mkdir()
    (tmp_path / "2026-04-01-090000-digits").touch()
    return tmp_path


def test_the_newest_come_first(folder):
    first = StoredRun(folder / "2026-02-01-090000-shapes-2", "shapes", datetime(2026, 2, 1, 9).astimezone())
    runs = recent(folder, 6)
    assert runs[0] == first
    assert [run.path.name for run in runs[1:]] == ["2026-02-01-090000-shapes", "2026-01-31-142501-digits"]
    assert recent(folder, 1) == (first,)


@pytest.mark.skipif(os.name == "nt", reason="the time zone cannot be set there")
def test_a_name_whose_time_is_beyond_the_calendar_in_utc_is_left_out(folder, monkeypatch):
    RunFolder.create(folder / "9999-12-31-235959-digits", {}, {}).close()
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "WEST+12")
        time.tzset()
        assert len(recent(folder, 6)) == 3
    time.tzset()


def test_a_folder_that_may_not_be_read_is_left_out(folder, monkeypatch):
    def refuse(path):
        if path.name.endswith("shapes"):
            raise PermissionError
        return holds_run(path)

    monkeypatch.setattr("sslviz.core.stored_runs.holds_run", refuse)
    assert [run.path.name[11:] for run in recent(folder, 6)] == ["090000-shapes-2", "142501-digits"]


def test_a_folder_that_cannot_be_read_holds_none(tmp_path):
    assert recent(tmp_path / "gone", 6) == ()


@pytest.mark.skipif(os.name == "nt", reason="file names are UTF-16 there")
def test_a_name_that_is_not_utf8_is_left_out(tmp_path):
    path = os.fsencode(tmp_path) + b"/2026-01-31-142501-\xff"
    os.mkdir(path)
    with open(path + b"/metrics.jsonl", "xb"):
        assert recent(tmp_path, 6) == ()
