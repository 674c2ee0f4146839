"""Keeps the most recently loaded data set, so that the previews and the run of one process load it only once."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from sslviz.core.catalogue import data_seed
from sslviz.core.settings import Values
from sslviz.learning.dataset import Dataset, ProgressCallback, Split, datasets

WAIT_S = 0.1
"""Interval in seconds at which :meth:`DataCache.load` reports progress while another thread loads data."""


class DataCache:
    """Loads data sets and keeps the most recent one. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: tuple[Hashable, Split] | None = None
        self._progress: tuple[str, float | None] = ("Waiting for the data", None)

    def load(self, values: Values, progress: ProgressCallback, *, look_again: bool = False) -> Split:
        """Return the data for these settings, split into training and held-out samples, from the cache if possible.

        ``look_again``: whether data of the user's own are to be loaded again, since they may have changed.

        Raises:
            DataError: the data cannot be loaded.
            Exception: any exception of ``progress``, which may raise one to cancel the loading.
        """
        while not self._lock.acquire(timeout=WAIT_S):
            progress(*self._progress)  # the progress of the other thread, which most likely loads the same data
        try:
            return self._load(values, progress, look_again=look_again)
        finally:
            self._lock.release()

    def holds(self, values: Values) -> bool:
        """Return whether the data for these settings is in the cache, so that nothing has to be loaded."""
        cached = self._cached
        return cached is not None and cached[0] == data_key(values)

    def close(self) -> None:
        """End the reading of further samples in the background, see :meth:`Split.close`."""
        cached = self._cached
        if cached is not None:
            cached[1].close()

    def _load(self, values: Values, progress: ProgressCallback, *, look_again: bool) -> Split:
        key = data_key(values)
        if self._cached is not None and self._cached[0] != key:
            self._cached = None  # frees the memory before the next data set is loaded
        if self._cached is None or (look_again and is_own(values)):  # the new split goes on with what was read
            self._cached = key, dataset_of(values).load(int(data_seed(values)), self._recording(progress))
        return self._cached[1]

    def _recording(self, progress: ProgressCallback) -> ProgressCallback:
        """Return a callback that passes the progress of loading on to ``progress`` and also stores it in this object.

        While one thread loads data, other threads may wait in :meth:`load`: they report the stored progress.
        """

        def record(text: str, fraction: float | None) -> None:
            self._progress = (text, fraction)
            progress(text, fraction)

        return record


def dataset_of(values: Values) -> Dataset:
    """Return the data set that the settings name, as an object that has not loaded any samples yet."""
    return datasets[str(values["data"])](dict(values))


def needs_download(values: Values) -> bool:
    """Return whether the data set that the settings name is not on this machine yet and would have to be downloaded."""
    return dataset_of(values).needs_download()


def data_key(values: Values) -> Hashable:
    """Return a key that identifies the data: name of the data set, its seed, and values of its own settings."""
    dataset = datasets[str(values["data"])]
    own = [setting.key for group in dataset.groups for setting in group.settings()]
    return (dataset.name, data_seed(values), *(values.get(key) for key in own))


def is_own(values: Values) -> bool:
    """Return whether the data set that the settings name is the user's own, at a path that they name."""
    groups = datasets[str(values["data"])].groups
    return any(setting.value_type == "path" for group in groups for setting in group.settings())
