"""Small pictures side by side, each with its name as its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from sslviz.core.survey import SmallPictures
from sslviz.window.plotting.images import to_image
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

GAP = 4
"""Space between two pictures, in pixels."""


class PictureRow(QWidget):
    """Shows as many of some pictures as there is room for, each ``side`` pixels wide and high."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self._side = side
        self._pictures: SmallPictures | None = None
        self.labels: list[QLabel] = []
        self.setAccessibleName("Some of the pictures")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._place)

    def show_pictures(self, pictures: SmallPictures | None) -> None:
        """Show other pictures, or none."""
        if pictures is self._pictures:
            return
        self._pictures = pictures
        for label in self.labels:
            label.deleteLater()
        self.labels = []
        if pictures is not None:
            for pixels, name in zip(pictures.images.numpy(), pictures.names, strict=True):
                label = QLabel(self)
                label.setPixmap(QPixmap.fromImage(to_image(pixels)))
                label.setScaledContents(True)
                label.setToolTip(verbatim(name))
                label.setAccessibleName(name)
                self.labels.append(label)
        self._place()

    def _place(self) -> None:
        side = px(self._side)
        for index, label in enumerate(self.labels):
            label.setGeometry(index * (side + GAP), 0, side, side)
            label.setVisible(label.geometry().right() < self.width())
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        side = px(self._side)
        return QSize(max(0, len(self.labels) * (side + GAP) - GAP), side)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, px(self._side))
