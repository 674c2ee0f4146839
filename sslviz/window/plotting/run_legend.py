"""Legend of the runs whose curves are drawn in a panel; a click hides or shows the curves of a run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.legend import PointedLegend
from sslviz.window.runs.comparison import short_titles
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import small_font, theme

ROW, LINE, GAP = 18, 14, 5
"""Height of an entry, length of the line in the colour of its run, distance from the line to the title, in pixels."""
MAX_TITLE, BETWEEN = 170, 14
"""Maximum width of a title, and the distance between two entries, in pixels."""


class RunLegend(PointedLegend):
    """Shows for each run a line in the run's colour and what tells the run from the others, side by side.

    The first entry is the current run; its title is bold. A click on another entry, or Enter, hides the curves of that
    run or shows them again. The legend is hidden if there are fewer than two runs.
    """

    toggled = Signal(object)
    """RunModel: the user hides or shows the curves of this run."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[RunModel, ...] = ()
        self.setToolTip(
            "Point at a run to bring its curve forward; click it, or press Enter, to hide or show the curve."
        )
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.pressed.connect(self._toggle)
        self.hide()

    @property
    def pointed_run(self) -> RunModel | None:
        """The run that the user points at; None if the user points at none."""
        return self._runs[self._pointed] if self._pointed is not None else None

    def show_runs(self, runs: Sequence[RunModel]) -> None:
        """List runs, the current run first."""
        self._runs, self._names = tuple(runs), tuple(short_titles(runs))
        if self._pointed is not None and self._pointed >= len(runs):
            self._pointed = None
        texts = (name if run.drawn else f"{name} (hidden)" for run, name in zip(self._runs, self._names, strict=True))
        self.setAccessibleName(f"Runs: {', '.join(texts)}")
        self.setVisible(len(runs) > 1)
        self._fit()
        self.update()

    def entry_at(self, place: QPointF) -> int | None:
        return next((index for index, box in enumerate(self.places()) if box.contains(place)), None)

    def places(self) -> list[QRectF]:
        """Return the rectangle of each entry, in pixels; an entry that does not fit into a line begins the next."""
        result: list[QRectF] = []
        x = y = 0.0
        for index, name in enumerate(self._names):
            width = LINE + GAP + min(QFontMetrics(_font(index)).horizontalAdvance(name), MAX_TITLE) + BETWEEN
            if x and x + width > self.width():
                x, y = 0.0, y + ROW
            result.append(QRectF(x, y, width, ROW))
            x += width
        return result

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, place in enumerate(self.places()):
            self._paint_entry(painter, index, place)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(theme().palette.accent))
            painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 4, 4)

    def _paint_entry(self, painter: QPainter, index: int, place: QRectF) -> None:
        palette, run, y = theme().palette, self._runs[index], place.center().y()
        pen = QPen(QColor(palette.run(run.colour)), 3.0) if self._shown(index) else QPen(QColor(palette.dim), 1.0)
        painter.setPen(pen)
        painter.drawLine(QLineF(place.left() + 1, y, place.left() + LINE - 1, y))
        painter.setFont(_font(index))
        painter.setPen(QColor(palette.text if self._shown(index) and self._pointed in (None, index) else palette.dim))
        box = place.adjusted(LINE + GAP, 0, GAP - BETWEEN, 0)
        text = painter.fontMetrics().elidedText(self._names[index], Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _shown(self, index: int) -> bool:
        """Return whether the curves of a run are drawn; those of the current run always are."""
        return index == 0 or self._runs[index].drawn

    def _fit(self) -> None:
        """Make the legend as high as its lines."""
        self.setFixedHeight(px(max((place.bottom() for place in self.places()), default=ROW)))

    def _toggle(self, index: int) -> None:
        if index:
            self.toggled.emit(self._runs[index])


def _font(index: int) -> QFont:
    """Return the font of an entry: bold for the current run, which is the first."""
    font = small_font()
    if index == 0:
        font.setWeight(QFont.Weight.DemiBold)
    return font
