"""A player of recorded runs, with a reducer that answers at once."""

import threading

import pytest
from recorded import ALL

from sslviz.core.messages import Watch
from sslviz.core.requests import ChosenSamples
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving.player import Player
from sslviz.reduction.history import Job, MapHistory


class Pca:
    """A reducer that answers every request at once with PCA."""

    status = ""

    def __init__(self):
        self._history = MapHistory()

    def request(self, request, on_map):
        on_map(self._history.show_pca(Job(0, request, on_map)))

    def lower_priority(self):
        pass


@pytest.fixture
def play(bench):
    """Return a function that plays a folder in a thread and waits for the state "recorded" or "failed"."""
    threads = []

    def begin(folder, reducer=None, selected=(), snapshot=0):
        bench.inbox.pause()
        bench.inbox.put(Watch(panel_data=ALL, samples=ChosenSamples(selected=selected), snapshot=snapshot))
        player = Player(folder, bench.catalogue, bench.inbox, bench.heard, MapService(reducer or Pca(), bench.heard))
        threads.append(threading.Thread(target=player.play))
        threads[-1].start()
        bench.heard.wait_for(lambda: {"recorded", "failed"} & set(bench.heard.states()))
        return player

    yield begin
    bench.inbox.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
