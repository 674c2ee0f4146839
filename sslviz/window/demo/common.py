"""What made-up runs have in common: curves, figures, a map of gathered points."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.messages import Prepared, References, Scalars
from sslviz.core.panel_data import Health, LatentMap, Probe, Similarity
from sslviz.core.reference_lines import ReferenceLine, ReferenceRole
from sslviz.core.wire import Array
from sslviz.window.runs.run_model import Pin, RunModel

Images = npt.NDArray[np.uint8]
NORM = FigureEntry(key="grad_norm", title="Gradient norm", help="Of the whole gradient.", per_step=True)
HEALTH_EVERY = 40
NEIGHBOURS, IN_VIEW = 14, 7


def tell_facts(
    run: RunModel, labels: tuple[LabelEntry, ...], figures: tuple[FigureEntry, ...], panel_data: tuple[str, ...]
) -> None:
    """The run stands."""
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


def tell_curves(run: RunModel, steps: int, rng: np.random.Generator, **ends: tuple[float, float, float]) -> None:
    """Scalars that go from a first value to a last, with noise of a size."""
    step = np.arange(1, steps + 1)
    columns = {
        name: last + (first - last) * np.exp(-step / 260) + rng.normal(size=steps) * noise
        for name, (first, last, noise) in ends.items()
    }
    columns["grad_norm"] = 0.5 + np.exp(-step / 100) + rng.random(steps) * 0.2
    run.take(Scalars(steps=Array.of(step), columns={name: Array.of(column) for name, column in columns.items()}))


def tell_health(run: RunModel, steps: int, **ends: tuple[float, float]) -> None:
    """Slow figures that go from a first value to a last."""
    for at in range(HEALTH_EVERY, steps, HEALTH_EVERY):
        grown = 1 - float(np.exp(-at / 300))
        run.take(Health(step=at, figures={name: a + (b - a) * grown for name, (a, b) in ends.items()}))


def tell_lines(run: RunModel, *lines: tuple[str, ReferenceRole, str, float]) -> None:
    """Show reference lines, each a curve, a role, a label and a value."""
    reference_lines = (
        ReferenceLine(curve=curve, role=role, label=label, value=value) for curve, role, label, value in lines
    )
    run.take(References(lines=tuple(reference_lines)))


def tell_probe(run: RunModel, images: Images, labels: npt.NDArray[np.int32], entry: LabelEntry, of: int) -> None:
    """The map's segments: pictures uint8[n, h, w, 3] that stand still, with one label."""
    run.take(
        Probe(
            pictures=Array.of(images[:, None]),
            texts=(),
            labels={entry.name: Array.of(labels)},
            label_entries=(entry,),
            ids=Array.of(np.arange(len(labels))),
            of=of,
        )
    )


def tell_map(run: RunModel, step: int, xy: npt.NDArray[np.float64]) -> None:
    """Where the probe's segments lie, float[n, 2], one of them in view; those near on the map are near in truth."""
    squares = (xy**2).sum(axis=1)
    squared = squares[:, None] + squares - 2 * xy @ xy.T
    np.fill_diagonal(squared, np.inf)
    found = np.argpartition(squared, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    found = np.take_along_axis(found, np.argsort(np.take_along_axis(squared, found, 1), axis=1), 1)
    apart = np.sqrt(np.maximum(np.take_along_axis(squared, found, 1), 0))
    run.take(
        LatentMap(
            step=step,
            xy=Array.of(xy.astype(np.float32)),
            method="umap",
            age_s=0.4,
            trustworthiness=0.972,
            agreement=0.54,
            movement=0.013,
            neighbours=Array.of(found.astype(np.int32)),
            cosines=Array.of(np.exp(-apart).astype(np.float32)),
        )
    )
    run.take(Pin(index=IN_VIEW))


def gathered(
    labels: npt.NDArray[np.integer], classes: int, rng: np.random.Generator, spread: float = 0.6
) -> npt.NDArray[np.float64]:
    """Points in one heap a class, float64[n, 2]."""
    angle = labels * 2 * np.pi / classes
    centres = np.stack([np.cos(angle), np.sin(angle)], 1) * (4 + 2 * (labels % 3))[:, None]
    return np.asarray(centres + rng.normal(size=(len(labels), 2)) * spread)


def matrix_message(
    what: Literal["views", "latents", "scores"],
    matrix: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int32],
    images: Images,
    shift: int | None = None,
    limit: float = 1.0,
    columns: Images | None = None,
    steps_ahead: tuple[int, int] = (0, 0),
) -> Similarity:
    """How alike rows are; nothing is counted with itself, but for a positive."""
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
    )
