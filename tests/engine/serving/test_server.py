"""The engine as a process: the whole protocol over real pipes, and all ways in which it may end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_bench import Bench
from engine_process import EngineProcess

from sslviz.core.exact_map import LayOut, MapProgress
from sslviz.core.messages import (
    PROTOCOL,
    TERMINAL,
    Change,
    Control,
    Hello,
    Mark,
    Notice,
    Prepared,
    Preview,
    Progress,
    Pulse,
    References,
    Scalars,
    Start,
    State,
    Watch,
)
from sslviz.core.panel_data import (
    Clusters,
    FalseNegatives,
    FewLabels,
    Health,
    Invariance,
    LatentMap,
    Losses,
    PinnedViews,
    Probe,
    SelectionFigures,
    Similarity,
    Spectrum,
    Views,
)
from sslviz.core.recording import read_records
from sslviz.core.requests import ChosenSamples, MapRequest, SimilarityRequest
from sslviz.engine.observing.exact_maps import NO_MAP
from sslviz.engine.training.checkpoint import from_bytes

SLOW = {"encoder": "resnet18", "batch_size": 1024, "width": 64, "probe_samples": 20}
"""Settings with which one step takes many seconds, and what is computed before the first does not."""


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    engine = EngineProcess()
    yield engine
    engine.clean()


def readable(folder: Path) -> list[dict[str, Any]]:
    """Return the metrics of a folder, which must be complete except for a torn last line."""
    records, damaged = read_records(folder / "metrics.jsonl")
    assert damaged <= 1
    assert [record["step"] for record in records] == list(range(1, len(records) + 1))
    return records


def test_a_run_from_hello_to_a_closed_pipe(engine: EngineProcess, tmp_path: Path) -> None:
    engine.send(Preview(values={"data": "digits"}, draw=0, generation=7))
    engine.send(Watch(panel_data=("Similarity", "LatentMap", "Health", "Views")))
    engine.wait_for(lambda: engine.all(Views))
    assert isinstance(engine.messages[0], Hello)
    assert engine.messages[0].protocol == PROTOCOL
    assert engine.states() == ["ready"]
    views = engine.all(Views)[0]
    assert (views.generation, views.images.shape) == (7, (3, 8, 16, 16, 3))

    engine.start(tmp_path / "run", probe_samples=100)
    looked_for = (Prepared, References, Probe, Scalars, Similarity, Health, Pulse)
    engine.wait_for(lambda: all(engine.all(kind) for kind in looked_for))
    engine.send(Change(values={"temperature": 0.5}))
    engine.wait_for(lambda: engine.all(Mark))
    engine.wait_for(lambda: [found for found in engine.all(LatentMap) if found.method == "umap"])
    assert engine.all(LatentMap)[0].step == 0
    assert engine.all(LatentMap)[0].xy.shape == (100, 2)
    laid_out = next(found for found in engine.all(LatentMap) if found.method == "umap")
    assert laid_out.neighbours.shape == laid_out.cosines.shape == (100, 14)
    assert not (laid_out.neighbours.numpy() == np.arange(100)[:, None]).any()
    assert laid_out.trustworthiness > 0.5
    engine.wait_for((tmp_path / "run" / "snapshots" / f"map-{laid_out.step:08d}.npz").exists)
    engine.send(Preview(values={"data": "digits"}, draw=0, generation=8))
    engine.wait_for(lambda: engine.all(Views)[-1].generation == 8)

    engine.send(Control(action="stop"))
    engine.wait_for(lambda: engine.states()[-1] == "stopped")
    assert engine.states() == ["ready", "preparing", "training", "stopped"]
    last = engine.all(State)[-1].step
    engine.send(Start(values={"data": "digits"}, folder=str(tmp_path / "second")))
    engine.wait_for(lambda: [notice for notice in engine.all(Notice) if "for a new one" in notice.text])
    engine.send(Preview(values={"data": "digits", "colour": 0.0}, draw=1, generation=9))
    engine.wait_for(lambda: engine.all(Views)[-1].generation == 9)
    assert engine.hang_up() < 2
    assert engine.process.returncode == 0
    assert len(readable(tmp_path / "run")) == last
    assert [step for block in engine.all(Scalars) for step in block.steps.numpy()] == list(range(1, last + 1))
    assert not (tmp_path / "second").exists()


def test_a_closed_pipe_in_mid_run_saves_and_ends(engine: EngineProcess, tmp_path: Path) -> None:
    engine.start(tmp_path / "run")
    engine.wait_for(lambda: len(engine.all(Scalars)) > 3)
    assert engine.hang_up() < 2
    records = readable(tmp_path / "run")
    state = from_bytes((tmp_path / "run" / "checkpoints" / "final.pt").read_bytes())
    assert state["step"] == records[-1]["step"] > 3
    assert read_records(tmp_path / "run" / "events.jsonl")[0][-1]["state"] == "stopped"


@pytest.mark.parametrize("how", ["pipe", "SIGTERM"])
def test_the_engine_ends_without_waiting_for_a_long_step(engine: EngineProcess, tmp_path: Path, how: str) -> None:
    engine.start(tmp_path / "run", **SLOW)
    engine.wait_for(lambda: "training" in engine.states())
    time.sleep(0.7)  # now in the middle of the first step
    if how == "pipe":
        engine.hang_up()
    else:
        engine.process.send_signal(signal.SIGTERM)
        engine.process.wait(20)
    engine.wait_for(lambda: engine.states()[-1] == "stopped")
    assert engine.process.returncode == 0
    assert from_bytes((tmp_path / "run" / "checkpoints" / "final.pt").read_bytes())["step"] == 0
    assert read_records(tmp_path / "run" / "events.jsonl")[0][-1]["state"] == "stopped"


def test_the_engine_takes_umap_learn_with_it(engine: EngineProcess, tmp_path: Path) -> None:
    exact = LayOut(request=MapRequest(method="umap-learn"))
    for command in (LayOut(request=None), exact):
        engine.send(command)
    engine.wait_for(lambda: engine.all(Notice))
    assert engine.all(Notice) == [Notice(level="refused", text=NO_MAP)], "a cancel is no reason to say anything"
    engine.send(Watch(panel_data=("LatentMap",)))
    engine.start(tmp_path / "run", probe_samples=100)
    engine.wait_for(lambda: engine.all(LatentMap))
    assert [each.text for each in engine.all(MapProgress)] == [""]
    engine.send(exact)
    engine.wait_for(lambda: len(engine.all(MapProgress)) > 1)
    maps = len(engine.all(LatentMap))
    engine.wait_for(lambda: len(engine.all(LatentMap)) > maps)  # the live maps go on
    assert engine.hang_up() < 20  # the fixture of all tests finds a process that is left behind


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_first_sigterm_saves_and_ends_second_ends_now(engine: EngineProcess, tmp_path: Path) -> None:
    engine.start(tmp_path / "run")
    engine.wait_for(lambda: len(engine.all(Scalars)) > 3)
    engine.process.send_signal(signal.SIGTERM)
    engine.process.wait(10)
    engine.wait_for(lambda: engine.states()[-1] == "stopped")
    assert (tmp_path / "run" / "checkpoints" / "final.pt").exists()


SLOW_DISK = """
import os, sys, time
from sslviz.core import durable_file
from sslviz.engine.training import run
durable_file.PART_BYTES = 4_096
fsync, synced = os.fsync, {}
def slow_fsync(descriptor):
    file = os.fstat(descriptor)
    time.sleep(max(0, file.st_size - synced.get(file.st_ino, 0)) / RATE)
    synced[file.st_ino] = file.st_size
    fsync(descriptor)
