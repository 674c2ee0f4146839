"""Maps on request: aligned with the newest map, cancelled, refused, and kept in the run folder."""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from sslviz.core.exact_map import ExactMap, MapProgress
from sslviz.core.messages import Notice
from sslviz.core.panel_data import LatentMap
from sslviz.engine.observing.exact_maps import ADVICE, NO_MAP, ExactMaps
from sslviz.engine.observing.map_service import MapService, message
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, MapRequest, Options

FAKE = Path(__file__).with_name("fake_exact.py")
COUNT = 40
EXACT = Options("umap-learn", neighbours=10)


class Heard(list):
    """Messages in order; :meth:`wait` waits until some message is there."""

    def __init__(self):
        super().__init__()
        self._changed = threading.Condition()

    def send(self, message):
        with self._changed:
            self.append(message)
            self._changed.notify_all()

    def wait(self, found, seconds=30):
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(found, self)), seconds), list(self)

    def of(self, kind):
        return [each for each in self if isinstance(each, kind)]


def ended(message):
    return isinstance(message, MapProgress) and not message.text


def live_map(step, seed=0):
    """A live map whose positions are the first two columns of h, turned by a quarter and shifted."""
    h = np.random.default_rng(seed).normal(size=(COUNT, 3)).astype(np.float32)
    near = np.zeros((COUNT, 15), np.int32)
    xy = np.stack([-h[:, 1], h[:, 0]], axis=1) + np.float32(5)
    request = MapRequest(step, h, near, near.astype(np.float32))
    return AlignedMap(request, xy, "umap", Quality(0.8, 0.4), 0.1)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def maps(heard, tmp_path):
    """Return a function that makes a service whose exact maps are made by a fake process."""
    made = []

    def make(behaviour="well", command=None):
        service = MapService(None, heard)
        fake = (sys.executable, str(FAKE), behaviour, str(tmp_path / "starts"))
        service.exact = ExactMaps(heard, service._show_exact, command or fake)
        made.append(service)
        return service

    yield make
    for one in made:
        one.exact.close()


def starts(tmp_path):
    return len((tmp_path / "starts").read_text().splitlines())


def test_a_map_is_aligned_with_the_newest_and_names_its_library(maps, heard):
    service, live = maps(), live_map(7)
    service.show(live)
    service.exact.lay_out(EXACT)
    heard.wait(ended)
    assert [type(each) for each in heard] == [LatentMap, MapProgress, MapProgress, ExactMap, MapProgress]
    assert heard[2] == MapProgress(text="epoch 1 of 2", fraction=0.5)
    found = heard.of(ExactMap)[0].latent_map
    np.testing.assert_allclose(found.xy.numpy(), live.xy, atol=1e-4)
    assert (found.step, found.method, found.library) == (7, "umap-learn", "umap-learn 0.5")
    assert (found.trustworthiness, found.agreement) == (0.9, 0.5)
    assert math.isnan(found.movement)
    assert found.neighbours == message(live).neighbours


def test_a_newer_map_may_come_meanwhile_and_the_exact_one_is_aligned_with_it(maps, heard):
    service, live = maps(), live_map(7)
    service.show(live)
    service.exact.lay_out(EXACT)
    moved = live_map(8)._replace(xy=2 * live.xy[:, ::-1])
    service.show(moved)
    heard.wait(ended)
    found = heard.of(ExactMap)[0].latent_map
    assert found.step == 7
    np.testing.assert_allclose(found.xy.numpy(), moved.xy, atol=1e-3)


def test_the_same_request_of_the_same_snapshot_is_answered_from_memory(maps, heard, tmp_path):
    service = maps()
    service.show(live_map(7))
    for options in (EXACT, EXACT, EXACT._replace(neighbours=20)):
        heard.clear()
        service.exact.lay_out(options)
        heard.wait(ended)
        assert len(heard.of(ExactMap)) == 1
    assert starts(tmp_path) == 2
    service.show(live_map(8))
    heard.clear()
    service.exact.lay_out(EXACT._replace(neighbours=20))
    heard.wait(ended)
    assert heard.of(ExactMap)[0].latent_map.step == 8
    assert starts(tmp_path) == 3


def test_a_cancelled_map_never_comes(maps, heard):
    service = maps("hangs")
    service.show(live_map(7))
    service.exact.lay_out(EXACT)
    heard.wait(lambda each: isinstance(each, MapProgress) and each.fraction)
    service.exact.cancel()
    assert ended(heard[-1])
    assert not heard.of(ExactMap)
    assert not heard.of(Notice)


def test_another_request_replaces_the_one_that_is_not_answered(maps, heard, tmp_path):
    service = maps("hangs")
    service.show(live_map(7))
    service.exact.lay_out(EXACT)
    heard.wait(lambda each: isinstance(each, MapProgress) and each.fraction)
    service.exact._command = (*service.exact._command[:2], "well", service.exact._command[3])
    service.exact.lay_out(EXACT)
    heard.wait(ended)
    assert len(heard.of(ExactMap)) == 1
    assert starts(tmp_path) == 2


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("refuses", "no"),
        ("dies", "its process ended unexpectedly; the memory may not have sufficed"),
    ],
)
def test_a_failure_is_a_sentence_and_the_live_map_stays(maps, heard, behaviour, reason, logged):
    service = maps(behaviour)
    service.show(live_map(7))
    service.exact.lay_out(EXACT)
    heard.wait(lambda each: isinstance(each, Notice))
    (notice,) = heard.of(Notice)
    assert notice == Notice(level="warning", text=f"umap-learn gave no map: {reason}. The map in view stays. {ADVICE}")
    assert not heard.of(ExactMap)
    assert ended(heard[-2])
    assert reason in logged[0]


def test_a_process_that_cannot_be_started_is_a_sentence(maps, heard, tmp_path, logged):
    service = maps(command=(str(tmp_path / "missing"),))
    service.show(live_map(7))
    service.exact.lay_out(EXACT)
    assert "could not be started (No such file or directory)" in heard.of(Notice)[0].text
    assert ended(heard[-2])
    assert len(logged) == 1


def test_without_a_map_there_is_nothing_to_lay_out(maps, heard):
    maps().exact.lay_out(EXACT)
    assert heard == [MapProgress(text=""), Notice(level="refused", text=NO_MAP)]
    assert "ask again when" in NO_MAP
