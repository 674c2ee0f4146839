"""Panel data with what a network has found in the patches of images."""

from __future__ import annotations

from sslviz.core.wire import Array, Frozen, expect

MAX_PATCH_DIMS = 64
"""Maximum number of dimensions of the features of a patch in a message."""
MAX_ATTENTION_PATCHES = 256
"""Maximum number of patches of an image whose attention is sent."""


class Patches(Frozen, frozen=True):
    """Features of the patches of m images of the map, as vectors and as colours.

    An image is cut into P = p · q patches, in p rows and q columns. The first image is the one in view: that of the
    pinned sample, or of the first sample of the map if none is pinned. The others are always of the same samples.
    """

    step: int
    samples: Array
    """int32[m], indices of the m samples on the map."""
    images: Array
    """uint8[m, h, w, 3], the m images."""
    features: Array
    """float16[m, p, q, d], the features of each patch, of length 1: the dot product of two is the cosine.

    Features of more than :data:`MAX_PATCH_DIMS` dimensions are projected such that the cosines change little."""
    colours: Array
    """uint8[m, p, q, 3], the first three principal components of the features as red, green and blue."""
    attention: Array | None
    """float16[heads, P, P], the attention of the last layer in the first image: how much each patch (rows) takes from
    each patch (columns), numbered row by row. None if there are more than :data:`MAX_ATTENTION_PATCHES` patches."""

    def verify(self) -> None:
        expect("samples", self.samples, "int32", None)
        count = self.samples.shape[0]
        expect("images", self.images, "uint8", count, None, None, 3)
        expect("features", self.features, "float16", count, None, None, None)
        _, rows, columns, dims = self.features.shape
        if dims > MAX_PATCH_DIMS:
            raise ValueError(f"features of {dims} dimensions")
        if not all(self.features.shape):
            raise ValueError("no patches")
        expect("colours", self.colours, "uint8", count, rows, columns, 3)
        if self.attention is not None:
            expect("attention", self.attention, "float16", None, rows * columns, rows * columns)
