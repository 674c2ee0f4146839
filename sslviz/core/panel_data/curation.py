"""Panel data for the curation of a data set: samples that one may want to leave out of the next run."""

from __future__ import annotations

import numpy as np

from sslviz.core.wire import Array, Frozen, expect


class Curation(Frozen, frozen=True):
    """Near-duplicates and outliers among the segments on the map, given by their indices on the map.

    Near-duplicates are known of images only, by their pixels; outliers are the segments whose h is far from all others.
    """

    step: int
    compared: int
    """Number of images that were compared; 0 if the segments are no images."""
    duplicates: Array
    """int32[m], the images of all groups of near-duplicates, group after group."""
    groups: Array
    """int32[m], the number of the group of each, from 0; groups of the most similar images come first."""
    similarities: Array
    """float32[m], how similar each is to the one in its group that is most like it; at most 1."""
    cosines: Array
    """float32[m], the cosine of h of each with h of the first image in its group."""
    outliers: Array
    """int32[k], the farthest first."""
    distances: Array
    """float32[k], mean cosine distance of h of each outlier to its nearest neighbours."""
    typical_distance: float
    """The median of this distance over all segments; NaN if it is unknown."""

    def verify(self) -> None:
        expect("duplicates", self.duplicates, "int32", None)
        for name, column in (("similarities", self.similarities), ("cosines", self.cosines)):
            expect(name, column, "float32", *self.duplicates.shape)
        expect("groups", self.groups, "int32", *self.duplicates.shape)
        expect("outliers", self.outliers, "int32", None)
        expect("distances", self.distances, "float32", *self.outliers.shape)
        numbers = np.asarray(self.groups.numpy(), np.int64)
        if len(numbers) and (numbers[0] or not np.isin(np.diff(numbers), (0, 1)).all()):
            raise ValueError("the groups are not in order")
