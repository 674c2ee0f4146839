"""Data sets, made or read once and kept for the preview and for the next run on the same."""

from __future__ import annotations

import threading
from collections.abc import Hashable

import torch
from torch import Tensor

from sslviz.core.settings import Values
from sslviz.engine.training.seeds import derived
from sslviz.learning.dataset import Dataset, ProgressCallback, Split, datasets

WAIT_S = 0.1


class DataCache:
    """Holds the data set that was asked for last; callable from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[Hashable, Split] | None = None
        self._news: tuple[str, float | None] = ("Waiting for the data", None)

    def load(self, values: Values, progress: ProgressCallback) -> Split:
        """The split for these values. Raises DataError, or what ``progress`` raises to cancel."""
        while not self._lock.acquire(timeout=WAIT_S):
            progress(*self._news)  # another thread is at it, quite likely with the same data
        try:
            return self._load(values, progress)
        finally:
            self._lock.release()

    def holds(self, values: Values) -> bool:
        """Whether :meth:`load` would have it at once."""
        held = self._held
        return held is not None and held[0] == _key(values)

    def _load(self, values: Values, progress: ProgressCallback) -> Split:
        key = _key(values)
        if self._held is None or self._held[0] != key:
            self._held = None
            self._held = key, dataset_of(values).load(int(values["seed"]), self._relayed(progress))
        return self._held[1]

    def _relayed(self, progress: ProgressCallback) -> ProgressCallback:
        def relay(text: str, fraction: float | None) -> None:
            self._news = (text, fraction)
            progress(text, fraction)

        return relay


def dataset_of(values: Values) -> Dataset:
    """The data set these values name, not loaded."""
    return datasets[str(values["data"])](dict(values))


def needs_download(values: Values) -> bool:
    """Whether loading would fetch the data from elsewhere first."""
    return dataset_of(values).needs_download()


def map_order(split: Split, seed: int) -> Tensor:
    """In which order a run with this seed takes training samples to its map, those with labels alone: int64[n]."""
    return random_order(len(split.labelled_train), derived(seed, "probe"))


def random_order(count: int, seed: int) -> Tensor:
    """int64[count]."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def _key(values: Values) -> Hashable:
    dataset = datasets[str(values["data"])]
    own = [setting.key for group in dataset.groups for setting in group.settings()]
    return (dataset.name, values["seed"], *(values.get(key) for key in own))
