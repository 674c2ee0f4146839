"""Evaluation of the latent space beside the map."""

from __future__ import annotations

from sslviz.core.wire import Array, Frozen, expect


class FewLabels(Frozen, frozen=True):
    """What a linear probe on the labels of a few samples of the map alone makes of all others."""

    step: int
    given: tuple[int, ...]
    """the samples whose labels it was told"""
    names: tuple[str, ...]
    """the C classes among them"""
    said: Array
    """int32[n], which of these each sample of the map is to it, by the trained network; -1 where it cannot tell"""
    others: Array
    """int64[C], how many samples known to be of each class it was asked about; 0 where the data know of no such"""
    representations: tuple[str, ...]
    """what it read: the trained network, the untrained one, the inputs themselves"""
    accuracy: Array
    """float32[R, C], by representation and class; NaN where there was none to ask about"""

    def verify(self) -> None:
        expect("said", self.said, "int32", None)
        expect("others", self.others, "int64", len(self.names))
        expect("accuracy", self.accuracy, "float32", len(self.representations), len(self.names))


class Spectrum(Frozen, frozen=True):
    """How far the embeddings z/‖z‖ reach in each of their principal directions, the farthest first."""

    step: int
    values: Array
    """float32[D], singular values of the centred z/‖z‖ of n samples, over √n"""
    untrained: Array
    """float32[D], the same of the untrained network"""

    def verify(self) -> None:
        expect("values", self.values, "float32", None)
        expect("untrained", self.untrained, "float32", *self.values.shape)


class Health(Frozen, frozen=True):
    """Slow diagnostics of one snapshot; names as in :mod:`sslviz.learning.evaluation.diagnostics`."""

    step: int
    figures: dict[str, float]
