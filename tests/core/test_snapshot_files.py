"""Snapshots are thinned out evenly, and those of steps that are done again move aside."""

import numpy as np
import pytest

from sslviz.core.recording import Recording
from sslviz.core.run_folder import SNAPSHOT, RunFolder, step_of
from sslviz.core.snapshot_files import SnapshotFiles


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", {}, {}) as made:
        yield made


def save(folder, step, rows=100):
    return folder.save_snapshot(SNAPSHOT, step, {"h": np.zeros((rows, 10))})


def steps(folder):
    return [step_of(path) for path in Recording(folder.path).snapshot_paths()]


def test_the_size_stays_within_the_limit_and_the_rest_is_spread_evenly(folder):
    size = save(folder, 0).stat().st_size
    files = SnapshotFiles(folder.path, 10.5 * size)
    removed = [files.add(save(folder, step)) for step in range(1, 200)]
    kept = steps(folder)
    assert len(kept) == 10
    assert (kept[0], kept[-1]) == (0, 199)
    gaps = np.diff(kept)
    assert gaps.max() <= 4 * gaps[:-1].min()
    assert removed == [False] * 9 + [True] * 190
    assert sum(path.stat().st_size for path in (folder.path / "snapshots").rglob("*")) <= 10.5 * size


def test_the_first_and_the_last_are_kept_whatever_their_size(folder):
    files = SnapshotFiles(folder.path, 1)
    for step in (0, 5, 9):
        files.add(save(folder, step))
    assert steps(folder) == [0, 9]


def test_a_file_that_is_written_again_counts_once(folder):
    size = save(folder, 0).stat().st_size
    files = SnapshotFiles(folder.path, 2.5 * size)
    assert not any(files.add(save(folder, step)) for step in (3, 3, 3))
    assert len(files) == 2


def test_files_that_somebody_else_has_removed_are_no_error(folder):
    files = SnapshotFiles(folder.path, 1)
    for step in (0, 5, 9):
        path = save(folder, step)
        files.add(path)
        if step == 5:
            path.unlink()
    assert steps(folder) == [0, 9]


def test_snapshots_after_a_step_move_aside_and_go_first(folder):
    for step in (0, 10, 20, 30):
        size = save(folder, step).stat().st_size
    files = SnapshotFiles(folder.path, 4.5 * size)
    files.supersede(10)
    assert steps(folder) == [0, 10]
    assert len(list((folder.path / "snapshots").rglob("*.npz"))) == 4
    assert files.add(save(folder, 15))
    assert steps(folder) == [0, 10, 15]
    assert len(SnapshotFiles(folder.path, 4.5 * size)) == 4
    for step in (20, 25):
        files.add(save(folder, step))
    assert steps(folder)[0] == 0
    assert not list((folder.path / "snapshots" / "superseded").iterdir())
