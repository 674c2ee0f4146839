"""The slider of a recorded run: points follow at once, stale work is left, and what was computed is kept."""

import threading

import msgspec
import numpy as np
import pytest
from recorded import embedded, record

from sslviz.core.messages import Watch
from sslviz.core.panel_data import EarlierMaps, LatentMap, Similarity, Spectrum
from sslviz.core.recording import Recording
from sslviz.core.requests import MapRequest
from sslviz.core.run_folder import RunFolder
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving import snapshot_view
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.serving.sized_cache import SizedCache
from sslviz.engine.serving.snapshot_view import SnapshotView
from sslviz.reduction.history import Job, MapHistory

SHOWN = ("LatentMap", "Similarity", "Spectrum")


class LateReducer:
    """A reducer that lays out its jobs when :meth:`finish` is called; the layouts are those of a first UMAP."""

    status = "laying out"

    def __init__(self):
        self.jobs, self._history = [], MapHistory()

    def request(self, request, on_map):
        self.jobs.append(Job(len(self.jobs), request, on_map))

    def lower_priority(self):
        pass

    def finish(self, index):
        job = self.jobs[index]
        found = self._history.show_pca(job)
        job.on_map(found._replace(method="umap"))


class Sent:
    """Collects messages."""

    def __init__(self):
        self.messages, self._lock = [], threading.Lock()

    def send(self, message):
        with self._lock:
            self.messages.append(message)

    def maps(self):
        return [(message.step, message.method) for message in self.messages if isinstance(message, LatentMap)]

    def earlier(self):
        """Return the positions that were sent of maps that are not in view, by step."""
        found = [message for message in self.messages if isinstance(message, EarlierMaps)]
        return {
            step: xy for each in found for step, xy in zip(each.steps.numpy().tolist(), each.xy.numpy(), strict=True)
        }

    def kinds(self):
        return [type(message) for message in self.messages]


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
def reducer():
    return LateReducer()


@pytest.fixture
def view(tmp_path, sent, reducer, monkeypatch):
    """The snapshots of steps 0, 100, 200 and 300, and panels that do not wait for the slider to rest."""
    monkeypatch.setattr(snapshot_view, "SETTLED_S", 0.0)
    monkeypatch.setattr("sslviz.engine.serving.recorded_panels.INTERVAL_S", 0.0)
    monkeypatch.setattr("sslviz.engine.serving.recorded_maps.INTERVAL_S", 0.0)
    monkeypatch.setattr("sslviz.core.rate_limit.RateLimit.due", True)
    view = SnapshotView(Recording(record(tmp_path / "run")), {}, sent, MapService(reducer, sent))
    read(view)
    return view


def read(view):
    paths = view.new_paths()
    view.find_samples(paths)
    view.add(paths)


def look_at(view, number):
    watch = Watch(panel_data=SHOWN, snapshot=number)
    return view.observe(lambda: watch)


def test_points_follow_before_the_map_is_laid_out(view, sent, reducer):
    look_at(view, 1)
    reducer.finish(0)
    assert sent.maps() == [(0, "pca"), (0, "umap")]
    look_at(view, 3)
    assert sent.maps()[2:] == [(200, "pca")]
    reducer.finish(1)
    assert sent.maps()[3:] == [(200, "umap")]
    assert sent.messages[-1].neighbours.shape == (60, 14)


def test_a_map_that_comes_too_late_is_kept_and_not_shown(view, sent, reducer):
    for number in (1, 2):
        look_at(view, number)
    sent.messages.clear()
    reducer.finish(0)
    assert sent.maps() == []
    look_at(view, 1)
    assert sent.maps() == [(0, "umap")]
    assert len(reducer.jobs) == 2
    reducer.finish(1)
    assert sent.maps() == [(0, "umap")]


def test_umap_learn_is_to_lay_out_the_snapshot_in_view_and_no_earlier_one(view, reducer):
    exact = view._maps.exact
    look_at(view, 1)
    reducer.finish(0)
    assert (exact.newest.step, exact.newest.preliminary) == (0, False)
    look_at(view, 3)
    assert (exact.newest.step, exact.newest.preliminary) == (200, True)
    assert exact.newest.request is reducer.jobs[1].request
    reducer.finish(1)
    assert (exact.newest.step, exact.newest.preliminary) == (200, False)


def test_another_request_ends_the_work_on_a_snapshot(view, sent):
    """The window moves on while the first panel data are computed."""
    newest = iter([Watch(panel_data=SHOWN, snapshot=1), *[Watch(panel_data=SHOWN, snapshot=2)] * 9])
    assert view.observe(lambda: next(newest))
    assert set(sent.kinds()) <= {LatentMap}
    assert not look_at(view, 2)
    assert {Similarity, Spectrum} < set(sent.kinds())


