"""Panel data of the latent map: the segments on the map, their positions, losses and clusters.

In the shapes, n is the number of segments on the map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import LabelEntry
from sslviz.core.plain_text import one_line, plain_text
from sslviz.core.wire import Array, Frozen, expect

MapMethod = Literal["pca", "umap", "umap-learn"]
"""Method of a map: "umap" is the layout of sslviz, which follows a training, "umap-learn" the library of this name."""
UMAP_LEARN: Final = "umap-learn"
"""Method of a map that the library umap-learn has laid out."""
MapSpace = Literal["latent", "raw_input"]
"""What a map lays out: the latent space, or the raw inputs, such as pixels, before there is a trained network."""
THUMBNAIL_SIDE, MAX_THUMBNAIL_BYTES = 48, 32 * 2**20
"""Maximum height and width of the images of the segments in pixels, and maximum size of all of them in bytes."""
MAX_SOUND_BYTES: Final = 16 * 2**20
"""Maximum size of the sounds of all segments, in bytes."""
MAX_SAMPLE_RATE: Final = 384_000
"""Maximum number of audio samples per second."""
MAX_FILE: Final = 400
"""Maximum length of the path of a sample's file, in characters; a longer one loses its middle."""
MAX_HISTORY_BYTES: Final = 8 * 2**20
"""Maximum size of the positions that are kept of the maps of one run by one method, in bytes."""


