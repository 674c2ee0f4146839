"""How alike the parts of a batch are, every one with every other, and how positives and negatives spread."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QBoxLayout, QComboBox, QWidget

from sslviz.core.panel_data import Similarity
from sslviz.core.wire import Frozen
from sslviz.window.latent.brush import Veil, samples_in
from sslviz.window.latent.labels import excerpt
from sslviz.window.latent.lasso import Corners, Lasso
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_pixmap
from sslviz.window.plotting.matrix_tooltip import cell_names, numbers_of, pair_kind, row_name
from sslviz.window.plotting.plots import Plot, pen
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel, Selected
from sslviz.window.style.buttons import small_toggle
from sslviz.window.style.hover_card import HoverCard
from sslviz.window.style.palette import diverging_map
from sslviz.window.style.step_slider import StepSlider
from sslviz.window.style.theme import small_font, theme
from sslviz.window.style.title_controls import offer

BOTH_PX = 165
"""width in which both means are written out"""
FIXED = "64 fixed"
BRIEF = 2
"""lines of each text behind a cell"""


@panels.register
class SimilarityPanel(Panel):
    """The matrix the loss is made of."""

    name: ClassVar[str] = "similarity"
    title: ClassVar[str] = "Similarity"
    help: ClassVar[str] = (
        "How alike every row is to every column. Of two views a sample: cosines of all views a and then all views b. "
        "Of predictions: scores of each with all candidates, in units of their own. Else: cosines of what the encoder "
        "gives. Between the fine lines lie the positive pairs, which training pulls together; all else it pushes "
        "apart. Point at a cell, or go there with the arrow keys, to see what meets in it. Of the 64 fixed samples, "
        "those selected on the map stand out, and a drag, once zoomed in with Shift, selects some there."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Similarity, Selected)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Similarity,)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "speech", "clips")
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
        self.ahead = StepSlider(
            "How many steps ahead the scores are for", "Scores of predictions so many steps ahead", "k = {}"
        )
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
        self.veil, self.lasso = Veil(self.matrix), Lasso(self.matrix)
        self.lasso.drawn.connect(self._select)
        self.matrix.hovered.connect(self._hover)
        self.matrix.left.connect(self._card.hide)
        self.matrix.stepped.connect(self._step)
        view.sigRangeChanged.connect(self.mark_dirty)
        self._build_histogram()
        self.ahead.changed.connect(self.request_changed)
        self.source.addItem("batch", "batch")
        self.source.addItem(FIXED, "probe")
        self.source.setMinimumWidth(56)  # in the smallest window; by itself it would push the title bar's end out of it
        self.source.setAccessibleName("Which pairs the similarity matrix shows")
        self.source.setToolTip("The batch of the moment, or 64 samples of the map with two fixed views each")
        self.source.currentIndexChanged.connect(self.request_changed)
        for toggle in (self._by_label, self._mark):
            toggle.toggled.connect(self.mark_dirty)
        for control in self.title_widgets():
            control.hide()
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(8, 0, 12, 6)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.matrix, 1)
        self._layout.addWidget(self.histogram, 1)

    def _build_histogram(self) -> None:
        self.histogram.setMouseEnabled(x=False, y=False)
        self.histogram.hideAxis("left")
        self._scale_to(1.0)
        self.histogram.getViewBox().setRange(xRange=(-1.14, 1.14), yRange=(-0.1, 1.25), padding=0)
        self.histogram.setMinimumHeight(60)
        for bar in self._bars:
            self.histogram.addItem(bar)
        self._key = pg.ImageItem(np.arange(256, dtype=np.uint8)[None], axisOrder="row-major", levels=(0, 255))
        self._key.setRect(QRectF(-1, -0.09, 2, 0.06))
        self.histogram.addItem(self._key)
        self._titles = [pg.TextItem(anchor=(0, 0)), pg.TextItem(anchor=(1, 0))]
        for title, x in zip(self._titles, (-1.14, 1.14), strict=True):
            title.setPos(x, 1.25)
            title.setFont(small_font())
            self.histogram.addItem(title)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._by_label, self._mark, self.source, self.ahead)

    def watch_choices(self) -> dict[str, str | int]:
        return {"similarity_source": str(self.source.currentData()), "step_ahead": self.ahead.value()}

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
        return "How alike the samples of a batch are appears here once training has begun."

    def table(self) -> Table | None:
        """The matrix in the order shown, with the label of each row's sample; of views ``1a`` is view a of the sample
        with the number 1 or, in a batch, of its first.
        """
        shown = self.run.similarity
        if shown is None or not shown.labels.shape[0]:
            return None
        labels = np.asarray(shown.labels.numpy())
        order = ordering(labels, shown.matrix.shape[0], by_label=self._by_label.isChecked())
        numbers = numbers_of(shown, self.run.probe)
        names = [row_name(shown, row, numbers) for row in order.tolist()]
        cells = np.asarray(shown.matrix.numpy())[np.ix_(order, order)]
        columns = dict(zip(names, cells.T.tolist(), strict=True))
        told = [self._label_of(int(labels[row % len(labels)])) for row in order.tolist()]
        return {"row": names, "label": told, **columns}

    def _label_of(self, label: int) -> str:
        entries = self.run.prepared.labels if self.run.prepared is not None else ()
        names = entries[0].names if entries else ()
        return names[label] if 0 <= label < len(names) else str(label)

    def refresh(self, run: RunModel) -> None:
        before, shown = self._shown, run.similarity
        self._shown = shown
        self.matrix.setVisible(shown is not None)
        self.histogram.setVisible(shown is not None)
        self._offer_controls(shown)
        if shown is None:
            return
        size = shown.matrix.shape[0]
        self._order = ordering(np.asarray(shown.labels.numpy()), size, by_label=self._by_label.isChecked())
        if not size:
            return
        if before is None or before.matrix.shape[0] != size:  # where one has looked closer there may be nothing now
            self.matrix.follow_again()
        limit = shown.limit
        cells = np.nan_to_num(np.asarray(shown.matrix.numpy(), float), nan=0.0, posinf=limit, neginf=-limit)
        ordered = np.clip(cells[np.ix_(self._order, self._order)], -limit, limit)
        levels = np.clip((ordered / limit + 1) * 127.5, 0, 255).astype(np.uint8)
        view = self.matrix.getViewBox()
        if self.matrix.follows:
            view.setRange(xRange=(0, size), yRange=(0, size), padding=0.01, disableAutoRange=False)
        self.lasso.shape = "rectangle" if self.matrix.follows else None  # else a drag moves what was zoomed into
        left, right = view.viewRange()[0]
        step = stride((right - left) / max(view.width(), 1.0), shown.shift)
        drawn = levels[::step, ::step]
        self._image.setImage(drawn, autoLevels=False, levels=(0, 255))
        self._image.setRect(QRectF(0, 0, len(drawn) * step, len(drawn) * step))
        self.veil.show(shown, self._order, run.selection.indices)
        self._draw_positives(size, shown.shift)
        self._draw_histograms(shown)

    def _offer_controls(self, shown: Similarity | None) -> None:
        """Those that act on what is shown: pairs of views, latents, or scores of a step ahead."""
        what = shown.what if shown is not None else ""
        offer(self._by_label, offered=bool(what))
        offer(self._mark, offered=shown is not None and shown.shift is not None)
        offer(self.source, offered=what == "views" and not self.run.recorded)
        offer(self.ahead, offered=what == "scores")
        if shown is not None and shown.steps_ahead[1]:
            self.ahead.offer(*shown.steps_ahead)

    def _scale_to(self, limit: float) -> None:
        """The ends of the colours are called ±limit."""
        places = (-1.0, -0.5, 0.0, 0.5, 1.0)
        self.histogram.getAxis("bottom").setTicks([[(x, tick(x * limit)) for x in places]])

    def _draw_positives(self, size: int, shift: int | None) -> None:
        self._positives.setVisible(self._mark.isChecked() and shift is not None)
        room = max(1.0, size / 64)
        starts = [] if shift is None else [(0, shift, size - shift), (size - shift, 0, shift)]
        lines = [
            (row, column + side, row + length, column + length + side)
            for row, column, length in starts
            for side in (-room, room)
            if length
        ]
        inside = np.clip(np.array(lines, float).reshape(-1, 2), 0, size)
        self._positives.setData(inside[:, 1], inside[:, 0])

    def _draw_histograms(self, shown: Similarity) -> None:
        some = shown.shift is not None
        beside = ("negatives", "positives") if self.histogram.width() > BOTH_PX else ("neg.", "pos.")
        names = beside if some else ("all pairs", "")
        counts = (shown.negative_counts.numpy(), shown.positive_counts.numpy())
        means = (shown.negative_mean, shown.positive_mean)
        edges = np.linspace(-1, 1, len(counts[0]) + 1)
        for bar, title, name, count, mean in zip(self._bars, self._titles, names, counts, means, strict=True):
            heights = np.asarray(count, float)
            bar.setData(edges, heights / max(heights.max(initial=0.0), 1.0))
            told = f" {mean:z.2f}".replace("-", "−") if math.isfinite(mean) else ""
            title.setText(name + told if name else "")
        self._bars[1].setVisible(some)
        self._scale_to(shown.limit)

    def _select(self, corners: Corners) -> None:
        """Those samples of the map whose cells were drawn around; a batch is not on the map."""
        if self._shown is None or not len(self._order):
            return
        if self._shown.source != "probe":
            other = f": choose “{FIXED}” to select there what you draw around here" if self.source.isVisible() else ""
            text = f"These samples are not on the map{other}."
            self.said.emit(text, "info")
            return
        indices = samples_in(self._shown, self._order, corners)
        self.selected.emit(Selected(indices=indices, origin="drawn on the matrix"))

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
        pair = int(self._order[row]), int(self._order[column])
        value = float(shown.matrix.numpy()[pair])
        images = (shown.images, shown.column_images or shown.images)
        seen = [
            to_pixmap(each.numpy()[index], 64) if each.shape[0] else QPixmap()
            for each, index in zip(images, pair, strict=True)
        ]
        names = " · ".join(cell_names(shown, *pair, numbers_of(shown, self.run.probe)))
        at = self.matrix.mapFromScene(self.matrix.getViewBox().mapViewToScene(pg.Point(x, y)))
        read = [excerpt(shown.texts[row], BRIEF) for row in dict.fromkeys(pair)] if shown.texts else []
        text = "\n".join([f"{value:+.3f}   {pair_kind(shown, *pair)}", names, *read])
        self._card.show_at(QPoint(self.matrix.mapTo(self, at)), seen, text)


def ordering(labels: npt.NDArray[np.generic], size: int, *, by_label: bool) -> npt.NDArray[np.intp]:
    """Rows in the order of display, intp[size]: all parts alike, so that positives stay on one diagonal."""
    samples = len(labels)
    order = np.argsort(labels, kind="stable") if by_label else np.arange(samples)
    return np.concatenate([order + first for first in range(0, size, max(samples, 1))] or [order])


def stride(cells_per_pixel: float, shift: int | None) -> int:
    """Every how many-th row and column is drawn, so that a cell is no smaller than a pixel.

    Smaller cells would be left out in rows and columns apart, and with them a whole diagonal. One that divides
    ``shift`` is taken where there is one, which keeps the diagonals of the positives.
    """
    least = max(1, math.ceil(cells_per_pixel - 1e-6))
    return next((step for step in range(least, 2 * least + 1) if (shift or 0) % step == 0), least)


def tick(value: float) -> str:
    """A number of the scale, as short as it goes: −.5."""
    text = f"{abs(value):g}"
    return ("−" if value < 0 else "") + (text[1:] if text.startswith("0.") else text)


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SimilarityPanel))
