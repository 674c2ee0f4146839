"""Maps by umap-learn itself: real layouts of small clouds, in this process and in one of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from clouds import clusters, neighbours
from sklearn.manifold import trustworthiness

from sslviz.core.priority import NICE
from sslviz.core.wire import Array
from sslviz.reduction import exact
from sslviz.reduction.exact_layout import COMMAND, ENDED, FRAME_BYTES, ExactLayout
from sslviz.reduction.reducer import MapRequest, Options
from sslviz.reduction.requests import ExactRequest, LayoutAnswer, LayoutFailed

PATIENCE_S = 200
EXACT = Options("umap-learn")


def unreported(progress):
    pass


@pytest.fixture(scope="module")
def cloud():
    return clusters(300)[0]


@pytest.fixture(scope="module")
def answer(cloud):
    """The answer for the cloud, and the progress that was reported."""
    reported = []
    request = ExactRequest(indices=Array.of(neighbours(cloud)[0]), neighbours=15, min_dist=0.1)
    return exact.answer_to(cloud, request, reported.append), reported


def test_a_map_is_as_trustworthy_as_umap_learn_is(cloud, answer):
    import umap

    found, _ = answer
    assert found.xy.numpy().shape == (300, 2)
    trusted = trustworthiness(cloud, found.xy.numpy(), n_neighbors=15)
    theirs = umap.UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(cloud)
    assert trusted > 0.9
    assert trusted == pytest.approx(trustworthiness(cloud, theirs, n_neighbors=15), abs=0.01)
    unit = exact.unit(cloud)
    assert found.trustworthiness == pytest.approx(trustworthiness(unit, found.xy.numpy(), n_neighbors=15))
    assert 0.2 < found.agreement < 1
    assert found.library == f"umap-learn {umap.__version__}"


def test_the_same_embeddings_give_the_same_map(cloud, answer):
    np.testing.assert_array_equal(exact.lay_out(cloud, 15, 0.1, unreported), answer[0].xy.numpy())


def test_phases_and_then_epochs_are_reported(answer):
    texts = [each.text for each in answer[1]]
    fractions = [each.fraction for each in answer[1] if each.fraction is not None]
    assert texts[0] == "finding neighbours"
    assert texts.index("weighing the graph") < texts.index("initial layout") < texts.index("epoch 0 of 500")
    assert texts[-2:] == ["epoch 500 of 500", "measuring the map"]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)


def spoilt(h, value):
    h = h.copy()
    h[3], h[7, 0] = value, value
    return h


RNG = np.random.default_rng(0)
OPPOSITE = np.concatenate([np.ones((30, 1)), [[-1.0]]])
"""The last point is at the largest distance from all others, so that umap-learn connects it with none."""
CLOUDS = {
    "five": RNG.normal(size=(5, 8)),
    "fewer than n_neighbors": RNG.normal(size=(16, 8)),
    "NaN rows": spoilt(RNG.normal(size=(40, 8)), np.nan),
    "infinite rows": spoilt(RNG.normal(size=(40, 8)), np.inf),
    "duplicates": np.repeat(RNG.normal(size=(5, 8)), 20, axis=0),
    "all the same": np.ones((40, 8)),
    "all zero": np.zeros((40, 8)),
    "two parts": np.repeat([[1.0, 0], [-1, 0]], 30, axis=0) + 0.01 * RNG.normal(size=(60, 2)),
    "one apart": OPPOSITE,
    "one dimension": RNG.normal(size=(40, 1)),
    "huge": 1e30 * RNG.normal(size=(40, 8)),
    "tiny": 1e-30 * RNG.normal(size=(40, 8)),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_every_point_of_an_odd_cloud_gets_a_finite_position_without_a_warning(name):
    h = CLOUDS[name].astype(np.float32)
    xy = exact.lay_out(h, 15, 0.1, unreported)
    assert xy.shape == (len(h), 2)
    assert np.isfinite(xy).all()
    assert np.ptp(xy, axis=0).max() > 0.1


@pytest.mark.parametrize("name", ["NaN rows", "one apart"])
def test_a_point_without_a_position_is_in_the_middle(name):
    h = CLOUDS[name].astype(np.float32)
    xy = exact.lay_out(h, 15, 0.1, unreported)
    lost = {"NaN rows": [3, 7], "one apart": [30]}[name]
    others = np.delete(xy, lost, axis=0)
    np.testing.assert_allclose(xy[lost], np.tile(others.mean(axis=0), (len(lost), 1)), rtol=1e-4)


def test_too_few_points_are_refused_in_a_sentence():
    h = spoilt(RNG.normal(size=(8, 8)), np.nan)[[0, 1, 2, 3, 4]]
    request = ExactRequest(indices=Array.of(np.zeros((5, 1), np.int32)), neighbours=15, min_dist=0.1)
    failed = exact.answer_to(h.astype(np.float32), request, unreported)
    assert failed.text == "a map needs at least 5 points with finite embeddings, and 4 came"


def test_without_umap_learn_the_reason_is_given(cloud, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    request = ExactRequest(indices=Array.of(np.zeros((300, 1), np.int32)), neighbours=15, min_dist=0.1)
    assert "umap" in exact.answer_to(cloud, request, unreported).text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RuntimeError("no kernel"), "no kernel"),
        (KeyError("layout"), "'layout'"),
        (AssertionError(), "AssertionError"),
        (MemoryError(), "out of memory"),
        (ImportError("no numba"), "it cannot be imported (no numba); install it again with pip"),
    ],
    ids=repr,
)
def test_any_error_of_umap_learn_is_told_as_it_is(cloud, monkeypatch, error, text):
    def fail(*_):
        raise error

    monkeypatch.setattr(exact, "lay_out", fail)
    request = ExactRequest(indices=Array.of(np.zeros((300, 1), np.int32)), neighbours=15, min_dist=0.1)
    assert exact.answer_to(cloud, request, unreported) == LayoutFailed(number=None, text=text)


# ----------------------------------------------------------------- in a process of its own


class Heard:
    """Collects the progress and the end of a layout."""

    def __init__(self):
        self.progress, self.ends = [], []
        self.begun, self.ended = threading.Event(), threading.Event()

    def on_progress(self, progress):
        self.progress.append(progress)
        self.begun.set()

    def on_end(self, end):
        self.ends.append(end)
        self.ended.set()


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def layout(heard):
    """Return a function that begins a layout; all are cancelled at the end."""
    made = []

    def begin(h, command=COMMAND):
        request = MapRequest(1, h, *neighbours(h))
        made.append(ExactLayout(request, EXACT, heard.on_progress, heard.on_end, command))
        return made[-1]

    yield begin
    for one in made:
        one.cancel()


def alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_the_process_gives_the_same_map_and_ends(layout, heard, cloud, answer, monkeypatch):
    monkeypatch.setattr("sslviz.reduction.exact_layout.FRAME_BYTES", FRAME_BYTES // 2**12)  # several messages
    one = layout(cloud)
    assert os.getpriority(os.PRIO_PROCESS, one.pid) == NICE
    assert heard.ended.wait(PATIENCE_S)
    (found,) = heard.ends
    assert isinstance(found, LayoutAnswer)
    np.testing.assert_array_equal(found.xy.numpy(), answer[0].xy.numpy())
    assert found.trustworthiness == answer[0].trustworthiness
    assert heard.progress[0].text == "finding neighbours"
    assert not alive(one.pid)


def test_cancel_kills_the_process_and_nothing_is_heard_of_it(layout, heard, cloud):
    one = layout(cloud)
    assert alive(one.pid)
    one.cancel()
    assert not alive(one.pid)
    assert not heard.ends


def test_cancel_kills_it_in_the_middle_of_the_layout_too(layout, heard):
    one = layout(clusters(1500)[0])
    assert heard.begun.wait(PATIENCE_S)
    one.cancel()
    assert not alive(one.pid)
    assert not heard.ends


def test_a_process_that_dies_is_a_failure_with_a_sentence(layout, heard, cloud):
    layout(cloud, (sys.executable, "-c", "import os; os._exit(1)"))
    assert heard.ended.wait(PATIENCE_S)
    assert heard.ends == [LayoutFailed(number=None, text=ENDED)]


def test_the_process_ends_when_the_engine_is_gone():
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stdout.read() == b""


WITHOUT_UMAP = """
import sys
import sslviz.engine.serving.server, sslviz.engine.observing.map_service, sslviz.reduction.worker
sslviz.reduction.worker.warm_up()
print(sorted({"umap", "pynndescent", "sslviz.reduction.exact"} & set(sys.modules)))
"""


def test_neither_the_engine_nor_the_live_reducer_imports_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT_UMAP], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
