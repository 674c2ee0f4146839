"""Saving has time as long as it makes progress; a save that was given up replaces nothing any more."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable

import pytest
from engine_bench import Bench

from sslviz.core import durable_file
from sslviz.core.messages import TERMINAL, Progress, State
from sslviz.core.recording import read_records
from sslviz.engine.training import saving
from sslviz.engine.training.saving import SaveProgress, SaveStalledError, save_while_progressing
from sslviz.engine.training.trainer import Trainer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "STALL_S", 0.4)
    monkeypatch.setattr(saving, "WAKE_S", 0.02)


def test_a_slow_save_that_makes_progress_may_take_longer_than_a_stall() -> None:
    def save(progress: SaveProgress) -> str:
        for _ in range(20):
            threading.Event().wait(0.04)
            progress.note_part()
        return "saved"

    assert save_while_progressing(save, "It hangs.") == "saved"


@pytest.mark.parametrize("phase", ["first", "second"])
def test_without_progress_it_is_given_up_and_ends_at_its_next_part(phase: str) -> None:
    released, ended, more = threading.Event(), threading.Event(), []

    def save(progress: SaveProgress) -> None:
        if phase == "second":
            progress.begin("The second hangs.")
        released.wait(20)
        try:
            progress.note_part()
            more.append("saved after all")
        finally:
            ended.set()

    with pytest.raises(SaveStalledError, match=rf"^The {phase} hangs\.$"):
        save_while_progressing(save, "The first hangs.")
    released.set()
    assert ended.wait(20)
    assert more == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SystemExit()])
def test_errors_are_those_of_the_save(error: BaseException) -> None:
    def fail(_: SaveProgress) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        save_while_progressing(fail, "It hangs.")
    assert raised.value is error


def test_a_run_tells_how_far_it_is_saved(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "STALL_S", 60)
    monkeypatch.setattr(durable_file, "PART_BYTES", 4096)
    bench.run(steps=2).execute()
    size = (bench.folder / "checkpoints" / "final.pt").stat().st_size
    fractions = [each.fraction for each in bench.heard.all(Progress) if each.text == "Saving the run"]
    assert fractions == [None, *(min(done, size) / size for done in range(4096, size + 4096, 4096))]
    assert bench.heard.states()[-1] == "finished"


@pytest.mark.parametrize("file", ["final.pt", "final.json"])
def test_a_run_whose_disk_is_dead_fails_once_and_leaves_the_disk_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    released, sync = threading.Event(), durable_file.sync

    def hang(descriptor: int) -> None:
        if file in os.readlink(f"/proc/self/fd/{descriptor}"):
            released.wait(20)
        sync(descriptor)

    monkeypatch.setattr(durable_file, "sync", hang)
    ended = executed_and_abandoned(bench, released)
    folder = bench.folder
    assert ended.text == (
        f"The run could not be saved: nothing could be written to {folder} for 0.4 seconds. "
        "Check its disk, or choose another folder, and train again."
    )
    names = {path.name for path in (folder / "checkpoints").iterdir()}
    assert names == ({"final.pt"} if file == "final.json" else set()), "the disk answers again, but too late"
    assert "finished" not in [event.get("state") for event in read_records(folder / "events.jsonl")[0]]


def test_a_device_that_hangs_is_told_from_a_dead_disk_and_nothing_is_written_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, checkpoint = threading.Event(), Trainer.checkpoint

    def hang(trainer: Trainer, on_progress: Callable[[], None]) -> tuple[int, bytes]:
        released.wait(20)
        return checkpoint(trainer, on_progress)

    monkeypatch.setattr(Trainer, "checkpoint", hang)
    ended = executed_and_abandoned(bench, released)
    assert re.fullmatch(
        r"The run could not be saved: CPU, \d+ threads? gave no weights for 0\.4 seconds, so it probably hangs\. "
        r"Restart the computer, or choose another device, and train again\.",
        ended.text,
    )
    assert not list((bench.folder / "checkpoints").iterdir())


def executed_and_abandoned(bench: Bench, released: threading.Event) -> State:
    """Execute a run whose save hangs; return its final state when the save has ended too, which is then released."""
    run = bench.run(steps=2)
    ended = run.execute()
    assert ended.state == "failed"
    assert ended.saved is False
    assert run.abandon() is ended
    assert [state for state in bench.heard.states() if state in TERMINAL] == ["failed"]
    released.set()
    for thread in threading.enumerate():
        if thread.name == "saving":
            thread.join(20)
    run._run_log.close()  # which the run itself must not touch any more
    return ended
