"""The data set that was loaded last is kept."""

from __future__ import annotations

import threading

import pytest
import torch
from engine_bench import SMALL

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.settings import Values
from sslviz.engine.training.data_cache import DataCache
from sslviz.learning.dataset import datasets


@pytest.fixture
def values(catalogue: Catalogue) -> Values:
    return resolve_values(catalogue, SMALL)


def quiet(text: str, fraction: float | None) -> None:
    """Shows no progress."""


def test_data_is_loaded_again_only_if_its_settings_change(values: Values) -> None:
    cache = DataCache()
    assert not cache.holds(values)
    split = cache.load(values, quiet)
    assert cache.holds(values)
    assert cache.load({**values, "batch_size": 64}, quiet) is split
    other = {**values, "seed": 1}
    assert not cache.holds(other)
    assert cache.load(other, quiet) is not split
    assert not cache.holds(values)


def test_the_data_seed_alone_decides_which_data_are_loaded(values: Values) -> None:
    """Without a data seed the seed is taken for it, as in runs of earlier versions."""
    cache = DataCache()
    split = cache.load({**values, "seed": 1, "data_seed": 4}, quiet)
    assert cache.load({**values, "seed": 2, "data_seed": 4}, quiet) is split
    earlier = {key: value for key, value in values.items() if key != "data_seed"}
    for same in ({**values, "seed": 4}, {**earlier, "seed": 4}):
        assert torch.equal(DataCache().load(same, quiet).train.data, split.train.data)
    assert not torch.equal(cache.load(values, quiet).train.data, split.train.data)


def test_progress_of_a_thread_that_loads_is_shown_to_another_that_waits(
    values: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, loading, go_on, shown = DataCache(), threading.Event(), threading.Event(), []
    load = datasets["digits"].load

    def slow(dataset, seed, progress):
        progress("Reading", 0.5)
        loading.set()
        go_on.wait(10)
        return load(dataset, seed, progress)

    def show(text: str, fraction: float | None) -> None:
        shown.append((text, fraction))
        go_on.set()

    monkeypatch.setattr(datasets["digits"], "load", slow)
    thread = threading.Thread(target=cache.load, args=(values, quiet))
    thread.start()
    loading.wait(10)
    cache.load(values, show)
    thread.join(10)
    assert shown[0] == ("Reading", 0.5)
