"""Legend of the colours and markers of classes; pointing at an entry highlights the points of the class."""

from __future__ import annotations

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.core.entries import UNKNOWN, name_of
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.palette import BY_CLASS, PointStyles
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import small_font, theme

MORE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
"""Modifier keys: with either of them, a click adds the samples of an entry to the selection, or removes them."""
ROW = 19
"""Height of an entry, in pixels."""
MAX_ENTRIES = 24
"""Maximum number of entries that are listed."""


class PointedLegend(PaintedWidget):
    """Base class of legends. The user points at an entry with the mouse or arrow keys; entries are counted from 0."""

    pointed = Signal(object)
    """int or None: the label of the entry that is pointed at."""
    pressed = Signal(int, bool)
    """The label of the entry that was clicked or on which Enter was pressed, and whether Ctrl or Shift was held."""
    downwards = 1
    """By how many entries the Down key moves, 1 or -1."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._pointed: int | None = None
        self.setMouseTracking(True)

    def entries(self) -> int:
        """Return the number of visible entries; the user can point only at these."""
        return len(self._names)

    def entry_at(self, place: QPointF) -> int | None:
        """Return the index of the entry at a position of the mouse, or None if no entry is there."""
        raise NotImplementedError

    def label_of(self, entry: int) -> int:
        """Return the label of the points that an entry explains, usually their class number.

        The label is negative for the entry that explains points of unknown class.
        """
        return entry

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.entry_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        entry = self.entry_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and entry is not None:
            self.pressed.emit(self.label_of(entry), bool(event.modifiers() & MORE))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._pointed is not None:
            self._point_at(None)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.pressed.emit(self.label_of(self._pointed), bool(event.modifiers() & MORE))
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(self.downwards if event.key() == Qt.Key.Key_Down else -self.downwards)
        else:
            event.ignore()

    def _step(self, by: int) -> None:
        """Point at the next entry if ``by`` is 1, at the previous entry if ``by`` is -1.

        If no entry is pointed at, point at the first entry (1) or the last entry (-1); without entries, at none.
        """
        last = self.entries() - 1
        start = -1 if by > 0 else last + 1
        at = start if self._pointed is None else self._pointed
        self._point_at(min(max(at + by, 0), last) if last >= 0 else None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(None)
        self.update()

    def _point_at(self, entry: int | None) -> None:
        if entry != self._pointed:
            self._pointed = entry
            self.pointed.emit(None if entry is None else self.label_of(entry))
            self.update()


class Legend(PointedLegend):
    """Shows a column of entries: the marker and the name of each class."""

    def __init__(self) -> None:
        super().__init__()
        self._has_unknown = False
        self._styles = BY_CLASS
        self.setToolTip(
            "Point at a class, or choose it with the arrow keys, to bring it forward;\nclick it, or press Enter, to "
            "select its samples; with Ctrl one class more"
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_names(self, names: tuple[str, ...], *, has_unknown: bool = False, styles: PointStyles = BY_CLASS) -> None:
        """Show as many class names as fit, at most :data:`MAX_ENTRIES`; a line below says how many are left out.

        With ``has_unknown``, an entry for samples whose class is unknown follows after all class names. ``styles`` are
        the colours and markers of the classes.
        """
        names = (*names, name_of((), UNKNOWN)) if has_unknown else names
        if (names, has_unknown, styles) == (self._names, self._has_unknown, self._styles):
            return
        self._names, self._has_unknown, self._styles = names, has_unknown, styles
        self.setAccessibleName("Legend: " + ", ".join(names[:MAX_ENTRIES]))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if names else Qt.FocusPolicy.NoFocus)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(small_font())
        widest = max((metrics.horizontalAdvance(name) for name in self._names[:MAX_ENTRIES]), default=0)
        return QSize(px(min(widest, 120) + 30) if self._names else 0, px(self._whole_height))

    @property
    def _whole_height(self) -> int:
        return ROW * min(len(self._names), MAX_ENTRIES + 1)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        shown = self.entries()
        for index, name in enumerate(self._names[:shown]):
            self._paint_entry(painter, index, name)
        if len(self._names) > shown:
            painter.setPen(QColor(theme().palette.dim))
            text = left_out(len(self._names) - shown, painter.fontMetrics(), self.width() - 24)
            painter.drawText(QPointF(24, ROW * shown + 13), text)
        if self.hasFocus():
            painter.setPen(QColor(theme().palette.accent))
            painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self._whole_height - 1), 4, 4)

    def _paint_entry(self, painter: QPainter, index: int, name: str) -> None:
        palette = theme().palette
        painter.save()
        painter.translate(12, ROW * index + ROW / 2)
        painter.scale(9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        colour, symbol = self._styles.of(self.label_of(index), palette)
        painter.setBrush(QColor(colour))
        painter.drawPath(Symbols[symbol])
        painter.restore()
        painter.setPen(QColor(palette.text if self._pointed in (None, index) else palette.dim))
        box = QRectF(24, ROW * index, self.width() - 26, ROW)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def entries(self) -> int:
        """Return the number of entries that are visible.

        If there are more entries than lines, the last line is not an entry, but says how many are left out: "and 5
        more".
        """
        room = min(self.height() // ROW, MAX_ENTRIES + 1)
        return len(self._names) if len(self._names) <= min(room, MAX_ENTRIES) else max(room - 1, 0)

    def entry_at(self, place: QPointF) -> int | None:
        row = int(place.y() // ROW)
        return row if 0 <= row < self.entries() else None

    def label_of(self, entry: int) -> int:
        return UNKNOWN if self._has_unknown and entry == len(self._names) - 1 else entry


def left_out(count: int, metrics: QFontMetrics, width: int) -> str:
    """Return "and 5 more" if ``count`` is 5, or "+5" if that is wider than ``width`` pixels."""
    text = f"and {count} more"
    return text if metrics.horizontalAdvance(text) <= width else f"+{count}"
