"""A loss that diverges is reported once, and no other is."""

from __future__ import annotations

import pytest

from sslviz.core.messages import Notice
from sslviz.core.recording import read_records
from sslviz.engine.training import divergence
from sslviz.engine.training.divergence import FACTOR, FIRST_LOSSES, LAST_LOSSES, Divergence


def reports(losses):
    watched = Divergence()
    return [text for step, loss in enumerate(losses, start=1) if (text := watched.check(step, loss))]


def test_a_divergence_is_reported_once_with_the_loss_at_first():
    assert len(reports([4.0] + [8e10] * 30)) == 1
    (text,) = reports([4.0] * FIRST_LOSSES + [8e10] * 30)
    assert "8e+10 at step 15, where it began with 4." in text


def test_a_negative_loss_is_reported_with_its_sign():
    (text,) = reports([-0.5] * FIRST_LOSSES + [8e10] * 30)
    assert "where it began with -0.5." in text


@pytest.mark.parametrize(
    "losses",
    [
        [6.2 - 0.01 * step for step in range(300)],
        [4.0] * FIRST_LOSSES + [9.9 * 4.0] * 50,
        [4.0] * FIRST_LOSSES + ([1e9] * (LAST_LOSSES - 1) + [4.0]) * 20,
        [1e9] * 40,
        [4.0, *[1e9] * (FIRST_LOSSES + LAST_LOSSES - 2)],
        [0.0] * 40,
        [0.001] * FIRST_LOSSES + [1.9] * 40,
    ],
)
def test_other_losses_are_not_reported(losses):
    assert reports(losses) == []


def test_losses_before_a_change_of_settings_do_not_count():
    watched = Divergence()
    for step in range(FIRST_LOSSES):
        watched.check(step, 1.0)
    watched.reset()
    assert not any(watched.check(step, 2 * FACTOR) for step in range(50))


def test_a_divergence_is_sent_and_kept_in_the_run_folder(bench, monkeypatch):
    monkeypatch.setattr(divergence, "FACTOR", 0.01)  # as if every loss had diverged
    bench.run(steps=20).execute()
    (text,) = [notice.text for notice in bench.heard.all(Notice) if "run off" in notice.text]
    events, _ = read_records(bench.folder / "events.jsonl")
    assert [(event["step"], event["text"]) for event in events if event["event"] == "warning"] == [(15, text)]
