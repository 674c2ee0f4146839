"""A loss that runs off is told once, and no other is."""

from __future__ import annotations

import pytest

from sslviz.core.messages import Notice
from sslviz.core.recording import read_records
from sslviz.engine.training import divergence
from sslviz.engine.training.divergence import BEGINNING, FACTOR, IN_A_ROW, Divergence


def told(losses):
    watched = Divergence()
    return [text for step, loss in enumerate(losses, start=1) if (text := watched.judge(step, loss))]


def test_it_is_told_once_with_where_it_began():
    assert len(told([4.0] + [8e10] * 30)) == 1
    (text,) = told([4.0] * BEGINNING + [8e10] * 30)
    assert "8e+10 at step 15, where it began with 4." in text


@pytest.mark.parametrize(
    "losses",
    [
        [6.2 - 0.01 * step for step in range(300)],
        [4.0] * BEGINNING + [9.9 * 4.0] * 50,
        [4.0] * BEGINNING + ([1e9] * (IN_A_ROW - 1) + [4.0]) * 20,
        [1e9] * 40,
        [4.0, *[1e9] * (BEGINNING + IN_A_ROW - 2)],
        [0.0] * 40,
        [0.001] * BEGINNING + [1.9] * 40,
    ],
)
def test_of_others_nothing_is_said(losses):
    assert told(losses) == []


def test_after_a_change_it_is_another_beginning():
    watched = Divergence()
    for step in range(BEGINNING):
        watched.judge(step, 1.0)
    watched.begin_anew()
    assert not any(watched.judge(step, 2 * FACTOR) for step in range(50))


def test_a_person_hears_of_it_and_the_run_folder_keeps_it(bench, monkeypatch):
    monkeypatch.setattr(divergence, "FACTOR", 0.01)  # as if every loss had
    bench.run(steps=20).execute()
    (text,) = [notice.text for notice in bench.heard.all(Notice) if "run off" in notice.text]
    events, _ = read_records(bench.folder / "events.jsonl")
    assert [(event["step"], event["text"]) for event in events if event["event"] == "warning"] == [(15, text)]
