"""Snapshots are written beside the script, no more often than they may, and as small as they can be."""

import threading
import time

import numpy as np
import pytest

from sslviz.core.recording import Recording
from sslviz.core.run_folder import RunFolder, step_of
from sslviz.core.run_writer import snapshots
from sslviz.core.run_writer.snapshots import SHARE, SnapshotWriter, smaller


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reported():
    return []


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", {}, {}) as made:
        yield made


@pytest.fixture
def writer(folder, clock, reported):
    made = SnapshotWriter(folder, 1.0, 1e9, reported.append, clock)
    yield made
    made.join()


def write(writer, clock, step=0, cost=0.0, rows=10):
    with writer.preparing():
        clock.now += cost
    writer.write(None, step, {"h": np.ones((rows, 4), np.float32)})


def steps(folder):
    return [step_of(path) for path in Recording(folder.path).snapshot_paths()]


def test_the_script_does_not_wait_for_the_disk(writer, clock, folder, monkeypatch):
    begun, may_end = threading.Event(), threading.Event()
    save = RunFolder.save_snapshot

    def slow(*arguments):
        begun.set()
        assert may_end.wait(20)
        return save(*arguments)

    monkeypatch.setattr(RunFolder, "save_snapshot", slow)
    write(writer, clock)
    assert begun.wait(20)
    clock.now += 1000
    assert writer.busy
    assert not writer.due
    may_end.set()
    writer.join()
    assert writer.due
    assert steps(folder) == [0]


def test_a_snapshot_is_due_when_its_interval_has_passed(writer, clock):
    assert writer.due
    write(writer, clock)
    writer.join()
    clock.now += 0.99
    assert not writer.due
    clock.now += 0.02
    assert writer.due


@pytest.mark.parametrize("where", ["script", "thread"])
def test_what_snapshots_cost_makes_them_rarer(writer, clock, reported, monkeypatch, where):
    """Copies in the script's thread, and the processor time of the other thread, which may share its core."""
    cost = 0.3
    times = iter(np.arange(100) * (cost if where == "thread" else 0.0))
    monkeypatch.setattr(time, "thread_time", lambda: next(times))
    for step in range(3):
        began = clock.now
        write(writer, clock, step, cost=cost if where == "script" else 0.0)
        writer.join()
        clock.now += 100
    clock.now = began + cost / SHARE - 0.1
    assert not writer.due
    clock.now += 0.2
    assert writer.due
    assert reported == [
        "Snapshots come no more often than every 24.0 s, so that recording takes at most 2% of the time"
    ] * len(reported)
    assert reported


def test_snapshots_become_rarer_in_a_long_run(writer, clock, monkeypatch):
    monkeypatch.setattr(snapshots, "DOUBLE_INTERVAL_AFTER", 3)
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    written = []
    for second in range(20):
        if writer.due:
            written.append(second)
            write(writer, clock, second)
            writer.join()
        clock.now += 1.0
    assert written == [0, 1, 2, 4, 6, 8, 12, 16]


def test_without_an_interval_everything_is_written_at_once(folder, clock, reported):
    writer = SnapshotWriter(folder, 0.0, 1e9, reported.append, clock)
    for step in range(5):
        assert writer.due
        write(writer, clock, step, cost=100.0)
        assert steps(folder)[-1] == step
    assert not reported


def test_samples_are_written_alone_or_before_a_snapshot(writer, folder):
    found = []
    writer.write(lambda: found.append(steps(folder)))
    writer.write(lambda: found.append(steps(folder)), 3, {"h": np.ones((10, 4), np.float32)})
    writer.join()
    assert found == [[], []]
    assert steps(folder) == [3]


def test_what_cannot_be_written_is_reported_and_the_next_is_tried(writer, clock, folder, reported, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save_snapshot", full)
        write(writer, clock, 1)
        writer.join()
    write(writer, clock, 2)
    writer.join()
    assert reported == ["The snapshot of step 1 is not recorded: No space left on device"]
    assert steps(folder) == [2]


def test_samples_that_cannot_be_written_cost_no_snapshot(writer, folder, reported):
    def full():
        raise OSError(28, "No space left on device")

    writer.write(full, 3, {"h": np.ones((10, 4), np.float32)})
    writer.join()
    assert steps(folder) == [3]
    assert reported == ["Images, labels and texts are not recorded yet: No space left on device"]


def test_where_no_thread_can_be_started_the_caller_writes(writer, clock, folder, monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    write(writer, clock, 4)
    assert steps(folder) == [4]


def test_the_limit_in_bytes_is_kept_and_said(folder, clock, reported):
    writer = SnapshotWriter(folder, 0.0, 50_000, reported.append, clock)
    for step in range(9):
        write(writer, clock, step, rows=1000)
    assert steps(folder)[0] == 0
    assert steps(folder)[-1] == 8
    assert sum(path.stat().st_size for path in (folder.path / "snapshots").iterdir()) <= 50_000
    assert set(reported) == {"Earlier snapshots are thinned out: all together take 50 kB at most"}


def test_large_arrays_take_half_the_space(folder, clock):
    h = np.random.default_rng(0).normal(size=(5000, 512)).astype(np.float32)
    writer = SnapshotWriter(folder, 0.0, 1e9, pytest.fail, clock)
    writer.write(None, 1, {"h": h.copy()})
    (path,) = Recording(folder.path).snapshot_paths()
    assert path.stat().st_size < 0.51 * h.nbytes
    read = Recording(folder.path).snapshot(path).h
    assert read.dtype == np.float32
    assert np.abs(read - h).max() < 2e-3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rows", [10, 5000])
def test_what_is_not_finite_is_said_and_does_not_spoil_the_rest(folder, clock, reported, value, rows):
    h = np.ones((rows, 512), np.float32)
    h[3, 3] = value
    SnapshotWriter(folder, 0.0, 1e9, reported.append, clock).write(None, 1, {"h": h})
    assert reported == ["Step 1: some embeddings are not finite, and count as zero"]
    (path,) = Recording(folder.path).snapshot_paths()
    assert Recording(folder.path).snapshot(path).h.sum() == h.size - 1


@pytest.mark.parametrize(
    ("scale", "kind"), [(1.0, np.float16), (1e4, np.float16), (1e5, np.float32), (1e-6, np.float32), (0, np.float32)]
)
def test_numbers_that_float16_cannot_hold_stay_as_they_are(scale, kind):
    large = np.full((2000, 1000), scale, np.float32)
    assert smaller(large, scale).dtype == kind
    assert smaller(large[:100], scale).dtype == np.float32
