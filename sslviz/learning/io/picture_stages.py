"""Pictures of the user's own as samples of a data set, of which the first can be trained on while the rest is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from sslviz.core.found import Unreadable
from sslviz.core.settings import Values
from sslviz.learning.dataset import ProgressCallback, Samples, Split, Wider
from sslviz.learning.io.picture_labels import HELD_OUT_SHARE, LEAST_HELD_OUT
from sslviz.learning.io.picture_look import OneLook, white_of
from sslviz.learning.io.picture_looks import look_at
from sslviz.learning.io.picture_reading import FIRST, PictureReading, reading_of
from sslviz.learning.io.picture_settings import PictureSettings
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.picture_survey import LEAST, check_number, found_in
from sslviz.learning.io.pictures import Shape

STAGES = ((1, FIRST), (100, 8192), (500, None))
"""First step and number of pictures of each stage; None stands for all.

They depend on nothing but the step, so that a run is the same on a busy machine. The first pictures are decoded within
a second; a hundred steps take long enough for the next ones, and each stage is passed through some ten times.
"""


def load(source: PictureSource, values: Values, progress: ProgressCallback) -> Split:
    """Return the first pictures as samples, with all others as :attr:`Split.wider`.

    Pictures that cannot be read are left out and listed. ``values``: values of settings, among them those of
    :class:`PictureSettings`.

    Raises:
        SettingError: there are too few pictures.
        DataError: the decoded pictures cannot be kept.
    """
    settings = PictureSettings.of(values)
    looks, unreadable = look_at(source, progress)
    check_number(source, len(source) - len(unreadable), unreadable)
    order = reading_order(np.asarray(source.held_out, bool))
    reading = reading_of(source, order, Shape(settings.side, settings.fit, white_of(looks)))
    sizes = stages(len(source))
    try:
        return _Stage(source, looks, order, reading, sizes, 0).load(progress)
    except BaseException:
        reading.close()
        raise


def reading_order(held_out: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the indices of all pictures in the order in which they are read, int64[n].

    Pictures for training and held-out ones, bool[n], come each in their order, and evenly mixed; of few that are held
    out, as many as the usual share come first.
    """
    places = np.empty(len(held_out))
    for rows, share in ((~held_out, 0.0), (held_out, HELD_OUT_SHARE)):
        count = int(rows.sum())
        places[rows] = (np.arange(count) + 0.5) / max(count / max(len(held_out), 1), share)
    return np.argsort(places, kind="stable")


def stages(number: int) -> Sequence[tuple[int, int]]:
    """Return the first step and the number of pictures of each stage, for a number of pictures in all."""
    sizes = [(step, number if size is None else min(size, number)) for step, size in STAGES]
    return [stage for place, stage in enumerate(sizes) if place == 0 or sizes[place - 1][1] < number]


@dataclass(frozen=True)
class _Stage(Wider):
    """The first pictures, as many as stage ``stage`` has. ``stages``: as :func:`stages` returns them."""

    source: PictureSource
    looks: list[OneLook]
    order: npt.NDArray[np.int64]
    reading: PictureReading
    stages: Sequence[tuple[int, int]]
    stage: int

    @property
    def from_step(self) -> int:  # type: ignore[override]
        return self.stages[self.stage][0]

    def load(self, progress: ProgressCallback) -> Split:
        number = self.stages[self.stage][1]
        verb = "Waiting for" if self.stage else "Reading"
        self.reading.wait(number, f"{verb} pictures: {{done}} of {number:,} are read", progress)
        broken = self.reading.unreadable
        order = self.order[:number]
        is_broken = np.isin(order, list(broken))
        kept = order[~is_broken]
        wider = replace(self, stage=self.stage + 1) if self.stage + 1 < len(self.stages) else None
        if len(kept) < LEAST and wider is not None:
            return wider.load(progress)
        unreadable = [Unreadable(self.source.names[index], broken[index]) for index in order[is_broken].tolist()]
        check_number(self.source, len(kept), unreadable)
        train, held_out = self._samples(kept)
        known = np.delete(np.arange(len(self.source)), order[is_broken])
        num_held_out = len(held_out) + int(np.asarray(self.source.held_out)[self.order[number:]].sum())
        listed = [*self.source.unreadable, *unreadable]
        found = found_in(self.source, self.looks, torch.from_numpy(known), num_held_out, listed)
        entries = tuple(column.entry for column in self.source.columns)
        return Split(train, held_out, entries, found=found, wider=wider)

    def close(self) -> None:
        self.reading.close()

    def _samples(self, kept: npt.NDArray[np.int64]) -> tuple[Samples, Samples]:
        """Return the samples for training and those held out, of the pictures at the indices ``kept``, int64[m].

        If too few are held out, the last ones for training are too.
        """
        held_out = np.asarray(self.source.held_out, bool)[kept]
        train, rest = (self._part(part, kept[rows]) for part, rows in enumerate((~held_out, held_out)))
        if (missing := LEAST_HELD_OUT - len(rest)) > 0:
            last = train.select(slice(len(train) - missing, None))
            train, rest = train.first(len(train) - missing), Samples.concatenate([last, rest])
        return train, rest

    def _part(self, part: int, indices: npt.NDArray[np.int64]) -> Samples:
        labels = {column.entry.name: column.values[torch.from_numpy(indices)] for column in self.source.columns}
        files = tuple(self.source.names[index] for index in indices.tolist())
        return replace(Samples.whole(self.reading.mapped(part, len(indices)), **labels), files=files)
