"""The run folders on disk are read without disturbing the window."""

from pathlib import Path

from sslviz.window.runs import run_shelf


def test_the_thread_that_reads_rests_as_long_as_it_computes(monkeypatch):
    now, rests = 0.0, []

    read = []
    monkeypatch.setattr(run_shelf.time, "thread_time", lambda: now)
    monkeypatch.setattr(run_shelf.time, "sleep", lambda seconds: rests.append((seconds, len(read))))
    for path in run_shelf.with_rests(map(Path, "abcdefgh")):
        read.append(path.name)
        now += 0.3 * run_shelf.STRETCH_S
    assert read == list("abcdefgh")
    assert [count for _, count in rests] == [4, 8]
    assert all(seconds >= run_shelf.STRETCH_S for seconds, _ in rests)
