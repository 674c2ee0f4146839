"""Epochs that take more pictures from fixed steps on: the same run with an empty and a full cache, slow and quick."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_bench import SMALL, Bench
from PIL import Image

from sslviz.core import picture_cache
from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Message, Notice, Progress
from sslviz.core.recording import read_records
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training.batches import BatchOrder
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place, resident
from sslviz.engine.training.setup import beginning
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.io import picture_reading, picture_stages

NUMBER, BROKEN = 160, 7
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def stages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(picture_stages, "STAGES", ((1, 50), (4, 90), (7, None)))
    monkeypatch.setattr(picture_cache, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for index in range(NUMBER):
        path = tmp_path / "pictures" / f"class{index % 2}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8)).save(path)
        if index < BROKEN:
            path.write_bytes(b"")
    return tmp_path / "pictures"


def chosen(folder: Path) -> dict[str, Any]:
    return {**SMALL, "data": "image_folder", "path": str(folder), "side": 8, "batch_size": 16}


def fresh(bench: Bench, folder: Path) -> Bench:
    return Bench(bench.catalogue, DataCache(), folder)


def counted(folder: Path) -> list[dict[str, Any]]:
    records = read_records(folder / "metrics.jsonl")[0]
    return [{key: value for key, value in record.items() if key != "wall_time_s"} for record in records]


def events(folder: Path) -> list[dict[str, Any]]:
    return [record for record in read_records(folder / "events.jsonl")[0] if record["event"] == "samples"]


def test_a_run_is_the_same_with_an_empty_and_a_full_cache_and_where_decoding_is_slow(
    bench: Bench, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, runs, waiting = picture_reading._Pictures._append, [], threading.Event()

    def slow(pictures: picture_reading._Pictures, chunk: slice, answer: object) -> None:
        if chunk.start > 60:
            waiting.wait(20)
        append(pictures, chunk, answer)  # type: ignore[arg-type]

    said: list[str] = []

    def hear(message: Message) -> None:
        if isinstance(message, Notice) and f"{BROKEN} of" in message.text:
            said.append(message.text.partition(":")[0])
        if isinstance(message, Progress) and message.text.startswith("Waiting"):
            waiting.set()

    for name in ("empty", "full", "slow"):
        if name == "slow":
            picture_cache.clear()
            picture_reading._readings.clear()
            monkeypatch.setattr(picture_reading._Pictures, "_append", slow)
        other = fresh(bench, tmp_path / name)
        monkeypatch.setattr(other.heard, "send", hear)
        run = other.run(steps=12, **chosen(folder))
        assert run.execute().state == "finished"
        runs.append(counted(tmp_path / name))
        assert run.setup is not None
        assert run.setup.message().samples_text == "42 of 137 samples at first"
        samples = [event["samples"] for event in events(tmp_path / name)]
        assert [event["step"] for event in events(tmp_path / name)] == [4, 7]
        assert samples[-1] == len(run.setup.trainer.split.train) > samples[0] > len(run.setup.split.train)
        assert events(tmp_path / name)[-1]["unreadable"] == BROKEN
        assert run.pulse(0).samples == samples[-1]  # type: ignore[union-attr]
    assert waiting.is_set()
    assert said == 3 * [f"{BROKEN} of {NUMBER} files could not be read"]
    assert runs[0] == runs[1] == runs[2]


def test_final_scores_are_of_all_samples_and_the_map_of_the_first(bench: Bench, folder: Path) -> None:
    other, made = fresh(bench, bench.folder), list[Observation]()
    run = other.run(steps=8, **chosen(folder))
    observe = run._observe
    run._observe = lambda *args: made.append(observe(*args)) or made[0]  # type: ignore[func-returns-value, return-value, assignment]
    run.execute()
    assert run.setup is not None
    other.inbox.connected = True  # otherwise the observation ends
    scores = made[0].final_scores(None)
    assert scores is not None
    assert scores.knn.keys() == {"class"}
    assert len(made[0].evaluation.samples.train) == len(run.setup.split.train) < len(run.setup.trainer.split.train)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Only 60 pictures are ever decoded; the event is set when the next ones are waited for."""
    append, event = picture_reading._Pictures._append, threading.Event()
    monkeypatch.setattr(picture_reading, "CHUNK", 10)

    def never(pictures: picture_reading._Pictures, chunk: slice, answer: object) -> None:
        if chunk.stop <= 60:
            append(pictures, chunk, answer)  # type: ignore[arg-type]
            return
        event.set()
        with pictures.changed:
            pictures.changed.wait_for(lambda: pictures.closed)

    monkeypatch.setattr(picture_reading._Pictures, "_append", never)
    return event


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize("ended_by", ["other data", "the end of the engine"])
def test_pictures_are_not_decoded_any_longer(catalogue: Catalogue, folder: Path, ended_by: str) -> None:
    cache = DataCache()
    cache.load(resolve_values(catalogue, chosen(folder)), lambda *_: None)
    assert len(list(picture_cache.pictures_folder().iterdir())) == 1
    if ended_by == "other data":
        cache.load(resolve_values(catalogue, SMALL), lambda *_: None)
    else:
        cache.close()
    assert not list(picture_cache.pictures_folder().iterdir())


