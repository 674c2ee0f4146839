"""The file samples.npz of a run folder: images, texts and labels of the samples on the map."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.panel_data import Probe
from sslviz.core.plain_text import plain_text
from sslviz.core.wire import Array

Arrays = dict[str, npt.NDArray[np.generic]]
VALUES, NAMES, UNIT = "label:", "names:", "unit:"


def arrays_of(probe: Probe) -> Arrays:
    """Return the arrays of samples.npz for the samples in ``probe``."""
    arrays: Arrays = {
        "ids": probe.ids.numpy(),
        "of": np.int64(probe.split_size),  # type: ignore[dict-item]
        "pictures": probe.images.numpy(),
        "texts": np.array(probe.texts, dtype=np.str_),
    }
    for entry in probe.label_entries:
        arrays[VALUES + entry.name] = probe.labels[entry.name].numpy()
        arrays[NAMES + entry.name] = np.array(entry.names, dtype=np.str_)
        arrays[UNIT + entry.name] = np.array(entry.unit, dtype=np.str_)
    return arrays


def probe_of(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Probe:
    """Return the samples in the arrays of samples.npz. Raises KeyError or ValueError if the arrays are malformed."""
    names = [key.removeprefix(VALUES) for key in arrays if key.startswith(VALUES)]
    entries = tuple(
        LabelEntry(name=name, names=_texts(arrays[NAMES + name]), unit=plain_text(arrays[UNIT + name]))
        for name in names
    )
    probe = Probe(
        images=Array.of(np.asarray(arrays["pictures"])),
        texts=_texts(arrays["texts"]),
        labels={entry.name: _values(arrays[VALUES + entry.name], entry) for entry in entries},
        label_entries=entries,
        ids=Array.of(np.asarray(arrays["ids"], np.int64)),
        split_size=int(arrays["of"]),
    )
    probe.verify()
    return probe


def _texts(array: npt.NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(plain_text(each) for each in array.flatten().tolist())


def _values(array: npt.NDArray[np.generic], entry: LabelEntry) -> Array:
    if not entry.names:
        return Array.of(np.asarray(array, np.float32))
    values = np.asarray(array, np.int32)
    if values.size and not UNKNOWN <= values.min() <= values.max() < len(entry.names):
        raise ValueError(f"some values of {entry.name} have no name")
    return Array.of(values)
