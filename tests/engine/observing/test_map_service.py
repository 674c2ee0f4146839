"""Maps may be finished in any order; each is sent with the neighbours of its own embeddings."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import torch

from sslviz.core.panel_data import LatentMap
from sslviz.engine.observing.map_service import NEIGHBOURS, MapService
from sslviz.learning.evaluation.knn import exact_neighbours
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, Options

COUNT, DIMENSIONS = 40, 6


class Encoder:
    """A source of embeddings that differ from step to step."""

    def __init__(self, step):
        self.step = step

    def probe_h(self):
        return torch.randn(COUNT, DIMENSIONS, generator=torch.Generator().manual_seed(self.step))


class Delayed:
    """A reducer whose maps are finished by the test."""

    status = ""

    def __init__(self):
        self.pending = []

    def request(self, request, on_map):
        self.pending.append((request, on_map))

    def lower_priority(self):
        pass

    def finish(self, which):
        request, on_map = self.pending[which]
        xy = np.full((COUNT, 2), which, np.float32)
        on_map(AlignedMap(request, xy, request.options.method, Quality(), 0.0))


def pca(request):
    return AlignedMap(request, np.zeros((COUNT, 2), np.float32), "pca", Quality(), 0.0)


class Heard(list):
    def send(self, message):
        self.append(message)


@pytest.fixture
def reducer():
    return Delayed()


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def maps(reducer, heard):
    return MapService(reducer, heard)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_backwards_through_a_recording_each_map_has_its_own_neighbours(maps, reducer, heard, order):
    steps = (200, 100, 0)
    for step in steps:
        maps.request_map(Encoder(step))
    for which in order:
        reducer.finish(which)
    assert [message.step for message in heard] == [steps[which] for which in order]
    for message in heard:
        indices, distances = exact_neighbours(Encoder(message.step).probe_h(), NEIGHBOURS)
        np.testing.assert_array_equal(message.neighbours.numpy(), indices[:, 1:])
        np.testing.assert_array_equal(message.cosines.numpy(), 1 - distances[:, 1:])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_step_that_is_requested_again_with_other_options_has_two_maps(maps, reducer, heard, order):
    for options in (Options(), Options("pca", neighbours=30)):
        maps.request_map(Encoder(100), options)
    for which in order:
        reducer.finish(which)
    assert [message.method for message in heard] == [("umap", "pca")[which] for which in order]
    assert all(isinstance(message, LatentMap) and message.step == 100 for message in heard)
    assert {message.neighbours.shape for message in heard} == {(COUNT, NEIGHBOURS - 1)}


def test_maps_of_the_raw_inputs_are_a_series_of_their_own_and_have_no_neighbours(maps, reducer, heard):
    for service in (MapService(reducer, heard, "raw_input"), maps, maps):
        service.request_map(Encoder(0))
    for which in (0, 1):
        reducer.finish(which)
    assert [message.space for message in heard] == ["raw_input", "latent"]
    assert [message.neighbours is None for message in heard] == [True, False]
    raw, latent, again = (request for request, _ in reducer.pending)
    assert (raw.at_once, latent.at_once) == (True, False)
    assert raw.series is not latent.series is again.series


def test_pca_that_stands_in_and_the_map_itself_are_both_sent(maps, reducer, heard):
    maps.request_map(Encoder(300))
    maps.request_map(Encoder(200))
    for which in (0, 0, 1, 1):
        reducer.finish(which)
    assert [message.step for message in heard] == [300, 300, 200, 200]


def test_the_last_map_is_waited_for_and_no_earlier_one_or_stand_in(maps, reducer):
    assert maps.wait(0)  # nothing was requested
    for step in (1, 2):
        maps.request_map(Encoder(step))
    reducer.finish(0)
    assert not maps.wait(0)
    request, on_map = reducer.pending[1]
    on_map(pca(request)._replace(preliminary=True))
    assert not maps.wait(0)
    reducer.finish(1)
    assert maps.wait(0)


def test_a_pca_map_that_stays_is_the_last_map(maps, reducer):
    maps.request_map(Encoder(1))
    request, on_map = reducer.pending[0]
    on_map(pca(request))
    assert maps.wait(0)


def test_the_age_counts_from_when_the_embeddings_were_computed(maps, reducer, heard):
    began = time.monotonic()
    maps.request_map(Encoder(1))
    time.sleep(0.05)
    reducer.finish(0)
    assert 0.05 <= heard[0].age_s <= time.monotonic() - began