def test_a_run_that_waits_for_pictures_stops_at_once(bench: Bench, folder: Path, stuck: threading.Event) -> None:
    other = fresh(bench, bench.folder)
    try:
        run = other.begin(**chosen(folder))
        other.heard.wait_for(lambda: any(each.text.startswith("Waiting") for each in other.heard.all(Progress)))
        assert stuck.is_set()
        seconds = run.seconds
        other.control("stop")
        other.heard.wait_for(lambda: "stopped" in other.heard.states())
        assert run.step == 3
        assert run.seconds == pytest.approx(seconds, abs=0.05)
        assert not list(picture_cache.pictures_folder().iterdir())
    finally:
        other.end()


def test_a_checkpoint_goes_on_with_the_samples_of_its_step(catalogue: Catalogue, folder: Path) -> None:
    values = resolve_values(catalogue, chosen(folder))
    quiet = lambda text, fraction: None  # noqa: E731
    split = beginning(DataCache().load(values, quiet), 16, quiet)
    objective, placement = objective_class(catalogue, values), place("cpu")
    trainer, saved, records = Trainer(values, split, objective, placement), {}, {}
    for step in range(1, 11):
        saved[step - 1] = trainer.checkpoint()[1]
        while (wider := trainer.split.wider) is not None and wider.from_step <= step:
            trainer.widen(wider.load(quiet), step)
        records[step] = trainer.step()
    for step in (2, 4, 5, 7, 10):
        again = Trainer.from_checkpoint(saved[step - 1], split, objective, placement)
        assert again.step() == records[step]


def test_stages_too_small_for_a_batch_are_skipped(catalogue: Catalogue, folder: Path) -> None:
    values = resolve_values(catalogue, chosen(folder))
    split = DataCache().load(values, lambda *_: None)
    assert len(beginning(split, len(split.train), lambda *_: None).train) == len(split.train)
    assert len(split.train) < 60 < len(beginning(split, 60, lambda *_: None).train) < NUMBER - BROKEN
    assert beginning(split, 120, lambda *_: None).wider is None


def test_a_run_sees_a_picture_that_came_after_the_preview(bench: Bench, folder: Path) -> None:
    other = fresh(bench, bench.folder)
    values = resolve_values(bench.catalogue, chosen(folder))
    before = other.data_cache.load(values, lambda *_: None)
    assert other.data_cache.load(values, lambda *_: None) is before
    Image.new("RGB", (8, 8), (1, 2, 3)).save(folder / "class0" / "late.png")
    run = other.run(steps=1, **chosen(folder))
    run.execute()
    assert run.setup is not None
    assert run.setup.split.found is not None
    assert before.found is not None
    assert run.setup.split.found.number == before.found.number + 1
    assert any("could not be read" in notice.text for notice in other.heard.all(Notice))


def test_batches_after_a_widening_depend_on_seed_step_and_sizes_alone() -> None:
    before = BatchOrder(40, 10, seed=3, device=CPU)
    order = BatchOrder(90, 10, 3, CPU, first_step=7, epochs=before.epochs(6))
    assert order.epochs(6) == before.epochs(6) == 1.5
    assert order.epochs(15) == 2.5
    epochs = [torch.cat([order.indices(step) for step in range(first, first + 9)]) for first in (7, 16)]
    assert all(len(epoch.unique()) == 90 for epoch in epochs)
    assert not torch.equal(*epochs)


def test_samples_stay_in_memory_if_the_device_has_too_little(
    catalogue: Catalogue, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = DataCache().load(resolve_values(catalogue, chosen(folder)), lambda *_: None)
    meta, size = torch.device("meta"), split.train.data.nbytes
    for free, on_device in ((4 * size, True), (4 * size - 4, False)):
        monkeypatch.setattr("sslviz.engine.training.device._free_bytes", lambda device, free=free: free)
        assert (resident(split.train, meta).data.device == meta) is on_device
