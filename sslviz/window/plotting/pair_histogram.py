"""Histograms of the similarities of positive and of negative pairs."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from sslviz.core.panel_data import Similarity
from sslviz.window.plotting.matrix_words import WORDS
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.palette import diverging_map
from sslviz.window.style.sizes import enlarged, px, sized
from sslviz.window.style.theme import small_font, theme

FULL_NAMES_PX = 165
"""Width of the plot in pixels above which the captions say "negatives" and "positives" in full."""
EDGE = 1.14
"""The x axis ends at plus and minus this value, in units of the limit of the similarities."""
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Positions of the labels on the x axis, in units of the limit of the similarities."""
NEGATIVE_ROW, POSITIVE_ROW = 24, 232
"""Rows of the colour map with the colours of the histograms of negative and positive pairs."""
SHORT = {"negatives": "neg.", "positives": "pos."}
"""Names in the captions of a plot that is no wider than :data:`FULL_NAMES_PX`."""


class PairHistogram:
    """Draws the histograms of negative and positive pairs into a plot, with their means and a colour bar."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._bars = [pg.PlotCurveItem([-1, 1], [0], stepMode="center", fillLevel=0) for _ in range(2)]
        self._captions = [pg.TextItem(anchor=(0, 0)), pg.TextItem(anchor=(1, 0))]
        self._key = pg.ImageItem(np.arange(256, dtype=np.uint8)[None], axisOrder="row-major", levels=(0, 255))
        self._key.setRect(QRectF(-1, -0.09, 2, 0.06))
        plot.setMouseEnabled(x=False, y=False)
        plot.hideAxis("left")
        plot.getViewBox().setRange(xRange=(-EDGE, EDGE), yRange=(-0.1, 1.25), padding=0)
        sized(plot.setMinimumHeight, 60)
        for item in (*self._bars, self._key, *self._captions):
            plot.addItem(item)
        for caption, x in zip(self._captions, (-EDGE, EDGE), strict=True):
            caption.setPos(x, 1.25)
        self._label_axis(1.0)

    @property
    def captions(self) -> tuple[str, ...]:
        """The text above each histogram: the kind of pairs, such as "negatives", and their mean similarity."""
        return tuple(caption.toPlainText() for caption in self._captions)

    @property
    def caption_rects(self) -> tuple[QRectF, ...]:
        """The rectangles of the captions, in pixels of the plot's scene."""
        return tuple(caption.mapRectToScene(caption.boundingRect()) for caption in self._captions)

    @property
    def tick_labels(self) -> tuple[str, ...]:
        """The labels of the x axis at :data:`TICKS`, from left to right."""
        return self._tick_labels

    def apply_theme(self) -> None:
        """Use the colours of the current theme."""
        palette = theme().palette
        colours = diverging_map(palette)
        self._key.setLookupTable(colours)
        for bars, caption, row in zip(self._bars, self._captions, (NEGATIVE_ROW, POSITIVE_ROW), strict=True):
            red_green_blue = colours[row].tolist()
            bars.setPen(pg.mkPen(pg.mkColor(*red_green_blue), width=1))
            bars.setBrush(pg.mkColor(*red_green_blue, 110))
            caption.setColor(palette.dim)
            caption.setFont(enlarged(small_font()))

    def show(self, shown: Similarity) -> None:
        """Draw both histograms, each scaled to its highest bin; without positives, draw one histogram of all pairs."""
        counts = (shown.negative_counts.numpy(), shown.positive_counts.numpy())
        means = (shown.negative_mean, shown.positive_mean)
        edges = np.linspace(-1, 1, len(counts[0]) + 1)
        names = self._names(shown)
        for bars, caption, name, count, mean in zip(self._bars, self._captions, names, counts, means, strict=True):
            heights = np.asarray(count, float)
            bars.setData(edges, heights / max(heights.max(initial=0.0), 1.0))
            caption.setText(f"{name}{mean_text(mean)}" if name else "")
        self._bars[1].setVisible(shown.shift is not None)
        self._label_axis(shown.limit)

    def _names(self, shown: Similarity) -> tuple[str, ...]:
        if shown.shift is None:
            return "all pairs", ""
        names = WORDS[shown.what].captions
        return names if self._plot.width() > px(FULL_NAMES_PX) else tuple(SHORT.get(name, name) for name in names)

    def _label_axis(self, limit: float) -> None:
        self._tick_labels = tuple(tick_label(x * limit) for x in TICKS)
        self._plot.getAxis("bottom").setTicks([list(zip(TICKS, self._tick_labels, strict=True))])


def mean_text(mean: float) -> str:
    """Return the mean as text with two decimals, to be appended to a caption such as "negatives".

    The text begins with a space and has "−" as the minus sign. It is empty if the mean is not finite.
    """
    return f" {mean:z.2f}".replace("-", "−") if math.isfinite(mean) else ""


def tick_label(value: float) -> str:
    """Return the label of a value on the x axis, as short as possible, such as ``−.5``."""
    text = f"{abs(value):g}"
    return ("−" if value < 0 else "") + (text[1:] if text.startswith("0.") else text)
