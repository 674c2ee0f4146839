"""The reducer's client: which maps it shows while the worker warms up, crashes, hangs or answers late."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clouds import clusters, neighbours
from sklearn.manifold import trustworthiness

from sslviz.core import pipe
from sslviz.reduction import client, requests
from sslviz.reduction.alignment import procrustes
from sslviz.reduction.client import ReducerClient
from sslviz.reduction.history import Job, MapHistory
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import DEFAULT, MapRequest, Options

FAKE = Path(__file__).with_name("fake_worker.py")


class Shown:
    """Collects the maps of a reducer, and waits for them."""

    def __init__(self):
        self.maps = []
        self._changed = threading.Condition()

    def __call__(self, latent_map):
        assert latent_map.xy.dtype == np.float32
        assert np.isfinite(latent_map.xy).all()
        with self._changed:
            self.maps.append(latent_map)
            self._changed.notify_all()

    def wait(self, step, method="umap", seconds=30):
        with self._changed:
            assert self._changed.wait_for(lambda: (step, method) in self.kinds(), seconds), self.kinds()
        return next(each.xy for each in reversed(self.maps) if (each.step, each.method) == (step, method))

    def kinds(self):
        return [(each.step, each.method) for each in self.maps]

    def preliminary(self):
        return [each.preliminary for each in self.maps]


@pytest.fixture
def shown():
    return Shown()


@pytest.fixture
def reducer(tmp_path):
    """Return a function that starts a reducer with a fake worker; all are closed at the end."""
    made = []

    def make(behaviour="well", timeout_s=10.0):
        command = [sys.executable, str(FAKE), behaviour, str(tmp_path / "starts")]
        made.append(ReducerClient(timeout_s=timeout_s, command=command))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def cloud():
    return clusters(100)[0]


def request(step, h, options=DEFAULT):
    return MapRequest(step, h, *neighbours(h, options.neighbours), options)


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def starts(tmp_path):
    return len((tmp_path / "starts").read_text().splitlines())


def test_maps_by_the_real_worker(shown):
    h, _ = clusters(300)
    with_umap = ReducerClient()
    assert with_umap.status == "warming up"
    with_umap.request(request(1, h), shown)
    standing_in = shown.wait(1, "pca")
    first = shown.wait(1)
    assert with_umap.status == ""
    assert trustworthiness(h, first, n_neighbors=15) > 0.9
    for axis in (0, 1):  # UMAP starts from PCA, so that the map is not turned or flipped
        assert np.corrcoef(standing_in[:, axis], first[:, axis])[0, 1] > 0.3
    with_umap.request(request(2, h), shown)
    second = shown.wait(2)
    assert np.median(np.linalg.norm(second - first, axis=1)) < 0.3
    os.kill(with_umap.pid, signal.SIGTERM)
    with_umap.close()


def test_a_worker_killed_between_maps_is_restarted_and_the_last_map_stays(shown, reducer, cloud, tmp_path, logged):
    one = reducer()
    one.request(request(1, cloud), shown)
    shown.wait(1)
    before = len(shown.maps)
    pid = one.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: one.pid not in (None, pid) and one.status == "restarted after a crash")
    one.request(request(2, cloud), shown)
    shown.wait(2)
    assert [method for _, method in shown.kinds()[before:]] == ["umap"]  # PCA does not stand in meanwhile
    assert one.status == ""
    assert starts(tmp_path) == 2
    assert "restarted" in logged[0]


def test_a_map_is_computed_again_after_the_worker_was_killed(shown, reducer, cloud, tmp_path, logged):
    reducer("dies once").request(request(1, cloud), shown)
    shown.wait(1)
    assert starts(tmp_path) == 2


def test_a_worker_that_hangs_is_replaced(shown, reducer, cloud, tmp_path, logged):
    reducer("hangs once", timeout_s=0.5).request(request(1, cloud), shown)
    shown.wait(1)
    assert starts(tmp_path) == 2


def test_a_worker_that_stops_reading_is_replaced(shown, reducer, tmp_path, logged):
    """The pipe fills up, so that writing to it blocks."""
    h, _ = clusters(400)
    many = Options(neighbours=60)
    one = reducer(timeout_s=0.5)
    one.request(request(1, h, many), shown)
    shown.wait(1)
    os.kill(one.pid, signal.SIGSTOP)
    one.request(request(2, h, many), shown)
    shown.wait(2)
    assert starts(tmp_path) == 2


def test_an_answer_that_is_not_understood_costs_its_map_alone(shown, reducer, cloud, tmp_path, logged):
    one = reducer("talks nonsense")
    until(lambda: one.warm)
    one.request(request(1, cloud), shown)
    shown.wait(1, "pca")
    assert "could not be understood" in one.status
    one.request(request(2, cloud), shown)
    shown.wait(2)
    assert one.status == ""
    assert starts(tmp_path) == 1


def test_a_request_over_the_limit_costs_its_map_alone(shown, reducer, cloud, tmp_path, logged, monkeypatch):
    one = reducer()
    until(lambda: one.warm)
    with monkeypatch.context() as patch:
        patch.setattr("sslviz.core.pipe.MAX_FRAME", 1_000)
        one.request(request(1, cloud), shown)
        shown.wait(1, "pca")
    assert "LayoutRequest of" in one.status
    one.request(request(2, cloud), shown)
    shown.wait(2)
    assert one.status == ""
    assert starts(tmp_path) == 1


def test_a_wide_latent_space_gets_a_layout_and_its_frame_stays_within_the_limit(shown, reducer, monkeypatch):
    """10,000 × 2,048 as float32 would be 82 MB, over the limit of a frame; here with a tenth of points and limits."""
    monkeypatch.setattr(requests, "MAX_H_BYTES", requests.MAX_H_BYTES // 10)
    monkeypatch.setattr(pipe, "MAX_FRAME", pipe.MAX_FRAME // 10)
    h = np.random.default_rng(0).standard_normal((1_000, 2_048), np.float32)
    indices = np.tile(np.arange(100, dtype=np.int32), (1_000, 1))
    one = reducer(timeout_s=120.0)
    until(lambda: one.warm)
    one.request(MapRequest(1, h, indices, indices.astype(np.float32), Options(neighbours=100)), shown)
    shown.wait(1, seconds=120)


def test_after_three_failures_pca_stays(shown, reducer, cloud, tmp_path, logged):
    one = reducer("always dies")
    one.request(request(1, cloud), shown)
    until(lambda: one.status == "showing PCA: the reducer failed three times, see the log")
    one.request(request(2, cloud), shown)
    shown.wait(2, "pca")
    assert shown.preliminary() == [True, False, False]  # no layout of the first one follows after all
    assert one.pid is None
    assert starts(tmp_path) == 3
    assert "umap" not in {method for _, method in shown.kinds()}


def test_a_worker_that_cannot_be_started_leaves_pca(shown, cloud, logged):
    one = ReducerClient(command=["/does/not/exist"])
    one.request(request(1, cloud), shown)
    shown.wait(1, "pca")
    assert "could not be started" in one.status
    one.close()


def test_a_worker_that_never_warms_up_is_replaced(monkeypatch, shown, reducer, cloud, logged):
    monkeypatch.setattr(client, "WARM_UP_S", 0.3)
    one = reducer("never warm")
    one.request(request(1, cloud), shown)
    until(lambda: "three times" in one.status)
    assert shown.kinds() == [(1, "pca")] * len(shown.maps)


def test_until_the_worker_is_warm_each_request_is_shown_once_as_pca(shown, reducer, cloud):
    one = reducer("never warm")
    for step in (1, 2, 3):
        one.request(request(step, cloud), shown)
        shown.wait(step, "pca")
    assert shown.kinds() == [(1, "pca"), (2, "pca"), (3, "pca")]


def test_only_the_newest_waiting_request_is_computed(shown, reducer, cloud):
    one = reducer("slow")
    until(lambda: one.warm)
    one.request(request(1, cloud), shown)
    until(lambda: one.status == "laying out")
    for step in range(2, 50):
        one.request(request(step, cloud), shown)
    shown.wait(49)
    assert shown.kinds() == [(1, "umap"), (49, "umap")]


def test_answers_to_other_requests_are_dropped(shown, reducer, cloud):
    one = reducer("repeats itself")
    until(lambda: one.warm)
    for step in (5, 6):
        one.request(request(step, cloud), shown)
        shown.wait(step)
    assert shown.kinds() == [(5, "umap"), (6, "umap")]


def test_a_request_that_the_worker_refuses_is_shown_as_pca_with_the_reason(shown, reducer, cloud, logged):
    one = reducer("refuses")
    until(lambda: one.warm)
    one.request(request(1, cloud), shown)
    shown.wait(1, "pca")
    assert one.status == "showing PCA: No."
    assert shown.preliminary() == [False]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_fewer_than_five_points_are_shown_as_pca(shown, reducer, n):
    one = reducer()
    h = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
    one.request(MapRequest(1, h, np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32)), shown)
    assert shown.wait(1, "pca").shape == (n, 2)
    assert "5 points" in one.status
    assert shown.preliminary() == [False]


def test_another_number_of_points_starts_a_new_map(shown, reducer, cloud):
    one = reducer()
    one.request(request(1, cloud), shown)
    shown.wait(1)
    one.request(request(2, cloud[:50]), shown)
    assert shown.wait(2).shape == (50, 2)


def test_a_map_that_is_to_come_at_once_is_shown_by_pca_first_and_only_once_in_a_series(shown, reducer, cloud):
    one = reducer()
    until(lambda: one.warm)
    for step in (0, 1):
        one.request(replace(request(step, cloud), at_once=True), shown)
        shown.wait(step)
    assert shown.kinds() == [(0, "pca"), (0, "umap"), (1, "umap")]
    assert shown.preliminary() == [True, False, False]


def test_the_first_map_of_a_series_does_not_wait_for_the_layout_of_another_one(shown, reducer, cloud, tmp_path):
    """The latter is not shown any more, and the former is aligned with the map shown before it."""
    one, other = reducer("waits"), Shown()
    until(lambda: one.warm)
    one.request(request(0, cloud[::-1].copy()), other)
    until(lambda: one.status == "laying out")
    one.request(replace(request(1, cloud), series="network"), shown)
    standing_in = shown.wait(1, "pca", seconds=5)
    (tmp_path / "starts.go").touch()
    np.testing.assert_allclose(shown.wait(1), standing_in, atol=1e-4)
    assert shown.preliminary() == [True, False]
    assert not other.maps


def test_a_new_series_starts_from_its_own_pca_and_is_turned_onto_the_map_before_it(cloud):
    history, fresh = MapHistory(), MapHistory()
    raw = Job(0, request(0, cloud[:, ::-1].copy()), print)
    history.plan(raw)
    before = history.show_layout(raw, clusters(100, seed=1)[0][:, :2], Quality())
    for step in (1, 2):
        job = Job(step, replace(request(step, cloud), series="network"), print)
        assert history.has_layout(job) == (step == 2)
        plan = history.plan(job)
        assert plan == fresh.plan(job)
        xy = plan.initial.numpy() + step
        shown, alone = (each.show_layout(job, xy, Quality()) for each in (history, fresh))
        assert np.isnan(shown.movement) == (step == 1)
        if step == 1:
            np.testing.assert_array_equal(shown.xy, procrustes(xy, before.xy))
            assert not np.allclose(shown.xy, alone.xy)


def test_a_callback_that_raises_does_not_end_the_reducer(reducer, cloud, shown, logged):
    one = reducer()
    one.request(request(1, cloud), lambda _: 1 / 0)
    until(lambda: logged)
    one.request(request(2, cloud), shown)
    shown.wait(2)


@pytest.mark.skipif(not hasattr(os, "nice") or os.nice(0) >= 10, reason="needs to start less nice than that")
def test_low_priority_is_kept_by_a_restarted_worker(shown, reducer, cloud, logged):
    one = reducer()
    one.request(request(1, cloud), shown)
    shown.wait(1)
    assert os.getpriority(os.PRIO_PROCESS, one.pid) < 10
    one.lower_priority()
    assert os.getpriority(os.PRIO_PROCESS, one.pid) >= 10
    pid = one.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: one.pid not in (None, pid) and one.warm)
    until(lambda: os.getpriority(os.PRIO_PROCESS, one.pid) >= 10)


@pytest.mark.parametrize("behaviour", ["well", "never warm", "hangs once"])
def test_close_leaves_nothing_and_does_not_wait(shown, reducer, cloud, behaviour):
    one = reducer(behaviour)
    one.request(request(1, cloud), shown)
    until(lambda: one.pid is not None)
    pid = one.pid
    began = time.monotonic()
    one.close()
    one.close()
    assert time.monotonic() - began < 2
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reducer")]


def test_closed_from_its_own_callback(reducer, cloud):
    closed = threading.Event()

    def close(*_):
        one.close()
        closed.set()

    one = ReducerClient(command=[sys.executable, str(FAKE), "well", os.devnull])
    one.request(request(1, cloud), close)
    assert closed.wait(10)
