"""Maps in the run folder: what is written, how often, and what happens if it cannot be written."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sslviz.core import rate_limit
from sslviz.core.entries import LabelEntry
from sslviz.core.messages import Notice
from sslviz.core.panel_data import LatentMap, Probe
from sslviz.core.run_folder import RunFolder
from sslviz.core.wire import Array
from sslviz.engine.observing.map_record import DOUBLE_INTERVAL_AFTER, RECORD_S, MapRecord
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training.run import Run
from sslviz.reduction.lazy import LazyReducer
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import DEFAULT, AlignedMap, MapRequest

COUNT = 6


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", {}, {}) as folder:
        yield folder


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def probe(*labels):
    values = {entry.name: Array.of(np.arange(COUNT, dtype=np.int32 if entry.names else np.float32)) for entry in labels}
    return Probe(
        images=Array.of(np.zeros((COUNT, 0, 2, 2, 3), np.uint8)),
        texts=("a segment",) * COUNT,
        labels=values,
        label_entries=labels,
        ids=Array.of(np.arange(COUNT, dtype=np.int64) + 100),
        split_size=1000,
    )


def request(step):
    return MapRequest(step, H, NEAR, NEAR.astype(np.float32))


def latent_map(step, method="umap", movement=0.02):
    xy = np.random.default_rng(step).normal(size=(COUNT, 2)).astype(np.float32)
    return AlignedMap(request(step), xy, method, Quality(0.9, 0.5), movement)


H = np.random.default_rng(0).normal(size=(COUNT, 3)).astype(np.float32)
NEAR = np.zeros((COUNT, 2), np.int32)
DIGIT = LabelEntry(name="digit", names=tuple("abcdef"))
SPEED = LabelEntry(name="speed", names=())


def test_a_map_is_written_with_embeddings_labels_and_quality(folder):
    record = MapRecord(folder, probe(DIGIT, SPEED))
    record.take(latent_map(12))
    with np.load(folder.path / "snapshots" / "map-00000012.npz", allow_pickle=False) as kept:
        assert set(kept) == {
            *("step", "ids", "labels", "h", "xy", "method"),
            *("trustworthiness", "agreement", "movement"),
        }
        assert (kept["step"], kept["method"]) == (12, "umap")
        assert (kept["trustworthiness"], kept["agreement"], kept["movement"]) == (0.9, 0.5, 0.02)
        np.testing.assert_array_equal(kept["ids"], np.arange(COUNT) + 100)
        np.testing.assert_array_equal(kept["labels"], np.arange(COUNT))
        np.testing.assert_array_equal(kept["h"], H)
        np.testing.assert_array_equal(kept["xy"], latent_map(12).xy)


def test_a_map_on_request_is_written_at_once_and_replaces_one_of_its_step(folder):
    record = MapRecord(folder, probe(DIGIT))
    record.take(latent_map(12))
    for step in (12, 14):
        record.take(latent_map(step, method="umap-learn", movement=math.nan))
    for step in (12, 14):
        with np.load(folder.path / "snapshots" / f"map-{step:08}.npz", allow_pickle=False) as kept:
            assert kept["method"] == "umap-learn"


@pytest.mark.parametrize("labels", [(), (SPEED,)])
def test_without_class_names_all_labels_are_minus_one(folder, labels):
    MapRecord(folder, probe(*labels)).take(latent_map(1))
    with np.load(folder.path / "snapshots" / "map-00000001.npz") as kept:
        assert (kept["labels"] == -1).all()


def test_every_ten_seconds_at_first_and_a_bounded_number_in_a_day(folder, monkeypatch):
    clock, steps = Clock(), []
    record = MapRecord(folder, probe(), clock)
    monkeypatch.setattr(folder, "save_snapshot", lambda kind, step, arrays: steps.append(step))
    for second in range(24 * 3600):
        clock.now = float(second)
        record.take(latent_map(second, movement=math.nan))
    assert steps[:3] == [0, RECORD_S, 2 * RECORD_S]
    assert steps[DOUBLE_INTERVAL_AFTER + 1] - steps[DOUBLE_INTERVAL_AFTER] == 2 * RECORD_S
    assert 500 < len(steps) < 1000


@pytest.mark.parametrize("method", ["umap", "pca"])
def test_a_preliminary_map_is_not_kept(folder, method):
    record, unknown = MapRecord(folder, probe()), latent_map(1, method="pca")._replace(quality=Quality())
    record.take(unknown._replace(preliminary=True))
    assert not (folder.path / "snapshots").exists()
    record.take(latent_map(1, method=method))
    assert (folder.path / "snapshots" / "map-00000001.npz").exists()


def test_a_pca_map_that_stays_is_kept(folder):
    MapRecord(folder, probe()).take(latent_map(1, method="pca")._replace(quality=Quality()))
    with np.load(folder.path / "snapshots" / "map-00000001.npz", allow_pickle=False) as kept:
        assert kept["method"] == "pca"
        assert np.isnan(kept["trustworthiness"])


class Heard(list):
    def send(self, message):
        self.append(message)


class FullDisk:
    def take(self, *_):
        raise OSError(28, "No space left on device")


class Immediate:
    """A reducer that answers every request at once."""

    status = ""

    def request(self, request, on_map):
        on_map(latent_map(request.step))

    def lower_priority(self):
        pass


class Encoder:
    """A source of embeddings at a given step."""

    def __init__(self, step):
        self.step = step

    def probe_h(self):
        return torch.from_numpy(H)


@pytest.mark.parametrize("laid_out", ["before the end", "after the end"])
def test_the_map_of_the_last_step_is_written_though_none_is_due(folder, laid_out):
    maps = MapService(Immediate(), Heard())
    maps.record = MapRecord(folder, probe())
    for step in (1, 2):
        maps.request_map(Encoder(step))
    if laid_out == "before the end":
        maps.request_map(Encoder(3))
    maps.keep_last(3)
    maps.request_map(Encoder(3))
    names = [path.name for path in sorted((folder.path / "snapshots").iterdir())]
    assert names == ["map-00000001.npz", "map-00000003.npz"]


@pytest.mark.parametrize("steps", [(1, 3), (1, 2)])
def test_at_the_end_no_map_is_written_again(folder, monkeypatch, steps):
    written = []
    monkeypatch.setattr(folder, "save_snapshot", lambda kind, step, arrays: written.append(step))
    clock, maps = Clock(), MapService(Immediate(), Heard())
    maps.record = MapRecord(folder, probe(), clock)
    for step in steps:
        clock.now += RECORD_S
        maps.request_map(Encoder(step))
    clock.now += RECORD_S
    maps.keep_last(3)
    assert written == list(steps)


def test_at_the_end_no_left_out_map_of_an_earlier_step_is_written(folder, monkeypatch):
    written = []
    monkeypatch.setattr(folder, "save_snapshot", lambda kind, step, arrays: written.append(step))
    clock, maps = Clock(), MapService(Immediate(), Heard())
    maps.record = MapRecord(folder, probe(), clock)
    for step in (1, 2):
        maps.request_map(Encoder(step))
    clock.now += RECORD_S
    maps.keep_last(3)
    assert written == [1]
    maps.request_map(Encoder(3))
    assert written == [1, 3]


def test_a_full_disk_is_reported_once_and_maps_go_on():
    heard = Heard()
    maps = MapService(Immediate(), heard)
    maps.record = FullDisk()
    for step in (1, 2):
        maps.request_map(Encoder(step))
    assert [type(message) for message in heard] == [LatentMap, Notice, LatentMap]
    assert "No space left on device" in heard[1].text
    assert heard[0].trustworthiness == 0.9


class Worker:
    """A reducer that only records what is called."""

    status = "at work"

    def __init__(self):
        self.calls = []

    def request(self, request, on_map):
        self.calls.append(("request", request.step))

    def lower_priority(self):
        self.calls.append("lower priority")

    def close(self):
        self.calls.append("close")


def test_a_lazy_reducer_starts_with_its_first_request():
    started = []

    def start():
        started.append(Worker())
        return started[-1]

    lazy = LazyReducer(start)
    lazy.lower_priority()
    lazy.close()
    assert (started, lazy.status) == ([], "")
    for step in (1, 2):
        lazy.request(request(step), print)
    assert lazy.status == "at work"
    lazy.close()
    assert [worker.calls for worker in started] == [["lower priority", ("request", 1), ("request", 2), "close"]]


def test_a_headless_run_requests_maps_for_its_folder(bench, monkeypatch):
    asked = []

    class Asked(MapService):
        def request_map(self, embeddings, options=DEFAULT):
            asked.append(embeddings.step)
            self.requested_step = embeddings.step

    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    maps = Asked(LazyReducer(), bench.heard)

    def observe(setup, run_log):
        return Observation(setup, run_log, bench.inbox, bench.heard, maps, watched=False)

    run = Run(bench.run(steps=3).plan, bench.catalogue, bench.data_cache, bench.inbox, bench.heard, observe)
    run.execute()
    assert asked == [1, 2, 3]  # and so of the network that is saved
    assert maps.record is not None
    assert not bench.heard.all(Probe)


def test_the_first_map_of_a_headless_run_is_delayed():
    now = [100.0]
    later = rate_limit.RateLimit(10.0, 1.0, lambda: now[0], later=True)
    assert not later.due
    now[0] = 110.0
    assert later.due
