from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from engine_bench import Bench

from sslviz.core.entries import Catalogue
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.data_cache import DataCache


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return build_catalogue()


@pytest.fixture(scope="session")
def data_cache() -> DataCache:
    return DataCache()


@pytest.fixture
def bench(catalogue: Catalogue, data_cache: DataCache, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(catalogue, data_cache, tmp_path / "run")
    yield bench
    bench.end()


@pytest.fixture(autouse=True)
def one_thread(same_threads_everywhere: None) -> None:
    """Tiny networks gain nothing from two, and lose much where the machine is busy."""
    torch.set_num_threads(1)
