"""Panel data that evaluate the latent space: classifiers trained on few labels, singular values, k-NN accuracy …"""

from __future__ import annotations

from typing import Literal

from sslviz.core.wire import Array, Frozen, expect


class FewLabels(Frozen, frozen=True):
    """Predicted classes and accuracy of linear classifiers that are trained on a few labelled samples.

    The classifiers (linear probes) are tested on other samples of the map. There is one for each representation of the
    samples: h of the trained network, h of the untrained network, and the raw inputs. For a recorded run, the first
    snapshot stands for the untrained network; there are no raw inputs if it has no images.
    """

    step: int
    labelled: tuple[int, ...]
    """Indices of the labelled samples."""
    names: tuple[str, ...]
    """Names of the C classes of the labelled samples."""
    predictions: Array
    """int32[n], predicted class of each sample of the map, from h of the trained network. All are -1 if h of any sample
    is not finite."""
    test_counts: Array
    """int64[C], number of samples of each class that test the classifiers; 0 if the map has no other samples that are
    known to be of this class."""
    representations: tuple[str, ...]
    """Names of the R representations that have a classifier: h of the trained network, h of the untrained network and,
    if there are any, the raw inputs."""
    accuracy: Array
    """float32[R, C], accuracy by representation and class; NaN for classes without test samples."""

    def verify(self) -> None:
        expect("predictions", self.predictions, "int32", None)
        expect("test_counts", self.test_counts, "int64", len(self.names))
        expect("accuracy", self.accuracy, "float32", len(self.representations), len(self.names))


class Spectrum(Frozen, frozen=True):
    """Singular values of the centred embeddings z/‖z‖ of n samples, largest first. z has D dimensions.

    A value near zero means that the embeddings hardly vary in the direction of its singular vector. Where there is no
    z, these are the singular values of h/‖h‖.
    """

    step: int
    values: Array
    """float32[min(n, D)], the singular values divided by √n."""
    untrained: Array | None = None
    """The same for the untrained network; for a recorded run, for its first snapshot. None if nothing is trained."""
    of: Literal["z", "h"] = "z"
    """Which embeddings these are."""

    def verify(self) -> None:
        expect("values", self.values, "float32", None)
        if self.untrained is not None:
            expect("untrained", self.untrained, "float32", *self.values.shape)


class Health(Frozen, frozen=True):
    """Evaluation figures of the network at one step, by key, such as "knn" for the k-NN accuracy.

    The keys are declared in :mod:`sslviz.engine.training.figures`, and by the objective for figures of its own.
    """

    step: int
    figures: dict[str, float]
