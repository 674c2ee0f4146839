"""Observers of the network itself or of its last batch; each runs only while a visible panel shows its data."""

from __future__ import annotations

import numpy as np
import torch

from sslviz.core.messages import Watch
from sslviz.core.panel_data import (
    FalseNegatives,
    Invariance,
    Losses,
    Patches,
    PinnedViews,
    Similarity,
    StepsAhead,
    Strips,
    TokenPredictions,
    WrittenText,
)
from sslviz.core.panel_data.latent_map import THUMBNAIL_SIDE
from sslviz.core.requests import PredictionRequest, SimilarityRequest
from sslviz.core.wire import Array
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.observers import first_labels
from sslviz.engine.observing.panel_data import (
    invariance_message,
    matrix_of_pairs,
    patches_message,
    similarity_message,
    steps_ahead_message,
    strips_message,
    token_predictions_message,
    written_text_message,
)
from sslviz.engine.observing.panel_observer import PanelObserver
from sslviz.engine.training.run_log import Listener
from sslviz.engine.training.setup import Setup
from sslviz.learning.evaluation.negatives import false_negatives
from sslviz.learning.evaluation.patch_colours import ColourBasis, colour_basis
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.outputs import Pairs

MATRIX_PAIRS = 64
"""Maximum number of samples of the map whose pairs the similarity matrix shows."""
FALSE_NEGATIVE_SAMPLES, MAX_FALSE_NEGATIVES = 512, 48
"""Maximum number of samples of the map among which false negatives are searched, and maximum number of pairs that are
sent."""
PATCH_SAMPLES = 8
"""Maximum number of samples of the map whose patches are always shown, and determine the colours of patches."""


class NetworkObserver(PanelObserver):
    """Base class of observers that need the network, not only its embeddings."""

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        super().__init__(evaluation.embeddings, listener)
        self.setup, self.trainer, self.evaluation = setup, setup.trainer, evaluation

    def pairs(self, count: int) -> Pairs | None:
        """Return positive pairs of the first ``count`` samples of the map, or of all if the map has fewer.

        None if the objective has no positive pairs.
        """
        return self.evaluation.embeddings.pairs(min(count, len(self.evaluation.samples.probe)))


class SimilarityObserver(NetworkObserver):
    """Computes a matrix of similarities: of the last training batch, or of views of the first samples on the map.

    The window selects one of the two. If the objective has no positive pairs, the matrix is that of the last batch.
    """

    title = "similarity matrix"
    message_types = (Similarity,)
    interval_s, share = 0.7, 0.01

    def request(self, watch: Watch) -> object:
        """Return the options that the window has chosen for the matrix.

        They select the last batch, or samples of the map. If the objective predicts the next frames of a sample, they
        also select one of these frames.
        """
        return watch.request(SimilarityRequest)

    def panel_data(self, watch: Watch) -> Similarity | None:
        of_probe = self._of_probe() if watch.request(SimilarityRequest).source == "probe" else None
        return of_probe or self._of_batch(watch)

    def _of_probe(self) -> Similarity | None:
        pairs = self.pairs(MATRIX_PAIRS)
        if pairs is None:
            return None
        probe = self.evaluation.samples.probe.first(len(pairs.z_a))
        labels = first_labels(self.evaluation.samples.labels, probe)
        return similarity_message(self.trainer.step_number, "probe", matrix_of_pairs(pairs), labels, probe.files)

    def _of_batch(self, watch: Watch) -> Similarity | None:
        last = self.trainer.last
        if last is None:
            return None
        step_ahead = watch.request(SimilarityRequest).step_ahead
        matrix = self.trainer.objective.matrix(last.output, self.trainer.rows(last.indices), step_ahead)
        if matrix is None:
            return None
        train, indices = self.trainer.split.train, last.indices.cpu()
        labels = first_labels(self.evaluation.samples.labels, train)[indices]
        files = [train.files[index] for index in indices.tolist()] if train.files else []
        return similarity_message(last.step, "batch", matrix, labels, files)


class ImagePredictionObserver(NetworkObserver):
    """Computes images of what the objective predicts for a few held-out samples, always the same ones."""

    title = "prediction"
    message_types = (Strips,)
    interval_s = 0.7

    def request(self, watch: Watch) -> object:
        """Return how many of the next frames of a sample the window wants to be predicted."""
        return watch.request(PredictionRequest).horizon

    def panel_data(self, watch: Watch) -> Strips | None:
        prediction = self.evaluation.panels.image_prediction(watch.request(PredictionRequest).horizon)
        return strips_message(self.trainer.step_number, prediction) if prediction is not None else None


class TokenPredictionObserver(NetworkObserver):
    """Computes the tokens that the objective predicts in some held-out texts; the texts are always the same."""

    title = "predicted tokens"
    message_types = (TokenPredictions,)
    interval_s = 0.7

    def panel_data(self, watch: Watch) -> TokenPredictions | None:
        prediction = self.evaluation.panels.token_prediction()
        return token_predictions_message(self.trainer.step_number, prediction) if prediction is not None else None


class TextWritingObserver(NetworkObserver):
    """Lets the network go on writing from the beginning of a held-out text, another one each time."""

    title = "written text"
    message_types = (WrittenText,)
    interval_s = 5.0

    def request(self, watch: Watch) -> object | None:
        """Return None before the first step: an untrained network writes nothing worth reading."""
        return True if self.trainer.step_number else None

    def panel_data(self, watch: Watch) -> WrittenText | None:
        written = self.evaluation.panels.written()
        return written_text_message(self.trainer.step_number, *written) if written is not None else None


