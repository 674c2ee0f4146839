"""A random order of the samples of a recorded run, since a script may log them sorted, for example by class.

Figures and matrices are computed from the first samples only, as during a training, where the samples are in random
order as well.
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
    """Return a random order of the rows of h, float[n, D]: int[n], the indices of the rows.

    Rows are sorted by a checksum, so that the same samples lead to the same figures in whichever order they are logged.
    Rows that are equal are shuffled by a generator with a fixed seed.
    """
    shuffled = np.random.default_rng(0).permutation(len(h))
    checksums = np.array([zlib.crc32(h[row].tobytes()) for row in shuffled])
    return shuffled[np.argsort(checksums, kind="stable")]


def ordered_snapshot(snapshot: Snapshot, order: Order) -> Snapshot:
    """Return the snapshot with its samples in the given order.

    The similarity matrix of the snapshot is unchanged, since it is of other samples.
    """
    z, xy = snapshot.z, snapshot.xy
    return snapshot._replace(
        h=snapshot.h[order], z=None if z is None else z[:, order], xy=None if xy is None else xy[order]
    )


def ordered_probe(probe: Probe, order: Order) -> Probe:
    """Return the probe with its samples in the given order."""
    return msgspec.structs.replace(
        probe,
        images=Array.of(probe.images.numpy()[order]),
        texts=tuple(probe.texts[index] for index in order.tolist()) if probe.texts else (),
        labels={name: Array.of(values.numpy()[order]) for name, values in probe.labels.items()},
        ids=Array.of(probe.ids.numpy()[order]),
    )
