"""Puts the samples of a recorded run into a random order.

Figures and matrices are computed from the first samples only. Without the random order, these might all be of one
class, since a script may log its samples sorted by class.
"""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Probe
from sslviz.core.recording import Floats, Snapshot
from sslviz.core.wire import Array

Order = npt.NDArray[np.intp]


def random_order(h: Floats) -> Order:
    """Return the indices of the rows of ``h`` in a random order, int[n].

    ``h`` is float[n, D]: the embeddings of n samples in D dimensions. The rows are sorted by their checksums. Therefore
    samples that a script logs in another order, with the same embeddings, are put into the same order and give the same
    figures. Rows with equal checksums are in the order of a random permutation with a fixed seed.
    """
    shuffled = np.random.default_rng(0).permutation(len(h))
    checksums = np.array([zlib.crc32(h[row].tobytes()) for row in shuffled])
    return shuffled[np.argsort(checksums, kind="stable")]


def ordered_snapshot(snapshot: Snapshot, order: Order) -> Snapshot:
    """Return the snapshot with its samples in the given order.

    The order of the similarity matrix is not changed, since the rows of the matrix may be other samples; nor is that of
    the patches, which are of the first samples only.
    """
    z, found = snapshot.z, snapshot.map
    return snapshot._replace(
        h=snapshot.h[order],
        z=None if z is None else z[:, order],
        map=None if found is None else found._replace(xy=found.xy[order]),
    )


def ordered_probe(probe: Probe, order: Order) -> Probe:
    """Return the probe with its samples in the given order."""
    return msgspec.structs.replace(
        probe,
        images=Array.of(probe.images.numpy()[order]),
        texts=tuple(probe.texts[index] for index in order.tolist()) if probe.texts else (),
        files=tuple(probe.files[index] for index in order.tolist()) if probe.files else (),
        labels={name: Array.of(values.numpy()[order]) for name, values in probe.labels.items()},
        ids=Array.of(probe.ids.numpy()[order]),
        sounds=None if probe.sounds is None else Array.of(probe.sounds.numpy()[order]),
    )
