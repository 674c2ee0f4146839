"""Panel data with predictions beside their targets: images, likely tokens, written text, accuracy by steps ahead.

To predict k steps ahead is to predict the k-th of the later frames that are predicted of a sample. For sounds, some
frames after the last one that the network is given are skipped. These steps are not optimiser steps.
"""

from __future__ import annotations

from sslviz.core.wire import Array, Frozen, expect

BYTES = 256
"""Number of different bytes."""


class Strips(Frozen, frozen=True):
    """Images that show predictions beside their targets, in a grid of rows and columns for each of n samples.

    ``images``: uint8[n, rows, columns, H, W, 3], the images in the grids. ``filled``: uint8[rows, columns], 0 at each
    place where the grids are blank, otherwise 1.
    """

    step: int
    rows: tuple[str, ...]
    """Names of the rows, for example context, actual, predicted, error."""
    columns: tuple[str, ...]
    """Names of the columns, for example t+1, t+2, …"""
    images: Array
    filled: Array
    errors: Array
    """float32[n, columns], error of each prediction; NaN in columns without a prediction."""
    reference_errors: Array
    """float32[n, columns], error of a baseline that needs no learning, in place of each prediction; NaN without one."""
    error_name: str = ""
    reference_name: str = ""
    longest_horizon: int = 1
    """Maximum number of next frames that the user can choose to have predicted."""
    magnitudes: tuple[str, ...] = ()
    """Names of the rows that show magnitudes, such as errors, in grey: grey level g stands for g / 255, where 1 is the
    largest possible magnitude."""

    def verify(self) -> None:
        rows, columns = len(self.rows), len(self.columns)
        expect("images", self.images, "uint8", None, rows, columns, None, None, 3)
        expect("filled", self.filled, "uint8", rows, columns)
        for name, errors in (("errors", self.errors), ("reference_errors", self.reference_errors)):
            expect(name, errors, "float32", self.images.shape[0], columns)


class TokenPredictions(Frozen, frozen=True):
    """The most likely tokens at each predicted position of some texts, beside the actual tokens."""

    step: int
    vocabulary: tuple[str, ...]
    """Name of each token."""
    tokens: Array
    """int32[n, L], the tokens of the n texts, as indices into ``vocabulary``."""
    is_target: Array
    """uint8[n, L], 1 where the network has to predict the token, because the token is masked or is the next one."""
    top: Array
    """int32[n, L, k], the k most likely tokens, most likely first; 0 where nothing is predicted."""
    probabilities: Array
    """float32[n, L, k], predicted probabilities of the tokens in ``top``."""
    byte_tokens: bool = False
    """Whether token i is the byte i of UTF-8 text."""

    def verify(self) -> None:
        if self.byte_tokens and len(self.vocabulary) != BYTES:
            raise ValueError(
                f"byte_tokens needs a vocabulary of {BYTES} bytes, and this one has {len(self.vocabulary)}"
            )
        expect("tokens", self.tokens, "int32", None, None)
        expect("is_target", self.is_target, "uint8", *self.tokens.shape)
        expect("top", self.top, "int32", *self.tokens.shape, None)
        expect("probabilities", self.probabilities, "float32", *self.top.shape)
        for name, tokens in (("tokens", self.tokens.numpy()), ("top", self.top.numpy())):
            if tokens.size and not 0 <= tokens.min() <= tokens.max() < len(self.vocabulary):
                raise ValueError(f"{name} has some that are none of the {len(self.vocabulary)} of the vocabulary")


class WrittenText(Frozen, frozen=True):
    """Text that the network has written: it went on from ``prompt``, the beginning of a held-out text."""

    step: int
    prompt: str
    text: str
    """What the network wrote. As in ``prompt``, U+FFFD stands for bytes that are no character of UTF-8."""


class StepsAhead(Frozen, frozen=True):
    """How well a contrastive objective tells K later frames of held-out samples from other frames.

    For each prediction, the network gives scores to several candidates: the actual frame, called the positive, and
    frames of other samples or times.
    """

    step: int
    ahead: Array
    """int64[K], the numbers of steps ahead: 1, 2, …, K."""
    accuracy: Array
    """float64[K], share of the predictions whose positive has the highest score."""
    loss: Array
    """float64[K], mean loss in nats."""
    chance: float
    """Accuracy of a random guess."""
    chance_loss: float
    """Loss when all candidates score the same, in nats."""

    def verify(self) -> None:
        expect("ahead", self.ahead, "int64", None)
        for name, column in (("accuracy", self.accuracy), ("loss", self.loss)):
            expect(name, column, "float64", *self.ahead.shape)