def thumbnail_side(images: int) -> int:
    """Return the maximum height and width, in pixels, of the small RGB images of a run that has this many images.

    Many images are made smaller than few, so that together they take at most :data:`MAX_THUMBNAIL_BYTES`.
    """
    return max(1, min(THUMBNAIL_SIDE, math.isqrt(MAX_THUMBNAIL_BYTES // (3 * max(images, 1)))))


def sounds_that_fit(sounds: npt.NDArray[np.int16] | None) -> Array | None:
    """Return the audio of all segments for a message; None if there is none or more than :data:`MAX_SOUND_BYTES`."""
    return None if sounds is None or sounds.nbytes > MAX_SOUND_BYTES else Array.of(sounds)


def files_that_fit(files: Iterable[object]) -> tuple[str, ...]:
    """Return paths of files for a message, as plain text of at most :data:`MAX_FILE` characters each."""
    texts = map(plain_text, files)
    return tuple(text if len(text) <= MAX_FILE else one_line(text, MAX_FILE) for text in texts)


class Probe(Frozen, frozen=True):
    """The n segments shown on the map, with their images, texts, sounds and labels.

    The message is sent once per run; for a recorded run it is sent again when images, texts or labels were added. All
    segments are from one split of the data set. ``ids``: int64[n], for each segment the index of its sample in this
    split.
    """

    images: Array
    """uint8[n, frames, h, w, 3]; one frame except for video, no frame if the segments have no images."""
    texts: tuple[str, ...]
    """Text of each segment; an empty tuple if the segments have no texts."""
    labels: dict[str, Array]
    """For each label, by name: int32[n], indices into its class names, or float32[n] if its values are numbers.

    The index -1 and NaN mean that the class or the number of a segment is unknown.
    """
    label_entries: tuple[LabelEntry, ...]
    ids: Array
    split_size: int
    """Number of segments in the split that the segments are taken from."""
    sounds: Array | None = None
    """int16[n, T], the audio of each segment; None if the segments are no sounds, or if the audio of all of them takes
    more than :data:`MAX_SOUND_BYTES`."""
    sample_rate: int = 0
    """Number of audio samples per second; 0 if the segments are no sounds."""
    files: tuple[str, ...] = ()
    """The path of the file of each segment's sample in the folder of the data; empty if the samples are no files."""

    def known(self, entry: LabelEntry) -> npt.NDArray[np.bool_]:
        """Return bool[n]: for each segment, whether its value of the label ``entry`` is known."""
        values = np.asarray(self.labels[entry.name].numpy(), np.float64)
        return np.asarray(np.isfinite(values) & (values >= 0 if entry.names else True))

    def verify(self) -> None:
        expect("ids", self.ids, "int64", None)
        count = self.ids.shape[0]
        expect("images", self.images, "uint8", count, None, None, None, 3)
        if len(self.texts) not in (0, count):
            raise ValueError(f"{len(self.texts)} texts of {count} segments")
        if len(self.files) not in (0, count):
            raise ValueError(f"{len(self.files)} files of {count} segments")
        for entry in self.label_entries:
            if entry.name not in self.labels:
                raise ValueError(f"the label {entry.name} has no values")
            expect(entry.name, self.labels[entry.name], "int32" if entry.names else "float32", count)
        self._verify_sounds(count)

    def _verify_sounds(self, count: int) -> None:
        if self.sounds is not None:
            expect("sounds", self.sounds, "int16", count, None)
        lowest = 0 if self.sounds is None else 1
        if not lowest <= self.sample_rate <= MAX_SAMPLE_RATE:
            raise ValueError(f"sounds of {self.sample_rate:,} audio samples per second")


class LatentMap(Frozen, frozen=True):
    """The latent map, or a map of the raw inputs: ``xy``, float32[n, 2], holds the positions of the segments.

    The positions are rotated, reflected, scaled and shifted to match the previous map as closely as possible.
    """

    step: int
    xy: Array
    method: MapMethod
    age_s: float
    """Seconds that passed between the computation of the embeddings and this message."""
    space: MapSpace = "latent"
    library: str = ""
    """Library that laid out the map, with its version, such as "umap-learn 0.5.12"; empty for sslviz itself."""
    trustworthiness: float = math.nan
    """Trustworthiness of the neighbourhoods on the map (k = 15), in [0, 1]; NaN where unknown."""
    agreement: float = math.nan
    """Share of the neighbours in the latent space that are neighbours on the map, in [0, 1]; NaN where unknown."""
    movement: float = math.nan
    """Median distance that points moved since the previous map, as a share of that map's extent; NaN where unknown."""
    neighbours: Array | None = None
    """int32[n, k], the k nearest other segments of each segment in the latent space, by cosine, nearest first.

    None for a map of the raw inputs, and where unknown."""
    cosines: Array | None = None
    """float32[n, k], the cosine of each segment with each of its neighbours."""

    def verify(self) -> None:
        expect("xy", self.xy, "float32", None, 2)
        if self.neighbours is None or self.cosines is None:
            return
        count = self.xy.shape[0]
        expect("neighbours", self.neighbours, "int32", count, None)
        expect("cosines", self.cosines, "float32", *self.neighbours.shape)
        indices = self.neighbours.numpy()
        if indices.size and not 0 <= indices.min() <= indices.max() < count:
            raise ValueError(f"some neighbours are none of the {count} samples")


class EarlierMaps(Frozen, frozen=True):
    """Positions of the n segments on m maps of the latent space, in the order of steps.

    The maps are of snapshots of a recorded run. The engine sends them before the window asks for them, so that the
    window can show each at once; a :class:`LatentMap` of the snapshot that the user looks at follows. No such message
    is left out. ``steps``: int64[m], increasing; ``xy``: float32[m, n, 2]; ``methods``: the method of each map.
    """

    steps: Array
    xy: Array
    methods: tuple[MapMethod, ...]

    def maps(self) -> tuple[LatentMap, ...]:
        """Return the maps, without neighbours and figures."""
        each = zip(self.steps.numpy().tolist(), self.xy.numpy(), self.methods, strict=True)
        return tuple(LatentMap(step=step, xy=Array.of(xy), method=method, age_s=0.0) for step, xy, method in each)

    def verify(self) -> None:
        expect("steps", self.steps, "int64", len(self.methods))
        expect("xy", self.xy, "float32", len(self.methods), None, 2)
        steps = self.steps.numpy().astype(np.int64)
        if (steps[1:] <= steps[:-1]).any():
            raise ValueError("the steps of the maps do not increase")


class SelectionFigures(Frozen, frozen=True):
    """How similar the m segments are that the user has selected on the map: cosines between their representations h.

    The attributes call segments samples, as the panels do.
    """

    step: int
    mean_cosine: float
    """Mean cosine of h over all pairs of selected samples; NaN for fewer than two."""
    typical: Array
    """int32[m], indices of the selected samples, most typical first."""
    typicality: Array
    """float32[m], cosine of h of each sample in ``typical`` with the mean direction of h of all selected samples."""

    def verify(self) -> None:
        expect("typical", self.typical, "int32", None)
        expect("typicality", self.typicality, "float32", *self.typical.shape)


class Losses(Frozen, frozen=True):
    """Losses of the segments on the map, computed with the current settings: ``values``, float32[n].

    The loss is computed for whole samples, so that all segments of a sample have the same value.
    """

    step: int
    values: Array

    def verify(self) -> None:
        expect("values", self.values, "float32", None)


class Clusters(Frozen, frozen=True):
    """The clusters of the segments on the map, found by k-means of h/‖h‖ with k clusters.

    ``members``: int32[n], the number of each segment's cluster, from 0 to k-1.
    """

    step: int
    members: Array

    def verify(self) -> None:
        expect("members", self.members, "int32", None)
        if np.asarray(self.members.numpy(), np.int32).min(initial=0) < 0:
            raise ValueError("some clusters have no number")
