"""Cosine similarities of all pairs of views, and how positives and negatives spread over −1…1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtWidgets import QBoxLayout, QComboBox, QWidget

from sslviz.core.messages import Frozen, Similarity, State
from sslviz.window.images import to_pixmap
from sslviz.window.palette import diverging_map
from sslviz.window.panel import Panel, panels
from sslviz.window.plots import Plot, pen
from sslviz.window.run_model import RunModel
from sslviz.window.table import Table
from sslviz.window.theme import small_font, theme
from sslviz.window.widgets import HoverCard, small_toggle


@panels.register
class SimilarityPanel(Panel):
    """The matrix the loss is made of."""

    name: ClassVar[str] = "similarity"
    title: ClassVar[str] = "Similarity"
    help: ClassVar[str] = (
        "Cosine similarity of every two views: rows and columns are first all views a, then all views b. Between the "
        "fine lines lie the positive pairs, two views of one sample, which training pulls towards 1; all else it "
        "pushes away. Point at a cell, or go there with the arrow keys, to see its two views."
    )
    kinds: ClassVar[tuple[type[Frozen], ...]] = (Similarity, State)
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.matrix, self.histogram = Plot("Similarity matrix"), Plot()
        self._image = pg.ImageItem(axisOrder="row-major")
        self._positives = pg.PlotCurveItem(connect="pairs")
        self._card = HoverCard(self, pictures=2)
        self._cell = (0, 0)
        self._shown: Similarity | None = None
        self._order: npt.NDArray[np.intp] = np.empty(0, np.intp)
        self.source = QComboBox()
        self._by_label = small_toggle("by label", "Order the samples by their label instead of as they came")
        self._mark = small_toggle("positives", "Mark the positive pairs", checked=True)
        self._bars = [pg.PlotCurveItem([-1, 1], [0], stepMode="center", fillLevel=0) for _ in range(2)]
        self._build()
        self.apply_theme()

    def _build(self) -> None:
        view = self.matrix.getViewBox()
        view.setAspectLocked(True)
        view.invertY(True)
        for axis in ("left", "bottom"):
            self.matrix.hideAxis(axis)
        self.matrix.addItem(self._image)
        self.matrix.addItem(self._positives)
        self.matrix.hovered.connect(self._hover)
        self.matrix.left.connect(self._card.hide)
        self.matrix.stepped.connect(self._step)
        self.matrix.zoomed.connect(self.mark_dirty)
        self._build_histogram()
        self.source.addItem("batch", "batch")
        self.source.addItem("64 fixed", "probe")
        self.source.setAccessibleName("Which pairs the similarity matrix shows")
        self.source.setToolTip("The batch of the moment, or 64 samples of the map with two fixed views each")
        self.source.currentIndexChanged.connect(self.request_changed)
        for toggle in (self._by_label, self._mark):
            toggle.toggled.connect(self._redraw)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(8, 0, 12, 6)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.matrix, 1)
        self._layout.addWidget(self.histogram, 1)

    def _build_histogram(self) -> None:
        self.histogram.setMouseEnabled(x=False, y=False)
        self.histogram.hideAxis("left")
        self.histogram.getAxis("bottom").setTicks([[(-1, "−1"), (-0.5, "−.5"), (0, "0"), (0.5, ".5"), (1, "1")]])
        self.histogram.getViewBox().setRange(xRange=(-1.02, 1.02), yRange=(-0.1, 1.25), padding=0)
        self.histogram.setMinimumHeight(60)
        for bar in self._bars:
            self.histogram.addItem(bar)
        self._key = pg.ImageItem(np.arange(256, dtype=np.uint8)[None], axisOrder="row-major", levels=(0, 255))
        self._key.setRect(QRectF(-1, -0.09, 2, 0.06))
        self.histogram.addItem(self._key)
        self._titles = [pg.TextItem(anchor=(0, 0)), pg.TextItem(anchor=(1, 0))]
        for title, x in zip(self._titles, (-1.0, 1.0), strict=True):
            title.setPos(x, 1.25)
            title.setFont(small_font())
            self.histogram.addItem(title)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._by_label, self._mark, self.source)

    def watch_choices(self) -> dict[str, str]:
        return {"similarity_source": str(self.source.currentData())}

    def apply_theme(self) -> None:
        palette = theme().palette
        for image in (self._image, self._key):
            image.setLookupTable(diverging_map(palette))
        self._positives.setPen(pen(palette.text, 1.0, 130))
        colours = diverging_map(palette)
        for bar, title, row in zip(self._bars, self._titles, (24, 232), strict=True):
            colour = pg.mkColor(*colours[row].tolist())
            bar.setPen(pg.mkPen(colour, width=1))
            fill = pg.mkColor(*colours[row].tolist(), 110)
            bar.setBrush(fill)
            title.setColor(palette.dim)
        for plot in (self.matrix, self.histogram):
            plot.apply_theme()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        wide = self.width() > 1.2 * self.height()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._layout.setStretch(0, 1 if wide else 3)
        self.matrix.follow_again()
        self.mark_dirty()

    def empty_text(self, run: RunModel) -> str:
        if run.similarity is not None:
            return ""
        return "The similarities of a batch's views appear here once training has begun."

    def table(self) -> Table | None:
        """The matrix in the order shown: ``1a`` is view a of sample 1, with the label of its sample."""
        shown = self.run.similarity
        if shown is None or not shown.labels.shape[0]:
            return None
        labels = np.asarray(shown.labels.numpy())
        order = ordering(labels, by_label=self._by_label.isChecked())
        names = [f"{row % len(labels) + 1}{'a' if row < len(labels) else 'b'}" for row in order.tolist()]
        cells = np.asarray(shown.matrix.numpy())[np.ix_(order, order)]
        columns = dict(zip(names, cells.T.tolist(), strict=True))
        return {"view": names, "label": [self._label_of(int(label)) for label in np.tile(labels, 2)[order]], **columns}

    def _label_of(self, label: int) -> str:
        names = self.run.prepared.label_names if self.run.prepared is not None else ()
        return names[label] if 0 <= label < len(names) else str(label)

    def refresh(self, run: RunModel) -> None:
        shown = self._shown = run.similarity
        self.matrix.setVisible(shown is not None)
        self.histogram.setVisible(shown is not None)
        if shown is None:
            return
        self._order = ordering(np.asarray(shown.labels.numpy()), by_label=self._by_label.isChecked())
        size = len(self._order)
        cells = np.nan_to_num(np.asarray(shown.matrix.numpy(), np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
        if cells.shape != (size, size) or not size:
            return
        ordered = cells[np.ix_(self._order, self._order)]
        levels = np.clip((ordered + 1) * 127.5, 0, 255).astype(np.uint8)
        self._image.setImage(levels, autoLevels=False, levels=(0, 255))
        self._draw_positives(size)
        self._draw_histograms(shown)
        if self.matrix.follows:
            self.matrix.getViewBox().setRange(xRange=(0, size), yRange=(0, size), padding=0.01, disableAutoRange=False)

    def _draw_positives(self, size: int) -> None:
        self._positives.setVisible(self._mark.isChecked())
        half, room = size // 2, max(1.0, size / 64)
        lines = [(0.0, half - room, half + room, float(size)), (0.0, half + room, half - room, float(size))]
        lines += [(y0, x0, y1, x1) for x0, y0, x1, y1 in lines]
        inside = np.clip(np.array(lines, float).reshape(-1, 2), 0, size)
        self._positives.setData(inside[:, 0], inside[:, 1])

    def _draw_histograms(self, shown: Similarity) -> None:
        names = ("negatives", "positives")
        counts = (shown.negative_counts.numpy(), shown.positive_counts.numpy())
        edges = np.linspace(-1, 1, len(counts[0]) + 1)
        middles = (edges[:-1] + edges[1:]) / 2
        for bar, title, name, count in zip(self._bars, self._titles, names, counts, strict=True):
            heights = np.asarray(count, float)
            total = heights.sum()
            bar.setData(edges, heights / max(heights.max(initial=0.0), 1.0))
            mean = f" {float((heights * middles).sum() / total):z.2f}" if total else ""
            title.setText(name + mean)

    def _redraw(self) -> None:
        self.mark_dirty()

    def _step(self, right: int, down: int) -> None:
        """By keys, from cell to cell; the first press shows where one is."""
        last = len(self._order) - 1
        if self._card.isVisible():
            column, row = self._cell[0] + right, self._cell[1] + down
            self._cell = (min(max(column, 0), last), min(max(row, 0), last))
        self._hover(self._cell[0] + 0.5, self._cell[1] + 0.5)

    def _hover(self, x: float, y: float) -> None:
        shown, column, row = self._shown, int(x // 1), int(y // 1)
        size = len(self._order)
        if shown is None or not (0 <= column < size and 0 <= row < size) or shown.matrix.shape[0] != size:
            self._card.hide()
            return
        self._cell = (column, row)
        pair = self._order[row], self._order[column]
        value = float(shown.matrix.numpy()[pair])
        pictures = [to_pixmap(shown.images.numpy()[index], 64) for index in pair]
        names = " · ".join(_view_name(int(index), size // 2) for index in pair)
        kind = _pair_kind(int(pair[0]), int(pair[1]), size // 2)
        at = self.matrix.mapFromScene(self.matrix.getViewBox().mapViewToScene(pg.Point(x, y)))
        self._card.show_at(QPoint(self.matrix.mapTo(self, at)), pictures, f"{value:+.3f}   {kind}\n{names}")


def ordering(labels: npt.NDArray[np.generic], *, by_label: bool) -> npt.NDArray[np.intp]:
    """Rows of the matrix in the order of display, intp[2N]: both halves alike, so positives stay on one diagonal."""
    samples = len(labels)
    order = np.argsort(labels, kind="stable") if by_label else np.arange(samples)
    return np.concatenate([order, order + samples])


def _view_name(row: int, samples: int) -> str:
    return f"sample {row % samples + 1}, view {'a' if row < samples else 'b'}"


def _pair_kind(first: int, second: int, samples: int) -> str:
    if first == second:
        return "itself"
    return "positive pair" if first % samples == second % samples else "negative pair"


if __name__ == "__main__":
    from sslviz.window.demo import run_alone

    raise SystemExit(run_alone(SimilarityPanel))
