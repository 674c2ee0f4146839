"""Samples that the maps of two runs have in common, and the alignment of one map with the other by these samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Probe
from sslviz.reduction.alignment import procrustes
from sslviz.window.latent.points import Indices, Points

NOWHERE = -1
"""Stands for the index of a sample that the other map does not have."""


def common_samples(own: Probe, other: Probe) -> Indices:
    """Return for each of the n segments of ``own`` its index among the segments of ``other``, int[n], or NOWHERE.

    Segments are the same if they are equally numbered ones of samples with equal numbers in the data set. If the
    labels, texts or images of such segments differ, the data sets do, and no segments are the same.
    """
    places = {key: index for index, key in enumerate(_numbered(other.ids.numpy()))}
    indices = np.array([places.get(key, NOWHERE) for key in _numbered(own.ids.numpy())], np.intp)
    here = np.flatnonzero(indices >= 0)
    return indices if _have_same_content(own, here, other, indices[here]) else np.full_like(indices, NOWHERE)


def _numbered(ids: npt.NDArray[np.generic]) -> list[tuple[int, int]]:
    """Return for each segment the number of its sample, and its own number among the segments of this sample."""
    seen: dict[int, int] = {}
    result = []
    for number in ids.tolist():
        seen[number] = seen.get(number, -1) + 1
        result.append((number, seen[number]))
    return result


def _have_same_content(own: Probe, here: Indices, other: Probe, there: Indices) -> bool:
    """Return whether segments look alike, as far as both probes know: by labels, texts, and images of equal size."""
    if {entry.name for entry in own.label_entries} ^ {entry.name for entry in other.label_entries}:
        return False
    columns = [(own.labels[entry.name], other.labels[entry.name]) for entry in own.label_entries]
    images, others = own.images.numpy(), other.images.numpy()
    if images.shape[1:] == others.shape[1:]:
        columns.append((own.images, other.images))
    if own.texts and other.texts and any(own.texts[a] != other.texts[b] for a, b in zip(here, there, strict=True)):
        return False
    return all(
        first.dtype == second.dtype and np.array_equal(first[here], second[there], equal_nan=first.dtype.kind == "f")
        for first, second in ((a.numpy(), b.numpy()) for a, b in columns)
    )


class Onto(NamedTuple):
    """The map with which another one is aligned: its points, float32[m, 2], and :func:`common_samples` of the two."""

    xy: Points
    indices: Indices


def aligned(xy: Points, onto: Onto, *further: Points) -> list[Points]:
    """Return the map ``xy``, float32[n, 2], turned, mirrored, scaled and moved so that it fits ``onto`` best.

    What is done to ``xy`` is done to the ``further`` points too, which come after it in the result.
    """
    together = np.concatenate([xy, *further])
    target = np.full_like(together, np.nan)
    known = np.flatnonzero(onto.indices >= 0)
    target[known] = onto.xy[onto.indices[known]]
    return np.split(procrustes(together, target), np.cumsum([len(xy), *map(len, further)])[:-1])