class StepsAheadObserver(NetworkObserver):
    """Computes how well the objective tells the next frames of a sample from other frames, as accuracy and loss.

    There is one accuracy and one loss for the next frame (1 step ahead), one of each for the frame after it (2 steps
    ahead), and so on.
    """

    title = "steps ahead"
    message_types = (StepsAhead,)
    interval_s = 2.5

    def panel_data(self, watch: Watch) -> StepsAhead | None:
        scores = self.evaluation.panels.steps_ahead()
        return steps_ahead_message(self.trainer.step_number, scores) if scores is not None else None


class InvarianceObserver(NetworkObserver):
    """Computes how much each augmentation changes h of the sample that the user has pinned.

    The measure is the cosine between h of the sample and h of its augmented views.
    """

    title = "microscope"
    message_types = (Invariance,)
    share = 0.04

    def request(self, watch: Watch) -> object | None:
        """Return the index of the sample that the user has pinned, or None if no sample of the map is pinned."""
        return present(watch.samples.pinned, len(self.evaluation.samples.probe))

    def panel_data(self, watch: Watch) -> Invariance | None:
        pinned = watch.samples.pinned
        if pinned is None:
            return None
        invariances = self.evaluation.panels.invariance(pinned)
        return None if invariances is None else invariance_message(self.trainer.step_number, pinned, invariances)


class LossesObserver(NetworkObserver):
    """Computes the loss of each segment on the map."""

    title = "losses of the samples"
    message_types = (Losses,)
    share = 0.04

    def panel_data(self, watch: Watch) -> Losses | None:
        losses = self.evaluation.panels.probe_losses()
        return None if losses is None else Losses(step=self.trainer.step_number, values=Array.of(losses.numpy()))


class FalseNegativesObserver(NetworkObserver):
    """Finds pairs of samples of the map that are close in the latent space although the loss pushes them apart."""

    title = "false negatives"
    message_types = (FalseNegatives,)
    interval_s = 2.5

    def panel_data(self, watch: Watch) -> FalseNegatives | None:
        positives = self.pairs(FALSE_NEGATIVE_SAMPLES)
        temperature = self.trainer.objective.temperature
        if positives is None or temperature is None:
            return None
        n = len(positives.z_a)
        h = self.embeddings.probe_h()[:n]
        pairs, cosines, pushes = false_negatives(h, positives.z_a, positives.z_b, temperature, MAX_FALSE_NEGATIVES)
        return FalseNegatives(
            step=self.trainer.step_number,
            samples=n,
            pairs=Array.of(pairs.to(torch.int32).cpu().numpy()),
            cosines=Array.of(cosines.cpu().numpy()),
            repulsions=Array.of(pushes.cpu().numpy()),
        )


class PinnedViewsObserver(NetworkObserver):
    """Computes what the network receives as inputs in place of the sample that the user has pinned.

    These are augmented views or masked versions of the sample, depending on the objective.
    """

    title = "views of the sample"
    message_types = (PinnedViews,)

    def request(self, watch: Watch) -> object | None:
        """Return the index on the map of the segment that the user has pinned; None if no segment on the map is pinned.

        The views are those of the sample to which this segment belongs.
        """
        return present(watch.samples.pinned, self.evaluation.samples.probe_segments)

    def panel_data(self, watch: Watch) -> PinnedViews | None:
        pinned = watch.samples.pinned
        views = {} if pinned is None else self.evaluation.panels.preview(pinned)
        if pinned is None or not views:
            return None
        images = np.concatenate([thumbnails(view, THUMBNAIL_SIDE) for view in views.values()])
        return PinnedViews(step=self.trainer.step_number, index=pinned, rows=tuple(views), images=Array.of(images))


class PatchesObserver(NetworkObserver):
    """Computes the features of the patches of some images of the map: the one in view, and the first of the map.

    The colours of the patches are those of the first images of the map. They are kept as steady as possible from one
    computation to the next, see :func:`~sslviz.learning.evaluation.patch_colours.colour_basis`.
    """

    title = "patches"
    message_types = (Patches,)
    share = 0.03

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        super().__init__(setup, evaluation, listener)
        self._basis: ColourBasis | None = None

    def request(self, watch: Watch) -> int:
        """Return the index of the image in view: that of the pinned sample, or of the first if none is pinned."""
        return present(watch.samples.pinned, len(self.evaluation.samples.probe)) or 0

    def panel_data(self, watch: Watch) -> Patches | None:
        probe = self.evaluation.samples.probe
        fixed = torch.arange(min(PATCH_SAMPLES, len(probe)))
        samples = torch.cat([torch.tensor([self.request(watch)]), fixed])
        found = self.evaluation.panels.patches(samples)
        if found is None:
            return None
        self._basis = colour_basis(found.tokens[1:].flatten(0, 2), self._basis)
        return patches_message(self.trainer.step_number, samples, probe.rows(samples), found, self._basis)


def present(index: int | None, count: int) -> int | None:
    """Return ``index`` if it is between 0 and ``count`` - 1, else None."""
    return index if index is not None and 0 <= index < count else None


NETWORK: tuple[type[NetworkObserver], ...] = (
    SimilarityObserver,
    ImagePredictionObserver,
    TokenPredictionObserver,
    TextWritingObserver,
    StepsAheadObserver,
    InvarianceObserver,
    LossesObserver,
    PinnedViewsObserver,
    FalseNegativesObserver,
    PatchesObserver,
)
