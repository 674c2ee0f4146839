"""The presets as a gallery of cards, each with a picture, the question to the network, method, data and time."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sslviz.core.counts import counted
from sslviz.core.presets import Preset, all_presets
from sslviz.core.resources import resources
from sslviz.window.style.linked_text import plain
from sslviz.window.style.sizes import enlarged, px
from sslviz.window.style.theme import small_font, theme

LEAST_WIDTH, PICTURE_HEIGHT = 236, 96
"""Minimum width of a card with the space around it, and height of its picture, in pixels."""
GAP, PADDING = 4, 10
"""Space around a card, and between its frame and what is in it, in pixels."""
QUESTION_LINES = 3
INITIALS_PX = 28
PRESET, PICTURE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""Roles under which an item of the list holds its Preset and its picture, a QPixmap."""


class PresetCards(QListWidget):
    """A card for each preset. The arrow keys go from card to card; a click or Enter chooses one.

    ``current`` is the name of the preset whose card is the current item at first.
    """

    chosen = Signal(str)
    """str: the name of the preset that the user has chosen."""

    def __init__(self, current: str) -> None:
        super().__init__()
        self.setObjectName("cards")
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)  # the card under the mouse is outlined
        self.setAccessibleName("Presets")
        self.setToolTip("The arrow keys go from card to card; Enter or a click chooses one")
        self.setItemDelegate(_CardDelegate(self))
        for preset in all_presets():
            self._add(preset, current=preset.name == current)
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let as many cards stand side by side as there is room for, and share the room among them."""
        bar = self.verticalScrollBar()
        taken = 0 if bar.isVisible() else bar.sizeHint().width()  # Qt leaves room for the bar where there is none, too
        room = self.viewport().width() - taken - 1
        self.setGridSize(QSize(room // max(room // px(LEAST_WIDTH), 1), self._height()))
        super().resizeEvent(event)

    def _height(self) -> int:
        title = QFontMetrics(_bold(self.font())).lineSpacing()
        small = QFontMetrics(enlarged(small_font())).lineSpacing()
        return px(PICTURE_HEIGHT) + title + (QUESTION_LINES + 1) * small + 4 * PADDING + GAP

    def _add(self, preset: Preset, *, current: bool) -> None:
        item = QListWidgetItem(self)
        item.setData(PRESET, preset)
        item.setData(PICTURE, QPixmap(str(resources() / "pictures" / "presets" / f"{preset.name}.png")))
        item.setToolTip(preset.help)
        minutes = counted(preset.minutes, "minute") if preset.minutes else ""
        texts = (preset.title, plain(preset.question), facts_of(preset), minutes)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ". ".join(text for text in texts if text))
        if current:
            self.setCurrentItem(item)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(PRESET).name)


def facts_of(preset: Preset) -> str:
    """Return the method and the data of a preset, in one line."""
    return " · ".join(text for text in (preset.method, preset.data) if text)


def time_of(preset: Preset) -> str:
    """Return the time that a preset takes, in short; empty if unknown."""
    return f"{preset.minutes} min" if preset.minutes else ""


class _CardDelegate(QStyledItemDelegate):
    """Draws the card of a preset."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        cards = self.parent()
        assert isinstance(cards, PresetCards)
        return cards.gridSize()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        preset, card = index.data(PRESET), option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        inner = card.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        _paint_frame(painter, card, option.state)
        _paint_picture(
            painter, QRect(inner.topLeft(), QSize(inner.width(), px(PICTURE_HEIGHT))), index.data(PICTURE), preset
        )
        _paint_texts(painter, inner.adjusted(0, px(PICTURE_HEIGHT) + PADDING, 0, 0), preset, option.font)
        painter.restore()


def _paint_frame(painter: QPainter, card: QRect, state: QStyle.StateFlag) -> None:
    palette, flags = theme().palette, QStyle.StateFlag
    chosen = bool(state & flags.State_Selected)
    outlined = chosen or bool(state & flags.State_MouseOver)
    painter.setPen(QPen(QColor(palette.accent if outlined else palette.line), 2 if chosen else 1))
    painter.setBrush(QColor(palette.surface))
    painter.drawRoundedRect(card, 8, 8)


def _paint_picture(painter: QPainter, place: QRect, picture: QPixmap, preset: Preset) -> None:
    """Draw the picture of a preset, or if it has none the first letters of its title."""
    if picture.isNull():
        _paint_initials(painter, place, preset.title)
        return
    size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = QPoint((place.width() - size.width()) // 2, (place.height() - size.height()) // 2)
    painter.drawPixmap(QRect(place.topLeft() + corner, size), picture)


def _paint_initials(painter: QPainter, place: QRect, title: str) -> None:
    palette, font = theme().palette, QFont(painter.font())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.raised))
    painter.drawRoundedRect(place, 6, 6)
    font.setPixelSize(px(INITIALS_PX))
    painter.setFont(font)
    painter.setPen(QColor(palette.dim))
    initials = "".join(word[0] for word in title.split()[:2])
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, initials.upper())


def _paint_texts(painter: QPainter, place: QRect, preset: Preset, font: QFont) -> None:
    """Draw title and time, the question below them, and method and data at the bottom."""
    palette, title, small = theme().palette, _bold(font), enlarged(small_font())
    flags, top, taken = Qt.AlignmentFlag, QFontMetrics(title).lineSpacing(), _width(time_of(preset), small)
    question = QRect(place.x(), place.y() + top, place.width(), QUESTION_LINES * QFontMetrics(small).lineSpacing())
    painter.setPen(QColor(palette.text))
    painter.setFont(title)
    painter.drawText(place, flags.AlignTop, _elided(preset.title, title, place.width() - taken))
    painter.setFont(small)
    painter.drawText(question, Qt.TextFlag.TextWordWrap, plain(preset.question) or preset.help)
    painter.setPen(QColor(palette.dim))
    painter.drawText(place, flags.AlignBottom, _elided(facts_of(preset), small, place.width()))
    painter.drawText(QRect(place.topLeft(), QSize(place.width(), top)), flags.AlignRight, time_of(preset))


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def _width(text: str, font: QFont) -> int:
    return QFontMetrics(font).horizontalAdvance(text)


def _elided(text: str, font: QFont, width: int) -> str:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
