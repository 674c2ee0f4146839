"""What is said of the end of a run that did not record it."""

import os
import signal
import subprocess
import sys

import pytest
from recorded import record

import sslviz
from sslviz.core.messages import State
from sslviz.core.process_identity import this_process
from sslviz.engine.serving.recorded_end import RecordedEnd

HERE = {"event": "process", **this_process()}
GONE = {**HERE, "started": 1}
ELSEWHERE = {**HERE, "host": "another machine"}
STILL = "Still being written."
WITHOUT_A_WORD = "Ended without a word, perhaps killed: its process is gone."
LAST_WRITTEN = "No end is recorded; last written 2026-01-31 14:25."


def state(name, text=""):
    return {"event": "state", "state": name, "step": 3, "text": text}


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([HERE], STILL),
        ([HERE, state("training")], STILL),
        ([GONE], WITHOUT_A_WORD),
        ([GONE, state("paused")], WITHOUT_A_WORD),
        ([ELSEWHERE], LAST_WRITTEN),
        ([], LAST_WRITTEN),
        ([GONE, state("finished")], ""),
        ([GONE, state("stopped", "interrupted")], ""),
        ([GONE, state("failed", "odd")], ""),
        ([GONE, state("ended", "ended by sys.exit")], "The script has ended by sys.exit."),
        ([GONE, state("finished"), HERE], STILL),
        ([GONE, state("failed"), HERE, {"event": "resume", "step": 2}], STILL),
        ([state("failed"), {"event": "resume", "step": 2}], LAST_WRITTEN),
    ],
)
def test_one_sentence_tells_what_is_known(tmp_path, monkeypatch, events, text):
    monkeypatch.setenv("TZ", "UTC")
    (tmp_path / "metrics.jsonl").touch()
    os.utime(tmp_path / "metrics.jsonl", (0, 1769869500))
    end = RecordedEnd(tmp_path)
    end.add(events[:1])
    end.add(events[1:])
    assert end.text() == text


def last_state(bench):
    return bench.heard.all(State)[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_whose_script_is_killed_is_told_from_one_that_goes_on(play, bench, tmp_path, number):
    program = "import sys, sslviz; r = sslviz.Recorder(sys.argv[1]); r.log(1, loss=1.0); print(flush=True); input()"
    command = [sys.executable, "-c", program, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as script:
        script.stdout.readline()
        play(tmp_path / "run")
        assert (last_state(bench).state, last_state(bench).text) == ("recorded", STILL)
        script.send_signal(number)
        script.wait(20)
    bench.heard.wait_for(lambda: last_state(bench).text != STILL)
    assert (last_state(bench).state, last_state(bench).text) == ("recorded", WITHOUT_A_WORD)


def test_of_a_run_that_has_ended_nothing_more_is_said(play, bench, tmp_path):
    with sslviz.Recorder(tmp_path / "run") as made:
        made.log(1, loss=1.0)
        play(made.folder)
        assert last_state(bench).text == STILL
    bench.heard.wait_for(lambda: last_state(bench).text == "")
    assert bench.heard.states() == ["preparing", "recorded", "recorded"]


def test_a_recorded_run_is_a_recorded_one_once(play, bench, tmp_path):
    play(record(tmp_path / "run"))
    assert bench.heard.states() == ["preparing", "recorded"]
    assert last_state(bench).text == ""