os.fsync = slow_fsync
"""
"""A disk that takes RATE bytes a second."""
DEAD_DISK = """
import os, threading
from sslviz.core import durable_file
from sslviz.engine.training import saving
saving.STALL_S = 1.0
fsync = os.fsync
def hang(descriptor):
    if 'final.pt' in os.readlink(f'/proc/self/fd/{descriptor}'):
        threading.Event().wait()
    fsync(descriptor)
os.fsync = hang
"""
"""A disk that does not answer any more when the checkpoint is written."""


def started(engine: EngineProcess, folder: Path) -> EngineProcess:
    """Start a run, and wait until it has done some steps."""
    engine.start(folder)
    engine.wait_for(lambda: len(engine.all(Scalars)) > 3)
    return engine


def test_a_save_that_takes_its_time_is_not_cut_off(tmp_path: Path, bench: Bench) -> None:
    """Half as long again as the four seconds in which everything had to end before."""
    bench.run(steps=1).execute()  # with the settings of the engine's run below
    size = (bench.folder / "checkpoints" / "final.pt").stat().st_size
    slow = EngineProcess(SLOW_DISK.replace("RATE", str(size / 6)))
    try:
        assert started(slow, tmp_path / "slow").hang_up(60) > 4
        slow.wait_for(lambda: slow.states()[-1] == "stopped")
        assert slow.process.returncode == 0
        saving = [progress.fraction for progress in slow.all(Progress) if progress.text == "Saving the run"]
        assert (saving[0], saving[-1]) == (None, 1.0)
        assert len(saving) > size // 4_096
        assert saving[1:] == sorted(saving[1:])
        state = from_bytes((tmp_path / "slow" / "checkpoints" / "final.pt").read_bytes())
        assert state["step"] == readable(tmp_path / "slow")[-1]["step"]
    finally:
        slow.clean()


FAILS = """
from sslviz.engine.training.trainer import NotFinite, Trainer
step = Trainer.step
def failing(trainer):
    if trainer.step_number == 9:
        raise NotFinite('Loss became NaN at step 10. The weights of step 9 were kept.')
    return step(trainer)
