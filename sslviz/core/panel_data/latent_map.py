"""The latent map: its samples, their positions, and what is shown of them by position."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from sslviz.core.entries import LabelEntry
from sslviz.core.wire import Array, Frozen, expect

MapMethod = Literal["pca", "umap"]


class Probe(Frozen, frozen=True):
    """The fixed segments shown on the map, sent once per run: their images, texts and labels.

    ``ids``: int64[n], the number of each segment's sample in its split.
    """

    pictures: Array
    """uint8[n, frames, h, w, 3]: one frame for what stands still, none for what is read"""
    texts: tuple[str, ...]
    """n of them, or none where pictures tell all"""
    labels: dict[str, Array]
    """by name: int32[n] into its names, or float32[n]"""
    label_entries: tuple[LabelEntry, ...]
    ids: Array
    of: int
    """how many there are in the split they are taken from"""

    def verify(self) -> None:
        expect("ids", self.ids, "int64", None)
        count = self.ids.shape[0]
        expect("pictures", self.pictures, "uint8", count, None, None, None, 3)
        if len(self.texts) not in (0, count):
            raise ValueError(f"{len(self.texts)} texts of {count} segments")
        for entry in self.label_entries:
            if entry.name not in self.labels:
                raise ValueError(f"the label {entry.name} has no values")
            expect(entry.name, self.labels[entry.name], "int32" if entry.names else "float32", count)


class LatentMap(Frozen, frozen=True):
    """Where the probe samples lie now: float32[n, 2], aligned with the map before."""

    step: int
    xy: Array
    method: MapMethod
    age_s: float
    """seconds between the snapshot and this message"""
    trustworthiness: float = math.nan
    """of neighbourhoods on the map (k = 15), 0…1"""
    agreement: float = math.nan
    """share of the neighbours in the latent space that are neighbours on the map, 0…1"""
    movement: float = math.nan
    """of the median point since the map before, as a share of that map's extent; NaN where it is not known, as are
    the others"""
    neighbours: Array | None = None
    """int32[n, k], the nearest of each sample in the latent space by cosine, nearest first, without itself"""
    cosines: Array | None = None
    """float32[n, k], how near they are"""

    def verify(self) -> None:
        expect("xy", self.xy, "float32", None, 2)
        if self.neighbours is None or self.cosines is None:
            return
        count = self.xy.shape[0]
        expect("neighbours", self.neighbours, "int32", count, None)
        expect("cosines", self.cosines, "float32", *self.neighbours.shape)
        found = self.neighbours.numpy()
        if found.size and not 0 <= found.min() <= found.max() < count:
            raise ValueError(f"some neighbours are none of the {count} samples")


class SelectionFigures(Frozen, frozen=True):
    """How much the selected samples of the map have in common in the latent space."""

    step: int
    mean_cosine: float
    """of all pairs of them, by h; NaN of fewer than two"""
    typical: Array
    """int32[m], the selected ones, most typical first"""
    typicality: Array
    """float32[m], the cosine of each with their mean direction"""

    def verify(self) -> None:
        expect("typical", self.typical, "int32", None)
        expect("typicality", self.typicality, "float32", *self.typical.shape)


class Losses(Frozen, frozen=True):
    """What each sample of the map costs under the settings in force: float32[n], all segments of a sample alike."""

    step: int
    values: Array

    def verify(self) -> None:
        expect("values", self.values, "float32", None)


class Clusters(Frozen, frozen=True):
    """Which samples of the map lie together in the latent space: int32[n] in 0…k-1, by k-means of h/‖h‖."""

    step: int
    members: Array

    def verify(self) -> None:
        expect("members", self.members, "int32", None)
        if np.asarray(self.members.numpy(), np.int32).min(initial=0) < 0:
            raise ValueError("some clusters have no number")
