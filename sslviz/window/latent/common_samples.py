"""Samples that the maps of two runs have in common, and the alignment of one map with the other by these samples."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from sslviz.core.panel_data import Probe
from sslviz.reduction.alignment import procrustes
from sslviz.window.latent.points import Indices, Points

NOWHERE = -1
"""Stands for the index of a sample that the other map does not have."""
SAME_COLOUR = 8
"""Maximum difference of the mean colours, from 0 to 255, of one picture that is reduced to two sizes."""


def common_samples(own: Probe, other: Probe) -> Indices:
    """Return for each of the n segments of ``own`` its index among the segments of ``other``, int[n], or NOWHERE.

    Segments are the same if they are equally numbered ones of samples with equal numbers in the data set. If the
    labels, texts or images of such segments differ, the data sets do, and no segments are the same. Samples that are
    files are the same if their paths and images are: some may be left out of one run, or have other labels there.
    """
    by_file = bool(own.files and other.files)
    own_keys, other_keys = (_numbered(each.files if by_file else each.ids.numpy().tolist()) for each in (own, other))
    places = {key: index for index, key in enumerate(other_keys)}
    indices = np.array([places.get(key, NOWHERE) for key in own_keys], np.intp)
    here = np.flatnonzero(indices >= 0)
    same = _have_same_content(own, here, other, indices[here], by_file=by_file)
    return indices if same else np.full_like(indices, NOWHERE)


def _numbered(samples: Sequence[Hashable]) -> list[tuple[Hashable, int]]:
    """Return for each segment its sample, and its own number among the segments of this sample."""
    seen: dict[Hashable, int] = {}
    result = []
    for number in samples:
        seen[number] = seen.get(number, -1) + 1
        result.append((number, seen[number]))
    return result


def _have_same_content(own: Probe, here: Indices, other: Probe, there: Indices, *, by_file: bool) -> bool:
    """Return whether segments look alike, as far as both probes know: by labels, texts, and images of equal size.

    ``by_file``, labels do not count, and of images of two sizes the mean colours do.
    """
    if not by_file and {entry.name for entry in own.label_entries} ^ {entry.name for entry in other.label_entries}:
        return False
    entries = () if by_file else own.label_entries
    columns = [(own.labels[entry.name], other.labels[entry.name]) for entry in entries]
    images, others = own.images.numpy(), other.images.numpy()
    if images.shape[1:] == others.shape[1:]:
        columns.append((own.images, other.images))
    elif by_file and images.size and others.size:
        colours, other_colours = (each.mean((1, 2, 3)) for each in (images[here], others[there]))
        if np.abs(colours - other_colours).max(initial=0) > SAME_COLOUR:
            return False
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
