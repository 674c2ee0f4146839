"""Functions that give a simulated run its messages: curves, health figures, reference lines, the probe and its map."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.messages import Prepared, References, Scalars
from sslviz.core.panel_data import EarlierMaps, Health, LatentMap, Probe, Similarity
from sslviz.core.reference_lines import ReferenceLine, ReferenceRole
from sslviz.core.wire import Array
from sslviz.window.runs.choices import Pin
from sslviz.window.runs.run_model import RunModel

Images = npt.NDArray[np.uint8]
NORM = FigureEntry(key="grad_norm", title="Gradient norm", help="Of the whole gradient.", per_step=True)
HEALTH_EVERY = 40
"""Interval between two messages with health figures, in steps."""
NEIGHBOURS, IN_VIEW = 14, 7
"""Number of nearest neighbours of a sample, and the index of the pinned sample."""


def add_prepared(
    run: RunModel, labels: tuple[LabelEntry, ...], figures: tuple[FigureEntry, ...], panel_data: tuple[str, ...]
) -> None:
    """Give the run the message Prepared, with these labels, figures and panel data; its other fields have fixed values.

    The figure grad_norm is added to ``figures``.
    """
    run.take(
        Prepared(
            values={"temperature": 0.2, "batch_size": 256, "colour": 1.0, "data": "shapes", "objective": "contrastive"},
            folder="demo",
            device="CPU",
            samples=10_000,
            steps_per_epoch=39,
            parameters=210_000,
            labels=labels,
            figures=(*figures, NORM),
            panel_data=panel_data,
        )
    )


def add_curves(run: RunModel, steps: int, rng: np.random.Generator, **ends: tuple[float, float, float]) -> None:
    """Add curves that decay exponentially, and the curve grad_norm.

    ``ends`` maps the name of a curve to its first value, the value that it approaches, and the standard deviation of
    its noise.
    """
    step = np.arange(1, steps + 1)
    columns = {
        name: last + (first - last) * np.exp(-step / 260) + rng.normal(size=steps) * noise
        for name, (first, last, noise) in ends.items()
    }
    columns["grad_norm"] = 0.5 + np.exp(-step / 100) + rng.random(steps) * 0.2
    run.take(Scalars(steps=Array.of(step), columns={name: Array.of(column) for name, column in columns.items()}))


def add_health(run: RunModel, steps: int, **ends: tuple[float, float]) -> None:
    """Add health figures every :data:`HEALTH_EVERY` steps.

    Health figures, such as the effective rank, describe the embeddings. ``ends`` maps the key of a figure to its first
    value and the value that it approaches.
    """
    for step in range(HEALTH_EVERY, steps, HEALTH_EVERY):
        progress = 1 - float(np.exp(-step / 300))
        run.take(Health(step=step, figures={name: a + (b - a) * progress for name, (a, b) in ends.items()}))


def add_reference_lines(run: RunModel, *lines: tuple[str, ReferenceRole, str, float]) -> None:
    """Add reference lines to curves; a tuple in ``lines`` is (name of the curve, role, label, value)."""
    reference_lines = (
        ReferenceLine(curve=curve, role=role, label=label, value=value) for curve, role, label, value in lines
    )
    run.take(References(lines=tuple(reference_lines)))


def add_probe(run: RunModel, images: Images, labels: npt.NDArray[np.int32], entry: LabelEntry, of: int) -> None:
    """Add a probe of images uint8[n, H, W, 3], each with one label, int32[n].

    ``entry`` holds the name of the label and the names of its classes. ``of`` is the number of samples in the data set.
    """
    run.take(
        Probe(
            images=Array.of(images[:, None]),
            texts=(),
            labels={entry.name: Array.of(labels)},
            label_entries=(entry,),
            ids=Array.of(np.arange(len(labels))),
            split_size=of,
        )
    )


def add_map(run: RunModel, step: int, xy: npt.NDArray[np.float64]) -> None:
    """Add a map with the probe's samples at positions ``xy``, float64[n, 2], and pin the sample :data:`IN_VIEW`.

    Two maps of earlier steps, on which the classes are mixed, are added too, so that there is something to replay.

    A pinned sample is marked on the map and shown in other panels, as if the user had clicked it. The nearest
    neighbours on the map also serve as the nearest neighbours in the latent space. There must be more than
    :data:`NEIGHBOURS` samples.
    """
    squares = (xy**2).sum(axis=1)
    squared = squares[:, None] + squares - 2 * xy @ xy.T
    np.fill_diagonal(squared, np.inf)
    neighbours = np.argpartition(squared, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    order = np.argsort(np.take_along_axis(squared, neighbours, 1), axis=1)
    neighbours = np.take_along_axis(neighbours, order, 1)
    distances = np.sqrt(np.maximum(np.take_along_axis(squared, neighbours, 1), 0))
    run.take(
        LatentMap(
            step=step,
            xy=Array.of(xy.astype(np.float32)),
            method="umap",
            age_s=0.4,
            trustworthiness=0.972,
            agreement=0.54,
            movement=0.013,
            neighbours=Array.of(neighbours.astype(np.int32)),
            cosines=Array.of(np.exp(-distances).astype(np.float32)),
        )
    )
    mixed = np.roll(xy, 1, axis=0)
    earlier = np.stack([mixed + share * (xy - mixed) for share in (0.3, 0.7)]).astype(np.float32)
    steps = Array.of(np.array([step // 3, 2 * step // 3]))
    run.take(EarlierMaps(steps=steps, xy=Array.of(earlier), methods=("umap", "umap")))
    run.take(Pin(index=IN_VIEW))


def clusters_of_points(
    labels: npt.NDArray[np.integer], classes: int, rng: np.random.Generator, spread: float = 0.6
) -> npt.NDArray[np.float64]:
    """Return one point for each label, float64[n, 2], normally distributed around the centre of the label's class.

    ``spread`` is the standard deviation of each coordinate.
    """
    angle = labels * 2 * np.pi / classes
    centres = np.stack([np.cos(angle), np.sin(angle)], 1) * (4 + 2 * (labels % 3))[:, None]
    return np.asarray(centres + rng.normal(size=(len(labels), 2)) * spread)


def similarity_message(
    what: Literal["views", "latents", "scores", "predictions"],
    matrix: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int32],
    images: Images,
    shift: int | None = None,
    limit: float = 1.0,
    columns: Images | None = None,
    steps_ahead: tuple[int, int] = (0, 0),
) -> Similarity:
    """Return the message with a similarity matrix and histograms of the matrix's positive and negative pairs.

    Args:
        what: the content of the matrix: cosine similarities of the views of a batch ("views") or of representations h
            ("latents"), scores of n predictions with n candidates ("scores"), or cosines of n predictions with n
            targets ("predictions").
        matrix: float64[R, R], cosines or scores between -``limit`` and ``limit``. R is the number n of samples; with
            two views of each sample it is 2 n, and the rows of the first views come first.
        labels: int32[n], the class of each sample.
        images: uint8[R, H, W, 3], the images of the rows; uint8[0, 0, 0, 3] if there are none.
        shift: the positive of row i is column (i + shift) % R; None if there are no positives. The histograms leave
            out the main diagonal (every sample with itself) unless ``shift`` is 0.
        limit: the end of the colour scale and of the histograms.
        columns: the images of the columns, if they differ from ``images``.
        steps_ahead: if the user can choose which later frame is predicted: the first and the last possible frame,
            counted from 1; otherwise (0, 0).
    """
    size = len(matrix)
    positive = np.zeros((size, size), bool) if shift is None else np.roll(np.eye(size, dtype=bool), shift, axis=1)
    other = ~positive & ~np.eye(size, dtype=bool)
    parts = (matrix[positive], matrix[other])
    positive_counts, negative_counts = (Array.of(np.histogram(part, 64, (-limit, limit))[0]) for part in parts)
    positive_mean, negative_mean = (float(part.mean()) if part.size else math.nan for part in parts)
    return Similarity(
        step=1200,
        what=what,
        source="batch",
        limit=limit,
        shift=shift,
        matrix=Array.of(matrix.astype(np.float16)),
        labels=Array.of(labels),
        images=Array.of(images),
        positive_counts=positive_counts,
        negative_counts=negative_counts,
        positive_mean=positive_mean,
        negative_mean=negative_mean,
        column_images=None if columns is None else Array.of(columns),
        samples=len(labels),
        step_ahead=steps_ahead[0],
        steps_ahead=steps_ahead,
        of={"views": "z", "latents": "h"}.get(what, ""),
    )
