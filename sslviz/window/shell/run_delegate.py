"""Draws the entries of the list of runs: a small map at the left, and three or four lines of text beside it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sslviz.core.run_summary import SmallMap
from sslviz.window.latent.small_map import paint_points
from sslviz.window.shell.run_entries import RunEntry
from sslviz.window.style.sizes import enlarged, px
from sslviz.window.style.theme import small_font, theme

ENTRY = Qt.ItemDataRole.UserRole
"""Role under which an item of the list holds its :class:`RunEntry`."""
MAP_PX, PADDING, DOT_PX = 52, 8, 8
"""Size of the small map, space around and between the parts, and diameter of the dot of an open run, in pixels."""
MAX_PICTURES = 64


class RunDelegate(QStyledItemDelegate):
    """Draws a :class:`RunEntry`; the small maps that were drawn last are kept as pictures."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures: dict[tuple[SmallMap | None, bool, float, float], QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        entry: RunEntry = index.data(ENTRY)
        title = QFontMetrics(_bold(option.font)).lineSpacing()
        small = QFontMetrics(enlarged(small_font())).lineSpacing()
        lines = title + (3 if entry.summary.note.text else 2) * small
        return QSize(0, max(lines, px(MAP_PX)) + 2 * PADDING)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: RunEntry = index.data(ENTRY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, option.rect, option.state)
        inner = option.rect.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        painter.drawPixmap(inner.topLeft(), self._picture(entry.summary.small_map, option.widget.devicePixelRatioF()))
        _paint_texts(painter, inner.adjusted(px(MAP_PX) + PADDING, 0, 0, 0), entry, option.font)
        painter.restore()

    def _picture(self, small_map: SmallMap | None, ratio: float) -> QPixmap:
        key = (small_map, theme().palette.dark, theme().scale, ratio)
        if key not in self._pictures:
            if len(self._pictures) == MAX_PICTURES:
                self._pictures.clear()
            self._pictures[key] = _picture_of(small_map, ratio)
        return self._pictures[key]


def _picture_of(small_map: SmallMap | None, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(px(MAP_PX), px(MAP_PX)) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(theme().scale, theme().scale)
    _paint_map(painter, QRect(0, 0, MAP_PX, MAP_PX), small_map)
    painter.end()
    return picture


def _paint_ground(painter: QPainter, place: QRect, state: QStyle.StateFlag) -> None:
    palette, flags = theme().palette, QStyle.StateFlag
    if state & (flags.State_Selected | flags.State_MouseOver):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.accent_soft if state & flags.State_Selected else palette.raised))
        painter.drawRoundedRect(place, 4, 4)


def _paint_map(painter: QPainter, place: QRect, small_map: SmallMap | None) -> None:
    """Draw the points of a map, each in the colour of its class; only a frame if there is no map."""
    palette = theme().palette
    painter.setPen(QPen(QColor(palette.line), 1))
    painter.setBrush(QColor(palette.surface))
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    if small_map is None:
        return
    inner = PADDING / 2
    paint_points(painter, QRectF(place).adjusted(inner, inner, -inner, -inner), small_map)


def _paint_texts(painter: QPainter, place: QRect, entry: RunEntry, font: QFont) -> None:
    """Draw the title with the dot of an open run, the figures, date and size, and the note of the user."""
    palette, bold, small, slanted = theme().palette, _bold(font), enlarged(small_font()), enlarged(small_font())
    slanted.setItalic(True)
    left = 0
    if entry.run is not None:
        left = px(DOT_PX + 6)
        radius = DOT_PX * theme().scale / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.run(entry.run.model.colour)))
        painter.drawEllipse(QPointF(place.x() + radius, place.y() + QFontMetrics(bold).height() / 2), radius, radius)
    top = place.y()
    middle, right = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight
    for text, line_font, colour, elided in (
        (entry.title, bold, palette.text, middle),  # titles of runs often differ only at their end
        (entry.figures, small, palette.text, right),
        (entry.facts, small, palette.dim, right),
        (entry.summary.note.text, slanted, palette.text, right),
    ):
        metrics = QFontMetrics(line_font)
        line = QRect(place.x() + left, top, place.width() - left, metrics.lineSpacing())
        painter.setFont(line_font)
        painter.setPen(QColor(colour))
        painter.drawText(line, 0, metrics.elidedText(text, elided, line.width()))
        top, left = top + metrics.lineSpacing(), 0


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold
