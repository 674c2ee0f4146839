"""Panel data with views of samples, and with the invariance of the network to each augmentation."""

from __future__ import annotations

from sslviz.core.wire import Array, Frozen, expect


class Views(Frozen, frozen=True):
    """Images of n samples and of their random views or corruptions.

    ``images``: uint8[R, n, H, W, 3], a grid with one column for each sample and R rows, for example original, view a
    and view b. ``rows``: names of the R rows.
    """

    step: int
    rows: tuple[str, ...]
    """Names of the rows, for example original, view a, view b."""
    images: Array
    generation: int = 0
    """The ``generation`` of the :class:`~sslviz.core.messages.Preview` that this message answers."""
    samples: tuple[int, ...] = ()
    """Indices of the n training samples; empty if the indices are unknown."""
    files: tuple[str, ...] = ()
    """The paths of the files of the n samples in the folder of the data; empty if they are no files."""

    def verify(self) -> None:
        expect("images", self.images, "uint8", len(self.rows), None, None, None, 3)
        for what, facts in (("numbers", self.samples), ("files", self.files)):
            if len(facts) not in (0, self.images.shape[1]):
                raise ValueError(f"{len(facts)} {what} of {self.images.shape[1]} samples")


class PinnedViews(Frozen, frozen=True):
    """Images of the sample that the user has pinned on the map, and of its random views or corruptions.

    ``index``: index on the map of the pinned segment; the views are of the sample to which it belongs. ``images``:
    uint8[R, H, W, 3], the R images, for example original, view a and view b. ``rows``: names of the R images.
    """

    step: int
    index: int
    rows: tuple[str, ...]
    images: Array

    def verify(self) -> None:
        expect("images", self.images, "uint8", len(self.rows), None, None, 3)


class Invariance(Frozen, frozen=True):
    """Invariance of h to each augmentation: cosines between h of a sample and h of its augmented views.

    Each view is made with only one of the augmentations.
    """

    step: int
    index: int
    """Index of the sample on the map."""
    keys: tuple[str, ...]
    """Setting keys of the A augmentations."""
    labels: tuple[str, ...]
    """Names of the A augmentations in the form."""
    strengths: Array
    """float32[A, S], S strengths of each augmentation, from zero to the maximum."""
    in_force: Array
    """float32[A], strength of each augmentation in the current training."""
    cosines: Array
    """float32[A, S], mean cosine of the sample's h with h of its views."""
    images: Array
    """uint8[A, S, h, w, 3], one view at each strength of each augmentation."""

    def verify(self) -> None:
        count = len(self.keys)
        expect("strengths", self.strengths, "float32", count, None)
        steps = self.strengths.shape[1]
        expect("in_force", self.in_force, "float32", count)
        expect("cosines", self.cosines, "float32", count, steps)
        expect("images", self.images, "uint8", count, steps, None, None, 3)
        if len(self.labels) != count:
            raise ValueError(f"{len(self.labels)} labels of {count} settings")