Trainer.step = failing
"""
ASKED = (SelectionFigures, FewLabels, Invariance, PinnedViews, Losses, Similarity, Spectrum, FalseNegatives, Clusters)


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_run_that_has_ended_answers_until_the_pipe_closes(tmp_path: Path, state: str) -> None:
    """Nobody watches during the run, so that everything that comes answers a question after its end."""
    engine = EngineProcess(FAILS if state == "failed" else "pass")
    try:
        engine.start(tmp_path / "run", probe_samples=100)
        if state == "stopped":
            engine.wait_for(lambda: len(engine.all(Scalars)) > 3)
            engine.send(Control(action="stop"))
        engine.wait_for(lambda: engine.states()[-1:] == [state])
        last = engine.all(State)[-1].step
        samples = ChosenSamples(selected=(1, 2, 3, 4, 50, 51), pinned=1)
        names = tuple(each.__name__ for each in ASKED)
        source = SimilarityRequest(source="probe")
        engine.send(Watch(panel_data=names, samples=samples, requests=(source,)))
        engine.wait_for(lambda: all(engine.all(kind) for kind in ASKED))
        assert {message.step for kind in ASKED for message in engine.all(kind)} == {last}
        assert {message.source for message in engine.all(Similarity)} == {"probe"}
        for request in (MapRequest(), MapRequest(method="pca"), MapRequest(neighbours=30)):
            engine.send(Watch(panel_data=("LatentMap",), requests=(request,)))
            engine.wait_for(lambda request=request: _newest_map(engine) == (last, request.method))
        engine.send(Watch(panel_data=names, samples=ChosenSamples(selected=(5, 6), pinned=2), requests=(source,)))
        engine.wait_for(lambda: engine.all(Invariance)[-1].index == 2 and len(engine.all(SelectionFigures)) > 1)
        assert engine.all(State)[-1].state == state
        engine.hang_up()
        assert engine.process.returncode == 0
        with np.load(max((tmp_path / "run" / "snapshots").glob("map-*.npz"))) as snapshot:
            assert int(snapshot["step"]) == last
    finally:
        engine.clean()


def _newest_map(engine: EngineProcess) -> tuple[int, str]:
    maps = [found for found in engine.all(LatentMap) if found.trustworthiness == found.trustworthiness]
    return (maps[-1].step, maps[-1].method) if maps else (-1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_killed_while_it_saves_the_folder_has_no_half_checkpoint(tmp_path: Path) -> None:
    engine = EngineProcess(SLOW_DISK.replace("RATE", "10_000"))
    try:
        started(engine, tmp_path / "run").send(Control(action="stop"))
        engine.wait_for(lambda: [progress for progress in engine.all(Progress) if progress.fraction])
        engine.process.kill()
        engine.process.wait(20)
        assert "stopped" not in engine.states()
        assert readable(tmp_path / "run")
        assert not (tmp_path / "run" / "checkpoints" / "final.pt").exists()
    finally:
        engine.clean()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux which file is synced")
@pytest.mark.parametrize("how", ["stop", "pipe"])
def test_a_dead_disk_is_told_and_given_up(tmp_path: Path, how: str) -> None:
    engine = EngineProcess(DEAD_DISK)
    try:
        started(engine, tmp_path / "run")
        if how == "stop":
            engine.send(Control(action="stop"))
            engine.wait_for(lambda: engine.states()[-1] == "failed")
        engine.hang_up(60)
        engine.wait_for(lambda: engine.states()[-1] == "failed")
        nothing = f"The run could not be saved: nothing could be written to {tmp_path / 'run'} for 1 seconds. "
        assert engine.all(State)[-1].text == nothing + "Check its disk, or choose another folder, and train again."
        assert [state for state in engine.states() if state in TERMINAL] == ["failed"]
        assert readable(tmp_path / "run")
    finally:
        engine.clean()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_killed_at_any_moment_the_folder_stays_readable(engine: EngineProcess, tmp_path: Path) -> None:
    engine.start(tmp_path / "run")
    engine.wait_for(lambda: len(engine.all(Scalars)) > 9)
    seen = int(engine.all(Scalars)[-1].steps.numpy()[-1])
    engine.process.kill()
    engine.process.wait(10)
    assert readable(tmp_path / "run")
    assert len(readable(tmp_path / "run")) > seen - 600  # half a second of small steps


def test_a_command_that_is_not_understood_is_refused_and_the_run_goes_on(engine: EngineProcess, tmp_path: Path) -> None:
    engine.start(tmp_path / "run")
    engine.wait_for(lambda: engine.all(Scalars))
    engine.send_bytes(b"SSLV\x04\x00\x00\x00\xc1\xc1\xc1\xc1")
    engine.wait_for(lambda: engine.all(Notice))
    assert engine.all(Notice)[0].level == "refused"
    assert "could not be understood" in engine.all(Notice)[0].text
    engine.send(Change(values={"temperature": 0.5}))
    engine.wait_for(lambda: engine.all(Mark))
    assert engine.hang_up() < 2


def test_a_broken_stream_of_commands_saves_and_ends_with_a_reason(engine: EngineProcess, tmp_path: Path) -> None:
    engine.start(tmp_path / "run")
    engine.wait_for(lambda: len(engine.all(Scalars)) > 3)
    engine.send_bytes(b"SSLV\xff\xff\xff\xff")
    engine.process.wait(10)
    assert (tmp_path / "run" / "checkpoints" / "final.pt").exists()
    engine.clean()
    assert b"was announced" in engine.errors
    assert b"Traceback" not in engine.errors


def test_small_probe_of_sixteen_samples_fills_every_panel_and_training_goes_on(
    engine: EngineProcess, tmp_path: Path
) -> None:
    """64 fixed samples are asked of the matrix, and 512 are searched for false negatives, where the map has 16."""
    shown = ("Similarity", "FalseNegatives", "LatentMap", "Losses", "Spectrum", "Clusters", "SelectionFigures")
    chosen = ChosenSamples(pinned=3, selected=(0, 5, 15))
    engine.send(
        Watch(
            panel_data=(*shown, "Invariance", "PinnedViews", "Health", "FewLabels"),
            samples=chosen,
            requests=(SimilarityRequest(source="probe"),),
        )
    )
    engine.start(tmp_path / "run", probe_samples=16, batch_size=64)
    kinds = (FalseNegatives, LatentMap, Losses, Spectrum, Clusters, SelectionFigures, Invariance, PinnedViews, Health)
    engine.wait_for(lambda: all(engine.all(kind) for kind in kinds))
    engine.wait_for(lambda: any(each.source == "probe" for each in engine.all(Similarity)))
    engine.wait_for(lambda: any(each.method == "umap" for each in engine.all(LatentMap)))
    assert {each.samples for each in engine.all(Similarity) if each.source == "probe"} == {16}
    assert {each.samples for each in engine.all(FalseNegatives)} == {16}
    steps = engine.all(Scalars)[-1].steps.numpy()[-1]
    engine.wait_for(lambda: engine.all(Scalars)[-1].steps.numpy()[-1] > steps + 5)
    assert engine.all(Notice) == []
    assert engine.hang_up() < 2


def test_refused_settings_and_failed_previews_are_reported(engine: EngineProcess, tmp_path: Path) -> None:
    engine.send(Preview(values={"data": "digits", "colour": 7.0}, draw=0, generation=1))
    engine.wait_for(lambda: engine.all(Notice))
    assert engine.all(Notice)[0].key == "colour"
    engine.start(tmp_path / "run", temperature=99.0)
    engine.wait_for(lambda: TERMINAL & set(engine.states()))
    assert engine.all(State)[-1].state == "failed"
    assert "temperature takes" in engine.all(State)[-1].text
    assert engine.hang_up() < 2
    assert os.listdir(tmp_path) == []
