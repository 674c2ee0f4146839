"""A made-up run with something in every panel: for a look at a panel alone, for pictures and for tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.messages import Mark, Prepared, Pulse, ReferenceLine, References, Scalars, State
from sslviz.core.pictures import Health, LatentMap, Probe, Similarity, Views
from sslviz.core.wire import Array
from sslviz.window.run_model import RunModel

if TYPE_CHECKING:
    from sslviz.window.panel import Panel

ROWS = ("original", "view a", "view b")
NAMES = ("disc", "square", "triangle", "plus", "ring", "flower", "crescent", "bar", "two dots", "L")


SHAPE = LabelEntry(name="shape", names=NAMES)
FIGURES = (
    FigureEntry(key="knn", title="k-NN", help="How often neighbours name the label.", form="share"),
    FigureEntry(key="alignment", title="Alignment", help="Mean squared distance of two views.", form="small"),
    FigureEntry(key="uniformity", title="Uniformity", help="How evenly spread pairs are."),
    FigureEntry(key="std_of_l2_normalized", title="Std of z / ‖z‖", help="0 is collapsed.", form="small"),
    FigureEntry(key="effective_rank", title="Effective rank", help="How many directions are used.", form="large"),
    FigureEntry(key="grad_norm", title="Gradient norm", help="Of the whole gradient.", per_step=True),
)


def demo_run(steps: int = 1200, points: int = 2000) -> RunModel:
    """A run of 1,200 steps that learned ten clusters."""
    rng = np.random.default_rng(7)
    run = RunModel("Run 1")
    run.take(State(state="training"))
    run.take(_prepared())
    _figures(run, steps, rng)
    labels = rng.integers(0, 10, points).astype(np.int32)
    images = _images(labels, rng)
    run.take(
        Probe(
            pictures=Array.of(images[:, None]),
            texts=(),
            labels={"shape": Array.of(labels)},
            label_entries=(SHAPE,),
            ids=Array.of(np.arange(points)),
            of=10_000,
        )
    )
    angle = labels * 2 * np.pi / 10
    centres = np.stack([np.cos(angle), np.sin(angle)], 1) * (4 + 2 * (labels % 3))[:, None]
    xy = (centres + rng.normal(size=(points, 2)) * 0.6).astype(np.float32)
    run.take(LatentMap(step=steps, xy=Array.of(xy), method="umap", age_s=0.4))
    run.take(Views(step=steps, rows=ROWS, images=Array.of(np.stack([images[:8], images[8:16], images[16:24]]))))
    run.take(_similarity(images, labels, rng))
    run.take(Pulse(step=steps, epoch=30.8, wall_time_s=68.0, samples_per_second=4512.0, skipped=3))
    return run


def _prepared() -> Prepared:
    return Prepared(
        values={"temperature": 0.2, "batch_size": 256, "colour": 1.0, "data": "shapes", "objective": "contrastive"},
        folder="demo",
        device="CPU",
        samples=10_000,
        steps_per_epoch=39,
        parameters=210_000,
        labels=(SHAPE,),
        figures=FIGURES,
        pictures=("Views", "Similarity"),
    )


def _figures(run: RunModel, steps: int, rng: np.random.Generator) -> None:
    step = np.arange(1, steps + 1)
    loss = 1.9 + 4.2 * np.exp(-step / 260) + rng.normal(size=steps) * 0.06
    top1 = 0.9 * (1 - np.exp(-step / 300)) + rng.normal(size=steps) * 0.02
    norm = 0.5 + np.exp(-step / 100) + rng.random(steps) * 0.2
    columns = {"loss": Array.of(loss), "top1": Array.of(top1.clip(0, 1)), "grad_norm": Array.of(norm)}
    run.take(Scalars(steps=Array.of(step), columns=columns))
    lines = (
        ReferenceLine(curve="loss", label="chance", value=6.236, help="ln(2N−1)"),
        ReferenceLine(curve="loss", label="aligned and uniform", value=1.64),
        ReferenceLine(curve="top1", label="chance", value=1 / 511),
        ReferenceLine(curve="knn", label="raw", value=0.53),
        ReferenceLine(curve="knn", label="untrained", value=0.43),
        ReferenceLine(curve="std_of_l2_normalized", label="isotropic", value=0.125),
        ReferenceLine(curve="uniformity", label="uniform", value=-3.88),
        ReferenceLine(curve="effective_rank", label="untrained", value=9.0),
    )
    run.take(References(lines=lines))
    for at in range(40, steps, 40):
        grown = 1 - np.exp(-at / 300)
        figures = {
            "knn": 0.43 + 0.5 * grown,
            "alignment": 0.3 * (1 - grown) + 0.25,
            "uniformity": -0.3 - 3.2 * grown,
            "std_of_l2_normalized": 0.02 + 0.1 * grown,
            "effective_rank": 9 + 30 * grown,
        }
        run.take(Health(step=at, figures={name: float(value) for name, value in figures.items()}))
    change: dict[str, tuple[object, object]] = {"temperature": (0.2, 0.5)}
    run.take(Mark(step=700, wall_time_s=40.0, changes=change, text="temperature 0.2 → 0.5", warning="not comparable"))  # type: ignore[arg-type]


def _images(labels: npt.NDArray[np.int32], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Discs of growing size, one colour a class: enough to see that hovering shows the right one."""
    y, x = np.mgrid[:32, :32] - 15.5
    radius = 5 + labels[:, None, None]
    inside = (x**2 + y**2)[None] < radius**2
    colours = rng.integers(60, 255, (len(labels), 2, 3))
    pixels = np.where(inside[..., None], colours[:, None, None, 0], colours[:, None, None, 1])
    return np.asarray(pixels, dtype=np.uint8)


def _similarity(
    images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32], rng: np.random.Generator, n: int = 64
) -> Similarity:
    z = np.eye(10)[labels[:n]] + 0.3 * rng.normal(size=(n, 10))
    both = np.concatenate([z + 0.2 * rng.normal(size=z.shape), z + 0.2 * rng.normal(size=z.shape)])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    matrix = both @ both.T
    row = np.arange(n)
    positive, _ = np.histogram(matrix[row, row + n], 64, (-1, 1))
    negative, _ = np.histogram(matrix, 64, (-1, 1))
    return Similarity(
        step=1200,
        what="views",
        source="batch",
        limit=1.0,
        shift=n,
        matrix=Array.of(matrix.astype(np.float16)),
        labels=Array.of(labels[:n]),
        images=Array.of(np.concatenate([images[:n], images[:n]])),
        column_images=None,
        positive_counts=Array.of(positive),
        negative_counts=Array.of(negative),
        samples=n,
    )


def run_alone(panel: type[Panel]) -> int:
    """Show one panel with its demo data: ``python -m sslviz.window.panels.loss``."""
    from PySide6.QtWidgets import QApplication

    from sslviz.window.theme import load_fonts, theme

    application = QApplication(sys.argv)
    load_fonts()
    theme().apply("system")
    widget = panel.demo()
    widget.resize(640, 420)
    widget.setWindowTitle(panel.title)
    widget.show()
    return application.exec()
