"""Messages for the panels, built from the tensors that objectives and evaluation functions return."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.core.entries import LabelEntry
from sslviz.core.panel_data import (
    HISTOGRAM_BINS,
    MAX_ATTENTION_PATCHES,
    MAX_PATCH_DIMS,
    WITHOUT_SAMPLES,
    Invariance,
    Patches,
    Probe,
    Similarity,
    StepsAhead,
    Strips,
    TokenPredictions,
    WrittenText,
)
from sslviz.core.panel_data.latent_map import THUMBNAIL_SIDE, files_that_fit, sounds_that_fit, thumbnail_side
from sslviz.core.wire import Array
from sslviz.learning.dataset import Samples
from sslviz.learning.evaluation.invariance import Invariances
from sslviz.learning.evaluation.patch_colours import ColourBasis
from sslviz.learning.evaluation.projection import projected
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.modality import Modality
from sslviz.learning.outputs import ImagePrediction, Matrix, Pairs, PatchFeatures, StepsAheadScores, TokenPrediction

MAX_MATRIX_SAMPLES = 256
"""Maximum number of samples, or of dimensions, in a similarity matrix."""
SIDE = 32
"""Maximum height and width of the images in :class:`Similarity` and :class:`Invariance` messages, in pixels."""
NO_IMAGES = np.zeros((0, 0, 0, 3), np.uint8)
LIMIT_QUANTILE, LIMIT_CELLS = 0.995, 2**22
"""Quantile of the absolute values of each kind of pairs at which the colour scale ends, and the maximum number of
values from which the quantile is computed."""


def similarity_message(
    step: int, source: Literal["batch", "probe"], matrix: Matrix, labels: Tensor, files: Sequence[str] = ()
) -> Similarity:
    """Return the message with a similarity matrix.

    The matrix compares N samples: it has N rows and N columns, or 2N of both if it compares two views of each sample.
    If N is more than 256, only the rows and columns of the first 256 samples are sent. Further columns, of samples
    that are not in the batch, are all sent. Of a matrix of dimensions or prototypes, the first 256 are sent.
    ``labels``: int[N], the class of each sample by the data set's first label. ``files``: the file of each sample;
    empty if they are no files.
    """
    samples, (size, width) = len(labels), matrix.cells.shape
    if matrix.content in WITHOUT_SAMPLES:
        labels, files, total = labels[:0], (), size
    else:
        total = samples
    n = min(total, MAX_MATRIX_SAMPLES)
    rows = torch.cat([torch.arange(n) + first for first in range(0, size, total)])
    columns = torch.cat([rows, torch.arange(size, width)])
    cells = matrix.cells.detach().float()[rows][:, columns]
    shift = None if matrix.shift is None else matrix.shift * n // total
    positive, negative = split_pairs(cells, shift, symmetric=matrix.content in ("views", "latents"))
    itself = cells.diagonal()
    limit = matrix.limit or _round_limit(positive, negative, itself[itself.isfinite()])
    return Similarity(
        step=step,
        what=matrix.content,
        source=source,
        matrix=Array.of(cells.half().cpu().numpy()),
        limit=limit,
        shift=shift,
        labels=Array.of(labels[:n].int().cpu().numpy()),
        images=Array.of(_thumbnails_of(matrix.rows, rows)),
        column_images=None if matrix.columns is None else Array.of(_thumbnails_of(matrix.columns, rows)),
        texts=tuple(matrix.texts[row] for row in rows.tolist()) if matrix.texts else (),
        positive_counts=Array.of(histogram(positive, limit)),
        negative_counts=Array.of(histogram(negative, limit)),
        positive_mean=float(positive.mean()),
        negative_mean=float(negative.mean()),
        samples=samples,
        step_ahead=matrix.step_ahead,
        steps_ahead=matrix.steps_ahead,
        files=files_that_fit(files[:n]),
        of=matrix.of,
    )


def matrix_of_pairs(pairs: Pairs) -> Matrix:
    """Return the cosine similarities of z of n positive pairs.

    Rows and columns are the first views of all pairs, then the second views of all pairs: 2n in all.
    """
    z = normalize(torch.cat([pairs.z_a, pairs.z_b]).float(), dim=1)
    images = [images for images in (pairs.images_a, pairs.images_b) if images is not None]
    return Matrix("views", z @ z.T, shift=len(pairs.z_a), rows=torch.cat(images) if images else None, of="z")


def _round_limit(*kinds: Tensor) -> float:
    """Return the end of the colour scale for a matrix: a round number, 1, 2 or 5 times a power of ten.

    ``kinds`` are the finite values of each kind of pairs, and of the diagonal. At most about 0.5 % of each
    kind exceed the result in absolute value. It is 1 if there are no values, or if nearly all are 0.
    """
    largest = max(
        float(torch.quantile(values.abs()[:LIMIT_CELLS], LIMIT_QUANTILE)) if len(values) else 0.0 for values in kinds
    )
    if largest <= 0:
        return 1.0
    unit = 10 ** math.floor(math.log10(largest))
    return float(next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= largest))


def _thumbnails_of(images: Tensor | None, rows: Tensor) -> npt.NDArray[np.uint8]:
    return NO_IMAGES if images is None else thumbnails(images[rows.to(images.device)], SIDE)


def split_pairs(cells: Tensor, shift: int | None, *, symmetric: bool) -> tuple[Tensor, Tensor]:
    """Return two vectors of values of a similarity matrix, float[R, C]: those of positive pairs, and all others.

    Row i and column (i + ``shift``) % C form a positive pair; if ``shift`` is None, there are no positive pairs. NaN
    and infinite values are left out. If ``symmetric`` is true, only the values above the diagonal are used, so that
    each pair is counted once.
    """
    row = torch.arange(len(cells), device=cells.device)
    positive = torch.zeros_like(cells, dtype=torch.bool)
    if shift is not None:
        positive[row, (row + shift) % max(cells.shape[1], 1)] = True
    counted = cells.isfinite()
    counted = counted.triu_(1) if symmetric else counted
    return cells[positive & counted], cells[~positive & counted]


def histogram(values: Tensor, limit: float) -> npt.NDArray[np.int64]:
    """Return how many of ``values``, float[n], lie in each of 64 equal intervals of [-``limit``, ``limit``]: int64[64].

    Values outside this range are counted in the first or the last interval.
    """
    return torch.histc(values.clamp(-limit, limit).cpu(), bins=HISTOGRAM_BINS, min=-limit, max=limit).long().numpy()


def probe_message(modality: Modality, probe: Samples, ids: Tensor, labels: tuple[LabelEntry, ...], of: int) -> Probe:
    """Return the message that describes the segments on the map: images, texts or sounds, labels, indices and files.

    Args:
        modality: makes the images, texts or sounds that represent segments.
        probe: the samples of the map.
        ids: int64[n], the indices of these samples among the labelled training samples.
        labels: name and class names of each label of the samples.
        of: number of labelled training samples.
    """
    images = len(probe) * probe.segments * max(modality.frames, 1)
    cards = modality.cards(probe, thumbnail_side(images))
    return Probe(
        images=Array.of(cards.frames),
        texts=cards.texts,
        labels={label.name: Array.of(_values(probe, label)) for label in labels},
        label_entries=labels,
        ids=Array.of(ids.long().repeat_interleave(probe.segments).numpy()),
        split_size=of * probe.segments,
        sounds=sounds_that_fit(cards.sounds),
        sample_rate=cards.sample_rate,
        files=files_that_fit(file for file in probe.files for _ in range(probe.segments)),
    )


def _values(probe: Samples, label: LabelEntry) -> npt.NDArray[np.generic]:
    values = probe.labels[label.name].flatten()
    return values.int().numpy() if label.names else values.float().numpy()


def invariance_message(step: int, index: int, invariances: Invariances) -> Invariance:
    """Return the message with the cosines between h of sample ``index`` of the map and h of its augmented views."""
    images = thumbnails(invariances.views.flatten(0, 1), SIDE)
    return Invariance(
        step=step,
        index=index,
        keys=tuple(setting.key for setting in invariances.settings),
        labels=tuple(setting.label for setting in invariances.settings),
        strengths=Array.of(invariances.strengths.numpy()),
        in_force=Array.of(invariances.in_force.numpy()),
        cosines=Array.of(invariances.cosines.numpy()),
        images=Array.of(images.reshape(*invariances.cosines.shape, *images.shape[1:])),
    )


def patches_message(step: int, samples: Tensor, images: Tensor, found: PatchFeatures, basis: ColourBasis) -> Patches:
    """Return the message with the features of the patches of m images.

    ``samples``: int64[m], the indices of the images on the map. ``images``: uint8[m, C, H, W]. ``basis``: turns the
    features into colours.
    """
    grid = found.tokens.shape[:3]
    tokens = found.tokens.flatten(0, 2)
    order = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))  # the projection is to suit all
    features = normalize(projected(tokens[order], MAX_PATCH_DIMS, MAX_PATCH_DIMS), dim=1)[order.argsort()]
    attention = None if found.attention is None else found.attention[0]
    if attention is not None and len(attention[0]) > MAX_ATTENTION_PATCHES:
        attention = None
    return Patches(
        step=step,
        samples=Array.of(samples.int().cpu().numpy()),
        images=Array.of(thumbnails(images, THUMBNAIL_SIDE)),
        features=Array.of(features.half().reshape(*grid, -1).cpu().numpy()),
        colours=Array.of(basis.colours(found.tokens).cpu().numpy()),
        attention=None if attention is None else Array.of(attention.half().cpu().numpy()),
    )


def strips_message(step: int, prediction: ImagePrediction) -> Strips:
    """Return the message with images of what an objective predicts for held-out samples, and the prediction errors."""
    return Strips(
        step=step,
        rows=prediction.rows,
        columns=prediction.columns,
        images=Array.of(prediction.images),
        filled=Array.of(prediction.filled),
        errors=Array.of(prediction.errors),
        reference_errors=Array.of(prediction.reference_errors),
        error_name=prediction.error_name,
        reference_name=prediction.reference_name,
        longest_horizon=prediction.longest_horizon,
        magnitudes=prediction.magnitudes,
    )


def token_predictions_message(step: int, prediction: TokenPrediction) -> TokenPredictions:
    """Return the message with held-out texts as tokens, and the most probable tokens at the predicted positions."""
    return TokenPredictions(
        step=step,
        vocabulary=prediction.vocabulary,
        tokens=Array.of(prediction.tokens.int().cpu().numpy()),
        is_target=Array.of(prediction.is_target.byte().cpu().numpy()),
        top=Array.of(prediction.top.int().cpu().numpy()),
        probabilities=Array.of(prediction.probabilities.float().cpu().numpy()),
        byte_tokens=prediction.byte_tokens,
    )


def written_text_message(step: int, prompt: Tensor, text: Tensor) -> WrittenText:
    """Return the message with what the network wrote after a prompt; both are bytes, int64[p] and int64[w]."""
    before, written = (bytes(each.tolist()).decode(errors="replace") for each in (prompt, text))
    return WrittenText(step=step, prompt=before, text=written)


def steps_ahead_message(step: int, scores: StepsAheadScores) -> StepsAhead:
    """Return the message with ``scores``: how well the next frames of a sample were told from other frames."""
    return StepsAhead(
        step=step,
        ahead=Array.of(np.arange(1, len(scores.accuracy) + 1)),
        accuracy=Array.of(scores.accuracy.double().cpu().numpy()),
        loss=Array.of(scores.losses.double().cpu().numpy()),
        chance=scores.chance,
        chance_loss=scores.chance_loss,
    )
