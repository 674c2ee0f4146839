"""The interface through which observers read the embeddings of a network in training or of a recorded run."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from torch import Tensor

from sslviz.core.entries import LabelEntry

TRAINED = "trained"
"""Name of the representation by the network in training in :meth:`EmbeddingSource.representations`."""


class Spectra(NamedTuple):
    """Singular values of embeddings; scale and order are documented at :func:`spectrum` in ``evaluation.geometry``.

    ``values``: those by the network in training. ``untrained``: those by the untrained network; None if nothing is
    trained. ``of``: whether the embeddings are z, the output of the projection head, or h.
    """

    values: Tensor
    untrained: Tensor | None
    of: Literal["z", "h"]


class MapPoints(Protocol):
    """What a map lays out: a vector for each of the n segments on the map."""

    @property
    def step(self) -> int:
        """Number of optimiser steps done when the vectors were computed."""

    def probe_h(self) -> Tensor:
        """Return the vectors: float32[n, D]."""


class EmbeddingSource(MapPoints, Protocol):
    """Embeddings of the n segments on the map at one optimiser step, and the labels of these segments.

    In a recorded run, the embeddings are those of the snapshot that the window shows. Those of the first snapshot then
    stand for the untrained network. If z was not recorded, h takes its place.
    """

    labels: tuple[LabelEntry, ...]
    """Descriptions of the labels by which the embeddings are scored."""

    @property
    def step(self) -> int:
        """Number of optimiser steps done when the embeddings were computed."""

    def probe_h(self) -> Tensor:
        """Return h, the output of the encoder, of the segments on the map: float32[n, H_DIM].

        A recorded h of more than 512 dimensions is projected to 256 dimensions.
        """

    def probe_labels(self, name: str) -> Tensor:
        """Return the value of the label ``name`` for each segment on the map.

        The values are class indices, int64[n], or numbers, float32[n].
        """

    def images(self) -> Tensor | None:
        """Return the images of the segments on the map, uint8[n, C, height, width]; None if they are no images."""

    def representations(self) -> dict[str, Tensor]:
        """Return representations of the segments on the map, by the name of the representation.

        Each is float32[n, D] with a number of dimensions D of its own. The first one, :data:`TRAINED`, is the
        same as :meth:`probe_h`. The others, such as the raw inputs, are baselines for it.
        """

    def spectra(self) -> Spectra | None:
        """Return the singular values of z by the network in training and those of z by the untrained network.

        If nothing is trained, they are those of h. Return None if the objective is trained without positive pairs.
        """
