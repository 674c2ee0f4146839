"""Base class of the pages of the headline that hold a text with links."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

BOTTOM = 4
"""Space below the text, in pixels."""


class HeadlinePage(QWidget):
    """A page that is as high as its text, and at least as two lines.

    Thus the panels below stay where they are when one page takes the place of another. A layout of Qt would not do: it
    asks for the height at the width of the size hint, which is not the real width.
    """

    def fit(self) -> None:
        """Become as high as the text; to be called whenever the text has changed."""
        if self.isVisible():  # else the width is not known yet
            self.setFixedHeight(self.fitting_height())

    def fitting_height(self) -> int:
        """Return the height of the page at its present width, in pixels."""
        raise NotImplementedError

    def height_with(self, text_height: int) -> int:
        """Return the height of the page, in pixels, with a text of this height."""
        return max(2 * self.fontMetrics().lineSpacing(), text_height) + BOTTOM

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(0, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
