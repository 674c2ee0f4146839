"""Saving has time as long as it makes progress."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from engine_bench import Bench

from sslviz.core import durable_file, run_folder
from sslviz.core.messages import TERMINAL, Progress
from sslviz.engine.training import saving
from sslviz.engine.training.saving import OnProgress, SaveStalledError, save_while_progressing


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "STALL_S", 0.4)
    monkeypatch.setattr(saving, "WAKE_S", 0.02)


def test_a_slow_save_that_makes_progress_may_take_longer_than_a_stall(tmp_path: Path) -> None:
    def save(on_progress: OnProgress) -> str:
        for _ in range(20):
            threading.Event().wait(0.04)
            on_progress()
        return "saved"

    assert save_while_progressing(save, tmp_path) == "saved"


def test_without_progress_it_is_given_up(tmp_path: Path) -> None:
    released = threading.Event()
    with pytest.raises(SaveStalledError, match=rf"nothing could be written to {tmp_path} for 0\.4 seconds"):
        save_while_progressing(lambda _: released.wait(20), tmp_path)
    released.set()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SystemExit()])
def test_errors_are_those_of_the_save(tmp_path: Path, error: BaseException) -> None:
    def fail(_: OnProgress) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        save_while_progressing(fail, tmp_path)
    assert raised.value is error


def test_a_run_tells_how_far_it_is_saved(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "STALL_S", 60)
    monkeypatch.setattr(durable_file, "PART_BYTES", 4096)
    bench.run(steps=2).execute()
    size = (bench.folder / "checkpoints" / "final.pt").stat().st_size
    fractions = [each.fraction for each in bench.heard.all(Progress) if each.text == "Saving the run"]
    assert fractions == [None, *(min(done, size) / size for done in range(4096, size + 4096, 4096))]
    assert bench.heard.states()[-1] == "finished"


def test_a_run_whose_disk_is_dead_fails_once_and_leaves_the_disk_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, write = threading.Event(), run_folder.write_durably

    def hang(path: Path, *rest: object) -> None:
        if path.name == "final.pt":
            released.wait(20)
        write(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run_folder, "write_durably", hang)
    run = bench.run(steps=2)
    ended = run.execute()
    assert ended.state == "failed"
    assert "nothing could be written to" in ended.text
    assert run.abandon() is ended
    assert [state for state in bench.heard.states() if state in TERMINAL] == ["failed"]
    released.set()
    for thread in threading.enumerate():
        if thread.name == "saving":
            thread.join(20)
    run._run_log.close()  # which the run itself must not touch any more
