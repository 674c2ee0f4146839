"""Sends the positions of the samples on the maps of all snapshots of a recorded run, before the window asks for them.

The window can then show the map of each snapshot at once, and play them one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sslviz.core.panel_data import MAX_HISTORY_BYTES, UMAP_LEARN, EarlierMaps
from sslviz.core.recording import SnapshotMap
from sslviz.core.run_folder import step_of
from sslviz.core.wire import Array
from sslviz.engine.training.run_log import Listener

MAPS = 25
"""Maximum number of files that are read at once, and of maps in a message: 2 MB with 10,000 samples."""


class RecordedHistory:
    """Sends the positions that a run has recorded in the files of its snapshots.

    Args:
        read: returns the map in a file, in the order of the probe; None if there is none.
        listener: receives the positions.
        samples: number of samples of the run.

    Attributes:
        unmapped: files without positions by sslviz, in the order in which they were read.
    """

    def __init__(self, read: Callable[[Path], SnapshotMap | None], listener: Listener, samples: int) -> None:
        self._read, self._listener = read, listener
        self._most = max(2, MAX_HISTORY_BYTES // (8 * samples))
        self._unsent: deque[Path] = deque()
        self.unmapped: list[Path] = []

    def add(self, paths: Sequence[Path]) -> None:
        """Send the positions in these files, which are sorted by step, or of too many in an even selection of them."""
        again = {*paths}
        self.unmapped = [path for path in self.unmapped if path not in again]
        self._unsent.extend(selected(paths, self._most))

    def send_next(self) -> bool:
        """Read the next files and send the positions in them; return whether there are more files."""
        paths = [self._unsent.popleft() for _ in range(min(MAPS, len(self._unsent)))]
        found = {path: self._read(path) for path in paths}
        recorded = {path: each for path, each in found.items() if each is not None and each.method != UMAP_LEARN}
        self.unmapped += [path for path in paths if path not in recorded]
        if recorded:
            self._listener.send(earlier_maps({step_of(path): each for path, each in recorded.items()}))
        return bool(self._unsent)


def earlier_maps(maps: dict[int, SnapshotMap]) -> EarlierMaps:
    """Return the message with at least one map, by step."""
    steps = sorted(maps)
    return EarlierMaps(
        steps=Array.of(np.array(steps, np.int64)),
        xy=Array.of(np.stack([maps[step].xy for step in steps])),
        methods=tuple(maps[step].method for step in steps),
    )


def selected(paths: Sequence[Path], most: int) -> list[Path]:
    """Return at most ``most`` ≥ 2 of the ``paths``, evenly spaced; the first and the last are among them."""
    indices = np.linspace(0, len(paths) - 1, min(len(paths), most)).round().astype(int)
    return [paths[index] for index in indices.tolist()]
