"""The worker's layouts: as trustworthy as umap-learn's, stable over time, and finite for any input."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings

import msgspec
import numpy as np
import pytest
from clouds import clusters, neighbours
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score

from sslviz.core.pipe import FrameReader, FrameWriter
from sslviz.core.wire import Array
from sslviz.reduction.alignment import pca_2d, procrustes
from sslviz.reduction.history import FIRST_EPOCHS, HIGHEST_RATE, REFRESH_EPOCHS, Job, MapHistory
from sslviz.reduction.layout import LayoutError, layout
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import DEFAULT, MapRequest, Options
from sslviz.reduction.requests import Answer, LayoutAnswer, LayoutFailed, LayoutRequest, Warm
from sslviz.reduction.worker import answer_to


def job_for(h, step=0, options=DEFAULT, number=0):
    return Job(number, MapRequest(step, h, *neighbours(h, options.neighbours), options), print)


def aligned_map(history, h, step=0, options=DEFAULT):
    """Return the map of a request, computed as client and worker do it together."""
    job = job_for(h, step, options)
    answer = answer_to(history.plan(job))
    assert isinstance(answer, LayoutAnswer)
    return history.show_layout(job, answer.xy.numpy(), Quality(answer.trustworthiness, answer.agreement))


def map_of(history, h, step=0, options=DEFAULT):
    return aligned_map(history, h, step, options).xy


@pytest.fixture(scope="module")
def cloud():
    return clusters(1000)


@pytest.fixture(scope="module")
def first_map(cloud):
    return map_of(MapHistory(), cloud[0])


def test_a_map_is_as_trustworthy_as_that_of_umap(cloud, first_map):
    import umap

    h, _ = cloud
    indices, distances = neighbours(h)
    itself = np.arange(len(h), dtype=np.int32)[:, None], np.zeros((len(h), 1), np.float32)
    known = np.hstack([itself[0], indices]), np.hstack([itself[1], distances])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about new points for such a map, and about threads with a seed
        reference_map = umap.UMAP(n_neighbors=16, precomputed_knn=(*known, None), init="pca", random_state=1)
        theirs = reference_map.fit_transform(h)
    ours, reference = (trustworthiness(h, xy, n_neighbors=15) for xy in (first_map, theirs))
    assert ours > reference - 0.02
    assert reference > 0.9


def test_one_per_cent_of_noise_hardly_moves_the_map(cloud):
    h, _ = cloud
    history = MapHistory()
    before = map_of(history, h)
    noise = 0.01 * h.std() * np.random.default_rng(1).normal(size=h.shape)
    after = map_of(history, (h + noise).astype(np.float32))
    moved = np.linalg.norm(after - before, axis=1)
    assert np.median(moved) < 0.02 * np.ptp(before, axis=0).max()


def test_an_unchanged_embedding_stays_where_it_is(cloud):
    history = MapHistory()
    first = map_of(history, cloud[0])
    shown = [map_of(history, cloud[0]) for _ in range(6)]
    drift = np.median(np.linalg.norm(shown[-1] - first, axis=1)) / np.ptp(first, axis=0).max()
    assert drift < 0.03


def test_only_a_map_of_a_later_step_has_moved(cloud):
    history = MapHistory()
    moved = [history.show_pca(job_for(cloud[0], step)).movement for step in (3, 4, 2, 2, 5)]
    assert [math.isfinite(each) for each in moved] == [False, True, False, False, True]


def test_clusters_fall_apart_as_the_embedding_does():
    """One blob becomes ten clusters in twelve maps; the last map shows them as well as a first map would."""
    h, which = clusters(600, dimensions=32)
    rng = np.random.default_rng(0)
    history = MapHistory()
    for step in range(12):
        mixed = min(step / 9, 1) * h + (1 - min(step / 9, 1)) * rng.normal(size=h.shape)
        xy = map_of(history, mixed.astype(np.float32), step)
    fresh = map_of(MapHistory(), h)
    assert silhouette_score(xy, which) > silhouette_score(fresh, which) - 0.1
    assert trustworthiness(h, xy, n_neighbors=15) > trustworthiness(h, fresh, n_neighbors=15) - 0.02


def test_pca_on_request_has_a_quality_and_the_layout_resumes_after_it(cloud):
    history, h = MapHistory(), cloud[0]
    first = map_of(history, h)
    pca = aligned_map(history, h, 1, Options(method="pca"))
    assert pca.method == "pca"
    assert 0.5 < pca.quality.trustworthiness < 1
    expected = procrustes(pca_2d(h), first)
    assert np.allclose(pca.xy, expected, atol=1e-4)
    again = aligned_map(history, h, 2)
    assert again.method == "umap"
    turned_back = procrustes(again.xy, first)
    assert np.median(np.linalg.norm(turned_back - first, axis=1)) < 1.0  # of a width of ten


def test_a_larger_min_dist_spreads_near_points(cloud):
    history, h = MapHistory(), cloud[0]

    def nearest(options, step):
        xy = map_of(history, h, step, options)
        apart = np.linalg.norm(xy[:, None] - xy, axis=2) + 1e9 * np.eye(len(xy))
        return np.median(apart.min(axis=1))

    assert nearest(Options(min_dist=0.8), 1) > 1.5 * nearest(Options(min_dist=0.0), 2)


def test_only_changed_options_start_with_a_high_learning_rate(cloud):
    h = cloud[0]
    history = MapHistory()
    map_of(history, h)
    assert history.plan(job_for(h)).epochs == REFRESH_EPOCHS
    other = history.plan(job_for(h, options=Options(min_dist=0.5)))
    assert (other.epochs, other.learning_rate, other.min_dist) == (FIRST_EPOCHS, HIGHEST_RATE, 0.5)
    assert other.previous
    assert history.plan(job_for(h, options=Options(method="pca"))).epochs == 0


def test_the_same_request_gives_the_same_layout(cloud):
    assert np.array_equal(map_of(MapHistory(), cloud[0][:200]), map_of(MapHistory(), cloud[0][:200]))


@pytest.mark.parametrize(
    "h",
    [
        np.zeros((50, 4)),
        np.repeat(np.random.default_rng(0).normal(size=(5, 4)), 10, axis=0),
        np.vstack([np.full((1, 4), 1e6), np.random.default_rng(0).normal(size=(49, 4))]),
        np.random.default_rng(0).normal(size=(5, 4)),
        np.random.default_rng(0).normal(size=(40, 1)),
        1e30 * np.random.default_rng(0).normal(size=(40, 4)),
        1e-30 * np.random.default_rng(0).normal(size=(40, 4)),
    ],
    ids=["constant", "duplicates", "outlier", "five", "one dimension", "huge", "tiny"],
)
def test_odd_clouds_have_finite_maps(h):
    h = h.astype(np.float64)
    indices, distances = neighbours(h, k=min(15, len(h) - 1))
    xy = layout(indices, distances, pca_2d(h), epochs=50, learning_rate=1.0)
    assert xy.shape == (len(h), 2)
    assert np.isfinite(xy).all()
    assert len(np.unique(xy, axis=0)) == len(h)


def test_rows_of_nan_do_not_spoil_the_others():
    h, _ = clusters(60)
    indices, distances = neighbours(h)
    distances[5] = np.nan
    start = pca_2d(h)
    start[5] = np.nan
    assert np.isfinite(layout(indices, distances, start, epochs=50, learning_rate=1.0)).all()


@pytest.mark.parametrize(("n", "k"), [(0, 0), (1, 0), (4, 3), (6, 0)])
def test_too_few_points_or_neighbours_are_refused(n, k):
    with pytest.raises(LayoutError, match="point"):
        layout(
            np.zeros((n, k), np.int32),
            np.zeros((n, k), np.float32),
            np.zeros((n, 2), np.float32),
            epochs=1,
            learning_rate=1,
        )


def request_for(h, **changes):
    return msgspec.structs.replace(MapHistory().plan(job_for(h, number=7)), **changes)


def test_shapes_that_do_not_fit_are_answered_with_the_reason():
    answer = answer_to(request_for(clusters(50)[0], initial=Array.of(np.zeros((9, 2), np.float32))))
    assert isinstance(answer, LayoutFailed)
    assert answer.number == 7
    assert "do not fit" in answer.text


def test_the_process_answers_and_ends_with_its_pipe():
    command = [sys.executable, "-m", "sslviz.reduction.worker"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer, reader = FrameWriter(process.stdin), FrameReader(process.stdout, Answer)
    request: LayoutRequest = request_for(clusters(100)[0])
    writer.write(request)  # waits until the worker is warm
    assert isinstance(reader.read(), Warm)
    answer = reader.read()
    assert isinstance(answer, LayoutAnswer)
    np.testing.assert_array_equal(answer.xy.numpy(), answer_to(request).xy.numpy())
    writer.write(request_for(clusters(1000)[0], epochs=100_000))  # takes minutes, which the process must not wait for
    process.stdin.close()
    assert process.wait(timeout=5) == 0
    assert process.stderr.read() == b""
    process.stdout.close()
    process.stderr.close()