def test_a_stale_snapshot_is_not_laid_out(view, reducer):
    newest = iter([Watch(panel_data=SHOWN, snapshot=1), *[Watch(panel_data=SHOWN, snapshot=2)] * 9])
    view.observe(lambda: next(newest))
    assert reducer.jobs == []


def test_while_the_slider_moves_only_the_points_follow(view, sent, monkeypatch):
    monkeypatch.setattr(snapshot_view, "SETTLED_S", 60.0)
    for number in (1, 2, 3):
        look_at(view, number)
    assert sent.kinds() == [LatentMap] * 3


def test_panel_data_are_computed_once_for_each_snapshot(view, sent, monkeypatch):
    computed, spectra = [], RecordedEmbeddings.spectra

    def counted(embeddings):
        computed.append(embeddings.step)
        return spectra(embeddings)

    monkeypatch.setattr(RecordedEmbeddings, "spectra", counted)
    for number in (1, 2, 1, 2):
        look_at(view, number)
    assert computed == [0, 100]
    assert [message.step for message in sent.messages if isinstance(message, Spectrum)] == [0, 100, 0, 100]


def record_positions(view, method="umap"):
    """Write the first two columns of h as positions into all snapshots, as a training of sslviz does with its maps."""
    for path in (view._recording.path / "snapshots").iterdir():
        with np.load(path) as arrays:
            more = {"xy": arrays["h"][:, :2], "method": np.array(method), "trustworthiness": np.array(0.9)}
            np.savez(path, **{**arrays, **more})
    read(view)


def positions(view, step):
    return embedded(step)[0][view.embeddings.probe.ids.numpy(), :2]


def test_a_recorded_map_by_umap_is_shown_as_it_is_and_laid_out_no_more(view, sent, reducer):
    record_positions(view)
    for number, step in ((4, 300), (1, 0), (4, 300)):
        look_at(view, number)
        (shown,) = [message for message in sent.messages if isinstance(message, LatentMap)]
        assert (shown.step, shown.method, shown.trustworthiness) == (step, "umap", 0.9)
        assert np.array_equal(shown.xy.numpy(), positions(view, step))
        assert shown.neighbours.shape == (60, 14)
        sent.messages.clear()
    assert reducer.jobs == []


def test_a_map_that_was_recorded_by_pca_stands_in(view, sent, reducer):
    record_positions(view, "pca")
    look_at(view, 4)
    reducer.finish(0)
    assert sent.maps() == [(300, "pca"), (300, "umap")]


def test_recorded_positions_of_all_snapshots_are_sent_in_the_order_of_the_probe(view, sent):
    record_positions(view)
    (view._recording.path / "snapshots" / "h-00000200.npz").write_bytes(b"PK nothing")
    assert not view.send_positions()
    assert list(sent.earlier()) == [0, 100, 300]
    assert all(np.array_equal(xy, positions(view, step)) for step, xy in sent.earlier().items())


def test_of_many_snapshots_as_many_positions_are_sent_as_the_window_keeps(view, sent, monkeypatch):
    monkeypatch.setattr("sslviz.engine.serving.recorded_history.MAX_HISTORY_BYTES", 3 * 60 * 8)
    monkeypatch.setattr("sslviz.engine.serving.recorded_history.MAPS", 2)
    record_positions(view)
    assert view.send_positions()
    assert not view.send_positions()
    assert list(sent.earlier()) == [0, 200, 300]


def lay_out_next(view):
    view.lay_out_next(Watch(panel_data=SHOWN))


def test_snapshots_without_a_map_are_laid_out_one_after_the_other(view, sent, reducer):
    view.send_positions()
    look_at(view, 4)
    lay_out_next(view)
    assert len(reducer.jobs) == 1  # the map in view is not there yet
    assert view.map_status == "laying out"
    for index in range(4):
        reducer.finish(index)
        assert view.map_status == ""
        lay_out_next(view)
        lay_out_next(view)
    assert [job.request.step for job in reducer.jobs] == [300, 200, 100, 0]
    assert list(sent.earlier()) == [200, 100, 0]
    sent.messages.clear()
    look_at(view, 2)
    assert sent.maps() == [(100, "umap")]
    assert len(reducer.jobs) == 4


def test_maps_with_other_options_are_made_too_and_those_from_before_are_sent_again(view, sent, reducer):
    record_positions(view)
    view.send_positions()
    look_at(view, 4)
    recorded = sent.earlier()
    pca = Watch(panel_data=SHOWN, snapshot=4, requests=(MapRequest(method="pca"),))
    view.observe(lambda: pca)
    for index in range(4):
        job = reducer.jobs[index]
        job.on_map(MapHistory().show_pca(job))
        view.lay_out_next(pca)
    assert [job.request.step for job in reducer.jobs] == [300, 200, 100, 0]
    sent.messages.clear()
    look_at(view, 4)
    view.send_positions()
    assert all(np.array_equal(xy, recorded[step]) for step, xy in sent.earlier().items())
    sent.messages.clear()
    view.observe(lambda: pca)
    assert list(sent.earlier()) == [0, 100, 200, 300]


