"""A short slider over whole steps, for title bars."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from sslviz.window.style.labels import label
from sslviz.window.style.theme import number_font

SLIDER_LEAST, SLIDER_WIDTH, SLIDER_WIDEST, STEP_PX = 36, 48, 120, 6
"""px, in a title bar: squeezed, of few steps, of very many; and of one step, where there are many"""


class _ShortSlider(QSlider):
    """As wide as is wanted, where there is room."""

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        self.wanted = SLIDER_WIDTH
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self.wanted, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(SLIDER_LEAST, super().minimumSizeHint().height())


class StepSlider(QWidget):
    """A short slider over whole steps with its value beside it, for title bars."""

    changed = Signal(int)

    def __init__(self, name: str, tip: str, form: str = "t+{}") -> None:
        super().__init__()
        self._form = form
        self.slider = _ShortSlider(Qt.Orientation.Horizontal)
        self.slider.setPageStep(1)
        self.slider.setRange(1, 1)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setAccessibleName(name)
        self.slider.setToolTip(tip)
        self._value = label(role="small", numbers=True)
        self._value.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(self.slider)
        row.addWidget(self._value)
        self.slider.valueChanged.connect(self._say)
        self.slider.valueChanged.connect(self.changed)
        self._say(1)

    def value(self) -> int:
        """The step chosen."""
        return self.slider.value()

    def offer(self, first: int, last: int) -> None:
        """Let these steps be chosen; a choice beyond them goes to the nearest."""
        if (self.slider.minimum(), self.slider.maximum()) != (first, last):
            self.slider.setRange(first, max(first, last))
            self.slider.wanted = min(max(STEP_PX * (last - first), SLIDER_WIDTH), SLIDER_WIDEST)
            self.slider.updateGeometry()
            widest = QFontMetrics(number_font(11)).horizontalAdvance(self._form.format(last))
            self._value.setFixedWidth(widest + 2)

    def _say(self, value: int) -> None:
        self._value.setText(self._form.format(value))
