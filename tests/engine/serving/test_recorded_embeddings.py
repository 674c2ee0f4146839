"""The latent space of a recorded run: figures and similarity matrix of a snapshot."""

import msgspec
import numpy as np
import pytest
import torch
from recorded import CLASSES, ROWS, embedded
from recorded_samples import samples

from sslviz.core.recording import Snapshot
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings, folds, z_or_h
from sslviz.learning.evaluation import geometry, negatives


def latents(**more):
    h, z = embedded(200)
    labels = [f"class {i % CLASSES}" for i in range(ROWS)]
    return RecordedEmbeddings(samples(ROWS, None, labels, None), Snapshot(0, *embedded(0)), **more), Snapshot(200, h, z)


def test_figures_are_those_of_a_training():
    recorded, snapshot = latents(temperature=0.5)
    found, (z_a, z_b) = recorded.figures(snapshot), torch.from_numpy(snapshot.z)
    assert found["alignment"] == geometry.alignment(z_a, z_b)
    assert found["effective_rank"] == geometry.effective_rank(z_a)
    assert found["effective_negatives"] == negatives.effective_negatives(z_a, z_b, 0.5)
    assert found["std_of_l2_normalized"] == geometry.std_of_l2_normalized(z_a)


def test_queries_are_not_in_their_own_bank():
    """Every sample has a class of its own, which could be predicted only from the sample itself."""
    h, _ = embedded(200)
    recorded = RecordedEmbeddings(samples(ROWS, None, [str(i) for i in range(ROWS)], None), Snapshot(0, h))
    assert recorded.figures(Snapshot(1, h))["knn"] == 0.0


@pytest.mark.parametrize(("n", "queries", "banks"), [(60, 60, [48] * 5), (1500, 600, [1200] * 2), (12000, 500, [2000])])
def test_few_samples_are_all_queries_exactly_once(n, queries, banks):
    recorded = RecordedEmbeddings(samples(n, None, None, None), Snapshot(0, np.zeros((n, 2), np.float32)))
    queried = torch.cat([each for _, each in folds(torch.arange(n))])
    assert recorded.queries == len(queried) == len(queried.unique()) == queries
    assert [len(bank) for bank, _ in folds(torch.arange(n))] == banks
    assert not any(torch.isin(each, bank).any() for bank, each in folds(torch.arange(n)))


def test_the_accuracy_counts_every_query_alike():
    """There are two clusters of two classes; only 7 samples, which lie in the cluster of the other class, are wrong."""
    h = np.repeat(np.eye(2, dtype=np.float32), 30, 0)
    labels = ["a"] * 37 + ["b"] * 23
    recorded = RecordedEmbeddings(samples(60, None, labels, None), Snapshot(0, h))
    assert recorded.figures(Snapshot(1, h))["knn"] == pytest.approx(53 / 60)


def test_samples_of_unknown_label_are_not_asked_about():
    """The labelled samples are predicted perfectly; most others, which lie elsewhere, are not labelled."""
    rng = np.random.default_rng(0)
    h = np.concatenate([np.repeat(np.eye(2, 8), 10, 0), rng.normal(size=(300, 8))]).astype(np.float32)
    classes = np.array([0] * 10 + [1] * 10 + [-1] * 300)
    sizes = np.where(classes < 0, np.nan, classes + 0.5)
    recorded = RecordedEmbeddings(samples(320, None, {"class": classes, "size": sizes}), Snapshot(0, h))
    found = recorded.figures(Snapshot(1, h))
    assert found["knn"] == 1.0
    assert found["knn_size"] == pytest.approx(1.0)
    assert recorded.queries == 20


def test_a_label_that_hardly_any_sample_has_gets_no_score():
    h, _ = embedded(200)
    few = [0, 1] * 3 + [None] * (ROWS - 6)
    labels = {"class": few, "odd": [i % 2 for i in range(ROWS)]}
    recorded = RecordedEmbeddings(samples(ROWS, None, labels), Snapshot(0, h))
    assert [key for key in recorded.figures(Snapshot(1, h)) if key.startswith("knn")] == ["knn_odd"]


def test_a_label_that_is_not_scored_gets_no_score():
    h, _ = embedded(200)
    probe = samples(ROWS, None, {"class": [i % 2 for i in range(ROWS)], "hue": [i % 3 for i in range(ROWS)]})
    shape, hue = probe.label_entries
    probe = msgspec.structs.replace(probe, label_entries=(shape, msgspec.structs.replace(hue, scored=False)))
    recorded = RecordedEmbeddings(probe, Snapshot(0, h))
    assert [key for key in recorded.figures(Snapshot(1, h)) if key.startswith("knn")] == ["knn"]


def test_without_z_the_figures_are_those_of_h():
    recorded, snapshot = latents()
    alone = snapshot._replace(z=None)
    assert "alignment" not in recorded.figures(alone)
    assert torch.equal(z_or_h(alone)[0], torch.from_numpy(snapshot.h))
    recorded.now = alone
    found = recorded.similarity()
    assert (found.what, found.source, found.shift) == ("latents", "probe", None)


@pytest.mark.parametrize("views", [True, False])
def test_the_matrix_comes_with_images_and_texts_of_its_samples(views):
    """The same for both views, if there are two."""
    h, z = embedded(200)
    shades = np.arange(ROWS, dtype=np.uint8)[:, None, None, None]
    pictures = np.broadcast_to(shades, (ROWS, 8, 8, 3))
    texts = [f"text {row}" for row in range(ROWS)]
    snapshot = Snapshot(200, h, z if views else None)
    found = RecordedEmbeddings(samples(ROWS, pictures, None, texts), snapshot).similarity()
    rows = list(range(ROWS)) * (1 + views)
    assert found.images.numpy()[:, 4, 4, 0].tolist() == rows
    assert found.texts == tuple(f"text {row}" for row in rows)
    bare = RecordedEmbeddings(samples(ROWS, None, None, None), snapshot).similarity()
    assert (bare.images.shape[0], bare.texts) == (0, ())


def test_a_recorded_matrix_is_shown():
    recorded, snapshot = latents()
    recorded.now = snapshot._replace(similarity=np.eye(5, dtype=np.float32))
    found = recorded.similarity()
    assert np.array_equal(found.matrix.numpy(), np.eye(5))
    assert found.limit == 1.0
    recorded.now = snapshot._replace(similarity=np.eye(5, dtype=np.float32) * 7)
    assert recorded.similarity().limit == 10.0
    assert found.source == "batch"