def test_a_map_with_options_from_before_is_kept_and_not_sent(view, sent, reducer):
    view.send_positions()
    look_at(view, 4)
    reducer.finish(0)
    lay_out_next(view)
    wide = Watch(panel_data=SHOWN, snapshot=4, requests=(MapRequest(neighbours=40),))
    view.observe(lambda: wide)
    sent.messages.clear()
    reducer.finish(1)
    assert sent.earlier() == {}
    look_at(view, 4)
    assert 200 in sent.earlier()


def test_options_of_a_map_out_of_view_stay(view, sent):
    record_positions(view)
    wide = Watch(panel_data=SHOWN, snapshot=4, requests=(MapRequest(neighbours=40),))
    view.observe(lambda: wide)
    view.send_positions()
    sent.messages.clear()
    for watch in (Watch(panel_data=()), wide):
        view.observe(lambda watch=watch: watch)
        view.send_positions()
    assert sent.earlier() == {}


def test_what_the_user_looks_at_is_laid_out_first(view, reducer):
    view.send_positions()
    look_at(view, 4)
    reducer.finish(0)
    lay_out_next(view)
    look_at(view, 1)
    lay_out_next(view)
    assert [job.request.step for job in reducer.jobs] == [300, 200, 0]
    reducer.finish(2)  # and the one before was dropped
    lay_out_next(view)
    assert [job.request.step for job in reducer.jobs] == [300, 200, 0, 200]


def write_again(view, step):
    """Write the snapshot of a step once more, with other embeddings, as a script does that was resumed before it."""
    with RunFolder(view._recording.path) as folder:
        h, z = embedded(step, seed=1)
        folder.save_snapshot("h", step, {"h": h, "z": z})


@pytest.mark.parametrize("removed", [False, True], ids=["replaced", "removed first"])
@pytest.mark.parametrize("viewed", [2, 4], ids=["in view", "not in view"])
def test_a_snapshot_that_is_written_again_is_shown_anew(view, sent, reducer, viewed, removed):
    for number in (2, viewed):
        look_at(view, number)
    reducer.finish(0)
    (spectrum,) = [message for message in sent.messages if isinstance(message, Spectrum) and message.step == 100]
    if removed:
        (view._recording.path / "snapshots" / "h-00000100.npz").unlink()
        read(view)
        assert len(view.steps) == 3
    write_again(view, 100)
    read(view)
    assert len(view.steps) == 4
    sent.messages.clear()
    look_at(view, 2)
    assert sent.maps() == [(100, "pca")]
    order = view.embeddings.probe.ids.numpy()
    assert np.array_equal(reducer.jobs[-1].request.h, embedded(100, seed=1)[0][order])
    (again,) = [message for message in sent.messages if isinstance(message, Spectrum)]
    assert not np.allclose(again.values.numpy(), spectrum.values.numpy())


def test_what_was_kept_of_other_snapshots_is_still_there_after_one_was_written_again(view, sent, reducer):
    for number in (2, 3):
        look_at(view, number)
    for index in (0, 1):
        reducer.finish(index)
    write_again(view, 100)
    read(view)
    sent.messages.clear()
    look_at(view, 3)
    assert sent.kinds() == []
    look_at(view, 4)
    look_at(view, 3)
    assert [found for found in sent.maps() if found[0] == 200] == [(200, "umap")]
    assert len(reducer.jobs) == 3


def test_a_first_snapshot_that_is_written_again_is_what_the_others_are_compared_with(view, sent):
    look_at(view, 2)
    write_again(view, 0)
    read(view)
    sent.messages.clear()
    look_at(view, 2)
    order = view.embeddings.probe.ids.numpy()
    assert np.array_equal(view.embeddings.first.h, embedded(0, seed=1)[0][order])
    (spectrum,) = [message for message in sent.messages if isinstance(message, Spectrum)]
    assert spectrum.untrained.numpy().tolist() == view.embeddings.spectra()[1].tolist()


def test_what_is_kept_is_measured_once(view, monkeypatch):
    encoded, encode = [], msgspec.msgpack.encode
    monkeypatch.setattr(msgspec.msgpack, "encode", lambda data: encoded.append(type(data)) or encode(data))
    for number in (1, 2, 1, 2):
        look_at(view, number)
    assert encoded.count(Spectrum) == 2


def test_a_cache_drops_what_was_not_used_for_longest():
    cache = SizedCache(100)
    for name in "abc":
        cache.put(name, name.upper(), 30)
    assert cache.get("a") == "A"
    cache.put("d", "D", 30)
    assert (cache.get("b"), cache.get("a"), cache.size) == (None, "A", 90)
    cache.put("a", "AA", 10)
    assert (cache.get("a"), cache.size) == ("AA", 70)
    cache.put("e", "E", 101)
    assert (cache.get("e"), cache.size) == (None, 0)
