"""What samples look like to the network: views and invariances."""

from __future__ import annotations

from sslviz.core.wire import Array, Frozen, expect


class Views(Frozen, frozen=True):
    """What becomes of samples before the network sees them: uint8[len(rows), n, H, W, 3], a sample a column."""

    step: int
    rows: tuple[str, ...]
    """for example original, view a, view b"""
    images: Array
    generation: int = 0
    samples: tuple[int, ...] = ()
    """n numbers of training samples, or none where they are not known"""

    def verify(self) -> None:
        expect("images", self.images, "uint8", len(self.rows), None, None, None, 3)
        if len(self.samples) not in (0, self.images.shape[1]):
            raise ValueError(f"{len(self.samples)} numbers of {self.images.shape[1]} samples")


class PinnedViews(Frozen, frozen=True):
    """What becomes of one sample of the map before the network sees it: uint8[len(rows), h, w, 3]."""

    step: int
    index: int
    rows: tuple[str, ...]
    images: Array

    def verify(self) -> None:
        expect("images", self.images, "uint8", len(self.rows), None, None, 3)


class Invariance(Frozen, frozen=True):
    """How far h of one sample of the map turns as each augmentation grows, alone."""

    step: int
    index: int
    """which of the map's samples"""
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    strengths: Array
    """float32[A, S], from nothing to full, of each of the A settings"""
    in_force: Array
    """float32[A], the strengths that are trained with"""
    cosines: Array
    """float32[A, S], the mean cosine of the sample's h with that of its views"""
    images: Array
    """uint8[A, S, h, w, 3], a view of each strength"""

    def verify(self) -> None:
        count = len(self.keys)
        expect("strengths", self.strengths, "float32", count, None)
        steps = self.strengths.shape[1]
        expect("in_force", self.in_force, "float32", count)
        expect("cosines", self.cosines, "float32", count, steps)
        expect("images", self.images, "uint8", count, steps, None, None, 3)
        if len(self.labels) != count:
            raise ValueError(f"{len(self.labels)} labels of {count} settings")
