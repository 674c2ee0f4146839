"""Makes the pictures on the cards of the presets: ``python tests/benchmarks/preset_pictures.py [NAME …]``.

Each is the map of a short training by its own preset, in the colours of the window, on a transparent ground. Without
names, all presets are trained but those that need a GPU; on two free cores it takes half an hour.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from sslviz.core.presets import all_presets
from sslviz.window.style.palette import LIGHT, PointStyles

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "pictures" / "presets"
SIZE, MARGIN, RADIUS = (448, 208), 8, 2.2
"""Width and height of a picture, space at its edges, and radius of a point; in pixels."""
SECONDS = 120
ON_GPU = {"cifar10"}
LABEL = dict.fromkeys(("shapes-colour-shortcut", "shapes-masked"), "background") | dict.fromkeys(
    ("moving-digits", "moving-digits-features", "moving-digits-cpc"), "x"
)
"""The label that colours the points, where it is not the first one of the data."""
SHADES = 16
"""Number of intervals, with equally many points each, into which a label that is a number is divided."""
CLASSES = (*LIGHT.categories[:9], LIGHT.unknown)
"""Colours of classes that can be seen on cards of both themes; the tenth one of the window is nearly black or white."""

Arrays = dict[str, npt.NDArray[Any]]


def main(names: list[str]) -> None:
    """Train by each preset, and write its picture."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or [preset.name for preset in all_presets() if preset.name not in ON_GPU]:
        samples, last_map = trained(name)
        picture = painted(places(last_map["xy"]), colours(samples, LABEL.get(name)))
        picture.convertToFormat(QImage.Format.Format_Indexed8).save(str(FOLDER / f"{name}.png"))
        print(name, flush=True)


def trained(preset: str) -> tuple[Arrays, Arrays]:
    """Train by a preset, and return the arrays of the samples and those of the last map."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [sys.executable, "-m", "sslviz", "train", preset, "--out", str(run)]
        training = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(SECONDS)
        training.terminate()  # a run that is told to end is not scored, which would take as long again
        training.wait()
        return arrays(run / "samples.npz"), arrays(max((run / "snapshots").glob("map-*.npz")))


def arrays(path: Path) -> Arrays:
    """Return the arrays in a file."""
    with np.load(path) as file:
        return dict(file)


def colours(samples: Arrays, label: str | None) -> list[str]:
    """Return the colour of each of the samples, by the label of this name or by the first one."""
    name = label or next(key.removeprefix("label:") for key in samples if key.startswith("label:"))
    values = samples[f"label:{name}"]
    if values.dtype.kind == "f":
        styles = PointStyles(shades=SHADES)
        indices = np.argsort(np.argsort(values)) * SHADES // len(values)
    else:
        own = tuple(map(str, samples[f"colours:{name}"].flatten()))
        styles, indices = PointStyles(own=own or CLASSES), values
    return [styles.of(index, LIGHT)[0] for index in indices.tolist()]


def places(xy: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return positions in pixels of points, float[n, 2]; the longer side lies across, outliers lie at the edge."""
    low, high = np.percentile(xy, [0.5, 99.5], axis=0)
    across = xy if high[0] - low[0] >= high[1] - low[1] else xy[:, ::-1]
    low, high = np.percentile(across, [0.5, 99.5], axis=0)
    return MARGIN + np.clip((across - low) / (high - low), 0, 1) * (np.array(SIZE) - 2 * MARGIN)


def painted(points: npt.NDArray[Any], colours: list[str]) -> QImage:
    """Return a picture of points in random order, so that no class covers the others."""
    picture = QImage(*SIZE, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for index in np.random.default_rng(0).permutation(len(points)):
        painter.setBrush(QColor(colours[index]))
        painter.drawEllipse(QPointF(*points[index]), RADIUS, RADIUS)
    painter.end()
    return picture


if __name__ == "__main__":
    main(sys.argv[1:])
