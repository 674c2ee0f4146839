"""The card beside the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from sslviz.window.style.labels import label
from sslviz.window.style.theme import theme

FRAME_MS = 120
"""a frame of a clip under the mouse"""


class HoverCard(QFrame):
    """A card beside the mouse: pictures and some lines; never in the mouse's way."""

    def __init__(self, parent: QWidget, pictures: int = 1) -> None:
        super().__init__(parent)
        self._area = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("card")
        self._pictures = [QLabel() for _ in range(pictures)]
        self._text = label(numbers=True)
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(4)
        for picture in self._pictures:
            across.addWidget(picture)
        across.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(row)
        column.addWidget(self._text)
        self._row = row
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._frames: list[QPixmap] = []
        self._frame = 0
        self._film = QTimer(self)
        self._film.setInterval(FRAME_MS)
        self._film.timeout.connect(self._next_frame)
        theme().changed.connect(self._dress)
        self._dress()
        self.hide()

    def show_at(self, point: QPoint, pixmaps: list[QPixmap], text: str) -> None:
        """Show beside a point of the parent, inside of it."""
        self._film.stop()
        for picture, pixmap in zip(self._pictures, pixmaps, strict=False):
            picture.setPixmap(pixmap)
            picture.setVisible(not pixmap.isNull())
        self._row.setVisible(not all(pixmap.isNull() for pixmap in pixmaps))
        self._text.setText(text)
        self.adjustSize()
        self.move_to(point)
        self.show()
        self.raise_()

    def move_to(self, point: QPoint) -> None:
        """Beside another point."""
        area = self._area.rect()
        x = point.x() + 16 if point.x() + 16 + self.width() <= area.width() else point.x() - 16 - self.width()
        y = min(point.y() + 16, area.height() - self.height())
        self.move(max(0, x), max(0, y))

    def play(self, frames: list[QPixmap]) -> None:
        """Let the first picture run through frames, as long as the card is shown."""
        self._frames, self._frame = frames, 0
        if len(frames) > 1:
            self._film.start()

    def _next_frame(self) -> None:
        self._frame = (self._frame + 1) % len(self._frames)
        self._pictures[0].setPixmap(self._frames[self._frame])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._film.stop()

    @property
    def pixmaps(self) -> list[QPixmap]:
        """The images it shows now, without those that are null."""
        return [picture.pixmap() for picture in self._pictures if not picture.isHidden()]

    @property
    def text(self) -> str:
        """What it says now."""
        return self._text.text()

    def _dress(self) -> None:
        palette = theme().palette
        self.setStyleSheet(
            f"#card {{ background: {palette.raised}; border: 1px solid {palette.line}; border-radius: 8px; }}"
        )
