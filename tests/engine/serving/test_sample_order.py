"""Figures of recorded samples do not depend on the order in which a script logs them."""

import msgspec
import numpy as np
import pytest
from recorded_samples import samples

import sslviz
from sslviz.core.messages import Diagnosis, Watch
from sslviz.core.panel_data import Clusters, Health, LatentMap, Probe, Similarity, Spectrum
from sslviz.core.recording import Snapshot, SnapshotMap
from sslviz.core.wire import Array
from sslviz.engine.serving.sample_order import ordered_probe, ordered_snapshot, random_order
from sslviz.engine.training.inbox import Inbox

COUNT, CLASSES = 3000, 10


def classes_of(count):
    return np.sort(np.random.default_rng(1).integers(0, CLASSES, count))


def cloud(step, labels):
    """Return h, float32[n, 32], in which the classes move apart with the steps."""
    rng = np.random.default_rng(step)
    centres = rng.normal(size=(CLASSES, 32)) * step / 50
    return (centres[labels] + rng.normal(size=(len(labels), 32))).astype(np.float32)


def test_the_order_depends_on_the_rows_alone():
    h = cloud(100, classes_of(COUNT))
    mixed = np.random.default_rng(2).permutation(COUNT)
    first, second = h[random_order(h)], h[mixed][random_order(h[mixed])]
    assert np.array_equal(first, second)
    assert sorted(random_order(h)) == list(range(COUNT))


def test_sorted_samples_are_mixed():
    labels = classes_of(COUNT)
    shown = labels[random_order(cloud(100, labels))]
    for part in (shown[:256], shown[-256:]):
        assert np.bincount(part, minlength=CLASSES).min() > 10


def test_equal_rows_are_mixed_too():
    order = random_order(np.zeros((COUNT, 4), np.float32))
    assert np.bincount(classes_of(COUNT)[order[:256]], minlength=CLASSES).min() > 10


def test_all_arrays_of_the_samples_have_the_same_order():
    numbers = np.arange(9)
    h = np.repeat(numbers[:, None], 3, 1).astype(np.float32)
    pictures = np.broadcast_to(numbers.astype(np.uint8)[:, None, None, None], (9, 2, 2, 3))
    probe = samples(9, pictures, numbers * 1.5, [str(number) for number in numbers])
    sounds = Array.of(numbers[:, None].astype(np.int16))
    order = random_order(h)
    found = ordered_probe(msgspec.structs.replace(probe, sounds=sounds, sample_rate=8000), order)
    snapshot = ordered_snapshot(Snapshot(1, h, np.stack([h, h]), None, SnapshotMap(h[:, :2], "umap")), order)
    for array in (
        found.ids.numpy(),
        snapshot.z[1, :, 0],
        snapshot.map.xy[:, 0],
        found.images.numpy()[:, 0, 0, 0, 0],
        found.sounds.numpy()[:, 0],
    ):
        assert np.array_equal(array, snapshot.h[:, 0])
    assert list(found.texts) == [str(number) for number in order]
    assert np.array_equal(found.labels["label"].numpy(), order * 1.5)


def shown_of(play, bench, folder, rows):
    """Return the panel data and figures of a run whose samples were logged in the order ``rows``."""
    labels = classes_of(COUNT)
    with sslviz.Recorder(folder, every_s=0) as recorder:
        for step in (0, 100, 200, 300):
            recorder.log(step, h=cloud(step, labels)[rows], labels=labels[rows])
            for after in range(step + 1, step + 101):
                recorder.log(after, loss=5 / (1 + after / 50))
    bench.heard.messages.clear()
    kinds = (LatentMap, Similarity, Spectrum, Clusters)
    play(recorder.folder)
    bench.inbox.put(Watch(panel_data=tuple(kind.__name__ for kind in kinds)))
    bench.heard.wait_for(lambda: all(bench.heard.all(kind) for kind in kinds), 30)
    bench.heard.wait_for(lambda: [found for found in bench.heard.all(Diagnosis) if found.step == 300], 30)
    bench.inbox.stop()
    bench.inbox = Inbox()
    return {kind: bench.heard.all(kind)[-1] for kind in (*kinds, Probe, Health, Diagnosis)}


def test_sorted_and_mixed_samples_have_the_same_figures(play, bench, tmp_path):
    in_order = shown_of(play, bench, tmp_path / "sorted", np.arange(COUNT))
    mixed = shown_of(play, bench, tmp_path / "mixed", np.random.default_rng(3).permutation(COUNT))
    figures = in_order[Health].figures
    assert figures["knn"] > 0.9
    assert mixed[Health].figures == pytest.approx(figures, rel=1e-4)
    assert in_order[Diagnosis].verdict == mixed[Diagnosis].verdict == "learning"
    assert np.allclose(in_order[Spectrum].values.numpy(), mixed[Spectrum].values.numpy(), rtol=1e-3, atol=1e-5)
    assert np.array_equal(in_order[Similarity].labels.numpy(), mixed[Similarity].labels.numpy())
    assert np.allclose(in_order[Similarity].matrix.numpy(), mixed[Similarity].matrix.numpy(), atol=1e-3)
    assert len(set(in_order[Similarity].labels.numpy().tolist())) == CLASSES
    assert np.array_equal(in_order[Clusters].members.numpy(), mixed[Clusters].members.numpy())
    assert np.allclose(in_order[LatentMap].xy.numpy(), mixed[LatentMap].xy.numpy(), atol=1e-2)
    labels = classes_of(COUNT)
    assert np.array_equal(labels[in_order[Probe].ids.numpy()], in_order[Probe].labels["label"].numpy())
