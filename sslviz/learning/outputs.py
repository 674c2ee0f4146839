"""Results of an objective: plain tensors and arrays, which the engine converts to messages for the window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

MatrixContent = Literal["views", "latents", "scores", "predictions", "queries", "dimensions", "prototypes"]
"""Content of a similarity matrix: cosine similarities of the 2N views of a batch, cosine similarities of N
representations, scores of N predictions with N candidates, cosine similarities of N predictions with N targets, or of N
queries with N keys and with M keys of earlier samples, correlations of the D dimensions of z, or how often a teacher
and a student choose two prototypes."""


@dataclass(frozen=True)
class StepOutput:
    """Result of one training step; later steps do not change its tensors in place.

    Attributes:
        loss: float32 scalar with gradient.
        terms: detached scalars by name, such as an accuracy; the window draws each as a curve.
        kept: detached tensors that the step computes anyway and that :meth:`Objective.matrix` needs. They are freed
            before the next step.
    """

    loss: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)
    kept: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class PatchFeatures:
    """What an encoder has found in each patch of n images; an image is a grid of p rows and q columns of patches.

    Attributes:
        tokens: float32[n, p, q, d], d numbers for each patch.
        attention: float32[n, heads, P, P], the attention of the last layer for the P = p · q patches, numbered row by
            row: the weights with which each patch (rows) takes information from all patches (columns). They sum to 1.
            None if it is unknown.
    """

    tokens: Tensor
    attention: Tensor | None = None


@dataclass(frozen=True)
class Pairs:
    """Embeddings of n positive pairs.

    Attributes:
        z_a, z_b: float[n, D], the two embeddings of each pair, with D numbers each.
        images_a, images_b: the images whose embeddings ``z_a`` and ``z_b`` are: uint8[n, C, H, W], or
            float[n, C, H, W] in [0, 1]; None if the samples are no images.
    """

    z_a: Tensor
    z_b: Tensor
    images_a: Tensor | None = None
    images_b: Tensor | None = None


@dataclass(frozen=True)
class Matrix:
    """A matrix of similarities, for example between the views of a batch, which the window draws in colours.

    Attributes:
        content: the kind of similarity; see :data:`MatrixContent`.
        cells: float[R, K], the similarities of R rows with K columns; K > R only if ``content`` is "queries".
        limit: the colour scale spans -limit…limit; if it is 0, it is computed from the absolute values in ``cells``.
        shift: the positive of row i is column (i + shift) % K; None if the rows have no positives.
        rows, columns: images of the rows and of the first R columns, uint8[R, C, H, W], or float[R, C, H, W] in [0, 1].
            ``columns`` is None if row i and column i have the same image. ``rows`` is None if the samples are no
            images.
        texts: the text of each row; empty if the samples are no texts.
        step_ahead: if ``content`` is "scores", the position of the predicted frame after the context, counted from 1;
            otherwise 0.
        steps_ahead: the smallest and the largest ``step_ahead`` that the user can choose; (0, 0) if there is no choice.
        of: what is compared, "h" or "z"; empty if it is unknown, or if the matrix holds scores.
    """

    content: MatrixContent
    cells: Tensor
    limit: float = 1.0
    shift: int | None = None
    rows: Tensor | None = None
    columns: Tensor | None = None
    texts: tuple[str, ...] = ()
    step_ahead: int = 0
    steps_ahead: tuple[int, int] = (0, 0)
    of: str = ""


@dataclass(frozen=True)
class ImagePrediction:
    """Predictions for n held-out samples, drawn as a grid of images per sample.

    Attributes:
        rows: names of the r rows of the grid, for example context, actual, predicted.
        columns: names of the c columns of the grid, for example t, t+1, t+2.
        images: uint8[n, r, c, H, W, 3].
        filled: uint8[r, c], 0 where the grid has no image.
        errors: float32[n, c], the error of the prediction in each column, NaN in columns without a prediction.
        reference_errors: float32[n, c], the error of a simple method for comparison, such as copying the last frame;
            NaN where ``errors`` is.
        error_name, reference_name: names of the two errors, as displayed.
        longest_horizon: the largest number of predicted frames that the user can choose.
        magnitudes: names of the rows that show magnitudes, such as errors, in grey: grey level g stands for g / 255,
            where 1 is the largest possible magnitude.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    images: npt.NDArray[np.uint8]
    filled: npt.NDArray[np.uint8]
    errors: npt.NDArray[np.float32]
    reference_errors: npt.NDArray[np.float32]
    error_name: str
    reference_name: str
    longest_horizon: int = 1
    magnitudes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TokenPrediction:
    """The most probable tokens at each predicted position of n texts of L tokens.

    Attributes:
        vocabulary: the text displayed for each token.
        tokens: int64[n, L], the texts.
        is_target: bool[n, L], whether the token at a position was to be predicted.
        top: int64[n, L, k], the k most probable tokens, most probable first; 0 where nothing was predicted.
        probabilities: float32[n, L, k], their probabilities.
        byte_tokens: whether token i is the byte i of UTF-8 text.
    """

    vocabulary: tuple[str, ...]
    tokens: Tensor
    is_target: Tensor
    top: Tensor
    probabilities: Tensor
    byte_tokens: bool = False


@dataclass(frozen=True)
class StepsAheadScores:
    """How well the network predicts each of the K frames after a context.

    For each prediction, the network gives a score to several candidates: the actual frame, called the positive, and
    frames of other samples or times.

    Attributes:
        accuracy: float[K], share of the predictions that score the positive highest, for each of the K frames.
        losses: float[K], cross-entropy of choosing the positive, in nats, for each of the K frames.
        candidates: number of candidates of each prediction, the positive included.
    """

    accuracy: Tensor
    losses: Tensor
    candidates: int

    @property
    def chance(self) -> float:
        """Accuracy if one of the candidates is chosen at random."""
        return 1 / self.candidates

    @property
    def chance_loss(self) -> float:
        """Loss of a uniform distribution over the candidates, in nats."""
        return math.log(self.candidates)
