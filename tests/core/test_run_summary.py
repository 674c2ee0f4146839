"""What a run folder holds, in short: golden runs, torn and foreign folders, and the user's note."""

import json
import os
import shutil
from pathlib import Path

import pytest

from sslviz.core.run_note import MAX_NOTE, RunNote, note_of, write_note
from sslviz.core.run_summary import summary_of

GOLDEN = Path(__file__).parent.parent / "golden" / "version-0.1.0"


@pytest.fixture
def trained(tmp_path):
    return shutil.copytree(GOLDEN / "trained", tmp_path / "2026-01-31-142501-digits-2")


def test_a_trained_run_in_short(trained):
    summary = summary_of(trained)
    assert (summary.preset, summary.state, summary.ended) == ("digits", "finished", True)
    assert (summary.step, summary.loss, summary.knn) == (420, 3.833223342895508, 0.8916666666666667)
    assert summary.size_bytes == sum(path.stat().st_size for path in trained.rglob("*") if path.is_file())
    assert f"{summary.begun:%Y-%m-%d %H:%M:%S}" == "2026-01-31 14:25:01"
    assert summary.values["temperature"] == 0.2
    assert summary.small_map.xy.shape == (len(summary.small_map.labels), 2)


def test_a_run_that_a_script_recorded(tmp_path):
    summary = summary_of(shutil.copytree(GOLDEN / "recorded", tmp_path / "mine"))
    assert (summary.preset, summary.step, summary.knn, summary.small_map) == ("", 60, None, None)


@pytest.mark.parametrize(
    ("events", "state", "ended"),
    [
        ([{"event": "state", "state": "ended", "text": "ended by sys.exit"}], "ended", True),
        ([{"event": "process"}, {"event": "health", "step": 61, "knn": 0.5}], "", False),
        ([{"event": "process"}, {"event": "resume", "step": 60}], "", False),
    ],
)
def test_a_script_that_resumes_its_run_has_not_ended_until_it_says_so(tmp_path, events, state, ended):
    run = shutil.copytree(GOLDEN / "recorded", tmp_path / "mine")
    assert summary_of(run).state == "finished"
    with (run / "events.jsonl").open("a") as file:
        file.writelines(f"{json.dumps(event)}\n" for event in events)
    summary = summary_of(run)
    assert (summary.state, summary.ended) == (state, ended)


def test_damaged_parts_are_left_out(trained):
    for name in ("run.toml", "metrics.jsonl", "events.jsonl", "note.toml", "snapshots/map-00000254.npz"):
        (trained / name).write_bytes(b"\xff{[")
    summary = summary_of(trained)
    assert (summary.values, summary.note, summary.state) == ({}, RunNote(), "")
    assert (summary.step, summary.loss, summary.small_map) == (None, None, None)


def test_a_folder_without_a_run_has_no_summary(tmp_path):
    assert summary_of(tmp_path) is None
    assert summary_of(tmp_path / "gone") is None


def test_a_time_beyond_the_calendar_is_none(tmp_path, monkeypatch):
    run, stat = shutil.copytree(GOLDEN / "recorded", tmp_path / "mine"), Path.stat

    def of_the_far_future(path, **options):
        return os.stat_result((*stat(path, **options)[:8], 2**40, 0))

    monkeypatch.setattr(Path, "stat", of_the_far_future)
    summary = summary_of(run)
    assert (summary.changed_at, summary.begun.timestamp()) == (0, 0)


def test_a_note_is_kept_in_one_line(trained):
    write_note(trained, RunNote("τ too\nhigh", "x" * 2 * MAX_NOTE))
    assert note_of(trained).title == "τ too high"
    assert len(note_of(trained).text) == MAX_NOTE
    assert summary_of(trained).note == note_of(trained)
