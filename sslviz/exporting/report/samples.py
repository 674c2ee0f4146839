"""The samples of a report: their pictures on one sheet, their map, and the nearest neighbours of some."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from html import escape
from io import BytesIO

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from sslviz.core.panel_data import Probe
from sslviz.core.plain_text import one_line
from sslviz.learning.evaluation.knn import exact_neighbours
from sslviz.window.latent.colours import Colours, colours_by_label
from sslviz.window.latent.labels import label_text

MAX_POINTS = 4000
"""Number of points on the map at most; more would make a page of many megabytes slow."""
SIDE, MARGIN = 1000, 30
"""Width and height of the map, and the margin within it, in its units."""
QUALITY = 85
"""Quality of the pictures in WebP."""
ROWS, NEIGHBOURS = 10, 8
"""Number of samples whose neighbours are shown, and number of these."""
MAX_TEXT = 90
UNKNOWN = "u"
"""Class of points whose label is unknown, in the style sheet."""


@dataclass(frozen=True)
class Sheet:
    """Pictures of the same size on a sheet, row by row; ``columns`` of them in a row."""

    images: npt.NDArray[np.uint8]
    """uint8[n, h, w, 3]"""

    @property
    def columns(self) -> int:
        return max(1, math.ceil(math.sqrt(len(self.images))))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a picture in pixels."""
        return self.images.shape[2], self.images.shape[1]

    def address(self) -> str:
        """Return the sheet as the text of a ``data:`` address."""
        width, height = self.size
        rows = -(-len(self.images) // self.columns)
        sheet = np.zeros((rows * self.columns, height, width, 3), np.uint8)
        sheet[: len(self.images)] = self.images
        pixels = sheet.reshape(rows, self.columns, height, width, 3).transpose(0, 2, 1, 3, 4)
        file = BytesIO()
        Image.fromarray(pixels.reshape(rows * height, self.columns * width, 3)).save(file, "WEBP", quality=QUALITY)
        return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()

    def element(self) -> str:
        """Return the sheet as an SVG image, which ``<use href="#sheet"/>`` draws again."""
        (width, height), rows = self.size, -(-len(self.images) // self.columns)
        size = f'width="{self.columns * width}" height="{rows * height}"'
        return f'<image id="sheet" href="{self.address()}" {size}/>'

    def view_box(self, index: int) -> str:
        """Return the place of a picture on the sheet, as an SVG's view box."""
        (width, height), (row, column) = self.size, divmod(index, self.columns)
        return f"{column * width} {row * height} {width} {height}"


class ReportSamples:
    """The samples on the map of a report, at most :data:`MAX_POINTS`.

    Args:
        probe: all n samples of the last snapshot; None if they are not recorded.
        h: float32[n, H_DIM].
        xy: float32[n, 2].
    """

    def __init__(self, probe: Probe | None, h: npt.NDArray[np.float32], xy: npt.NDArray[np.float32]) -> None:
        total = len(h)
        order = np.random.default_rng(0).permutation(total)[:MAX_POINTS]
        self.kept = np.sort(order)
        self.total = total
        self._h, self._xy, self.probe = h[self.kept], xy[self.kept], probe
        images = probe.images.numpy() if probe is not None else np.empty(0, np.uint8)
        self.sheet = Sheet(images[self.kept, -1]) if images.size else None
        self.entries = probe.label_entries if probe is not None else ()
        self.colourings = [self._colours(entry.name) for entry in self.entries] or [self._colours("")]
        """The colours of the points by each label; those of a run without labels are all alike."""
        self.colours = self.colourings[0]

    def _colours(self, label: str) -> Colours:
        if self.probe is None or not self.entries:
            return Colours(np.zeros(len(self.kept), np.int32))
        return (found := colours_by_label(self.probe, label))._replace(labels=found.labels[self.kept])

    def captions(self) -> list[str]:
        """Return what is said of each sample: its text, its file or number, and its labels."""
        if self.probe is None:
            return [f"sample {index}" for index in self.kept.tolist()]
        ids, texts, files = self.probe.ids.numpy(), self.probe.texts, self.probe.files
        captions = []
        for index in self.kept.tolist():
            labels = [f"{entry.name} {label_text(self.probe, entry, index)}" for entry in self.entries]
            text = [one_line(texts[index], MAX_TEXT)] if texts else []
            name = one_line(files[index], MAX_TEXT) if files else f"sample {ids[index]}"
            captions.append(" · ".join([*text, name, *labels]))
        return captions

    def map(self) -> str:
        """Return the map as an SVG element."""
        places = self._places()
        labels = self.colours.labels.tolist()
        radius = max(4.0, min(9.0, 260 / math.sqrt(len(places))))
        points = (
            f'<circle class="{point_class(label)}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
            for (x, y), label in zip(places.tolist(), labels, strict=True)
        )
        return f'<svg id="map" viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="Latent map">{"".join(points)}</svg>'

    def _places(self) -> npt.NDArray[np.float64]:
        """Return the positions within the drawing; the y axis points down."""
        xy = np.nan_to_num(self._xy.astype(np.float64), posinf=0.0, neginf=0.0)
        low, high = xy.min(0), xy.max(0)
        scale = (SIDE - 2 * MARGIN) / max(float((high - low).max()), 1e-9)
        return np.asarray(SIDE / 2 + (xy - (low + high) / 2) * scale * np.array([1, -1]))

    def neighbours(self, captions: list[str]) -> str:
        """Return rows of some samples with their nearest neighbours by the cosine of h, as HTML."""
        count = len(self.kept)
        if count < 2 or (self.sheet is None and not (self.probe is not None and len(self.probe.texts))):
            return ""
        indices, distances = exact_neighbours(torch.from_numpy(self._h), NEIGHBOURS + 1)
        rows = []
        for row in self._shown():
            others = zip(indices[row, 1:].tolist(), distances[row, 1:].tolist(), strict=True)
            cells = "".join(self._cell(other, captions[other], f"{1 - distance:.2f}") for other, distance in others)
            rows.append(f'<div class="row">{self._cell(row, captions[row], "", "first")}{cells}</div>')
        return "".join(rows)

    def _shown(self) -> list[int]:
        """Return the first sample of each label of the map, and then others at equal distances."""
        labels = self.colours.labels
        _, first = np.unique(labels, return_index=True)
        spread = np.linspace(0, len(labels) - 1, ROWS).astype(int)
        return list(dict.fromkeys([*first.tolist(), *spread.tolist()]))[: min(ROWS, len(labels))]

    def _cell(self, index: int, caption: str, cosine: str, kind: str = "") -> str:
        same = self.colours.labels[index]
        inner = (
            f'<svg viewBox="{self.sheet.view_box(index)}"><use href="#sheet"/></svg>'
            if self.sheet is not None
            else f"<p>{escape(caption)}</p>"
        )
        return (
            f'<figure class="{kind} {point_class(int(same))}" title="{escape(caption)}">{inner}'
            f"<figcaption>{cosine}</figcaption></figure>"
        )


def point_class(label: int, colouring: int = 0) -> str:
    """Return the class, in the style sheet, of points with a label in a colouring of the map."""
    return f"l{colouring}k{UNKNOWN if label < 0 else label}"
