"""A card with images and text that is shown beside the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from sslviz.window.style.labels import label
from sslviz.window.style.theme import theme

FRAME_MS = 120
"""How long each frame of a clip is shown, in milliseconds."""


class HoverCard(QFrame):
    """A card with images and lines of text beside the mouse; mouse events go through to the widget below the card.

    ``images`` is the maximum number of images.
    """

    def __init__(self, parent: QWidget, images: int = 1) -> None:
        super().__init__(parent)
        self._area = parent
        self._point = QPoint()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("card")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._images = [QLabel() for _ in range(images)]
        self._image_row = QWidget()
        self._text = label(numbers=True)
        self._frames: list[QPixmap] = []
        self._frame = 0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._next_frame)
        theme().changed.connect(self._apply_theme)
        self._build()
        self._apply_theme()
        self.hide()

    def _build(self) -> None:
        row = QHBoxLayout(self._image_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for image in self._images:
            row.addWidget(image)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self._image_row)
        column.addWidget(self._text)

    def show_at(self, point: QPoint, pixmaps: list[QPixmap], text: str) -> None:
        """Show the card with images and a text beside ``point``, in coordinates of the parent; see :meth:`move_to`.

        Null pixmaps are not shown. Frames that :meth:`play` shows in turn are stopped.
        """
        self._timer.stop()
        for image, pixmap in zip(self._images, pixmaps, strict=False):
            image.setPixmap(pixmap)
            image.setVisible(not pixmap.isNull())
        self._image_row.setVisible(not all(pixmap.isNull() for pixmap in pixmaps))
        self._text.setText(text)
        self.adjustSize()
        self.move_to(point)
        self.show()
        self.raise_()

    def move_to(self, point: QPoint) -> None:
        """Move the card beside ``point``, in coordinates of the parent, so that the card lies inside the parent."""
        self._point, area = point, self._area.rect()
        x = point.x() + 16 if point.x() + 16 + self.width() <= area.width() else point.x() - 16 - self.width()
        y = min(point.y() + 16, area.height() - self.height())
        self.move(max(0, min(x, area.width() - self.width())), max(0, y))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the card inside the parent when the parent is resized, as by a click that opens another panel."""
        if event.type() == QEvent.Type.Resize:
            self.move_to(self._point)
        return False

    def play(self, frames: list[QPixmap]) -> None:
        """Show ``frames`` in turn, repeatedly, in place of the card's first image.

        This goes on until the card is hidden or :meth:`show_at` shows other images. The first of the ``frames`` should
        be the card's first image already. If there are fewer than two, nothing happens.
        """
        self._frames, self._frame = frames, 0
        if len(frames) > 1:
            self._timer.start()

    @property
    def frame(self) -> int:
        """Index of the frame that is shown now, in the list that was last passed to :meth:`play`."""
        return self._frame

    @property
    def playing(self) -> bool:
        """Whether the frames given to :meth:`play` are being shown in turn."""
        return self._timer.isActive()

    def _next_frame(self) -> None:
        self._frame = (self._frame + 1) % len(self._frames)
        self._images[0].setPixmap(self._frames[self._frame])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._area.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._area.removeEventFilter(self)
        self._timer.stop()

    @property
    def pixmaps(self) -> list[QPixmap]:
        """The images that are visible on the card."""
        return [image.pixmap() for image in self._images if not image.isHidden()]

    @property
    def text(self) -> str:
        """The text on the card."""
        return self._text.text()

    def _apply_theme(self) -> None:
        palette = theme().palette
        self.setStyleSheet(
            f"#card {{ background: {palette.raised}; border: 1px solid {palette.line}; border-radius: 8px; }}"
        )
