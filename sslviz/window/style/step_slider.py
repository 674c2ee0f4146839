"""A short slider for title bars of panels: it chooses a whole number, such as how many frames ahead to predict."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from sslviz.window.style.labels import label
from sslviz.window.style.sizes import enlarged, px
from sslviz.window.style.theme import number_font, theme

MIN_WIDTH, USUAL_WIDTH, MAX_WIDTH = 36, 48, 120
"""Widths of the slider in pixels: in a crowded title bar, with few steps, with very many steps."""
STEP_PX = 6
"""Wanted width of one step, in pixels."""


class _ShortSlider(QSlider):
    """A slider that is ``wanted`` pixels wide where there is room, and otherwise shrinks down to :data:`MIN_WIDTH`."""

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        self.wanted = USUAL_WIDTH
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(self.wanted), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(MIN_WIDTH), super().minimumSizeHint().height())


class StepSlider(QWidget):
    """A short slider to choose a whole number, between its name and a label that shows the number.

    ``word`` is the name that is shown; it is cut off first if there is not enough room. ``form`` is the format string
    of the label: with ``t+{}``, the number 3 is shown as t+3.
    """

    changed = Signal(int)
    """int: the user has chosen this number."""

    def __init__(self, name: str, tip: str, word: str, form: str = "t+{}") -> None:
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
        shown_name = label(word, role="small", elided=True)
        shown_name.setMinimumWidth(1)
        shown_name.setToolTip(tip)
        row.addWidget(shown_name)
        row.addWidget(self.slider)
        row.addWidget(self._value)
        self.slider.valueChanged.connect(self._write)
        self.slider.valueChanged.connect(self.changed)
        theme().changed.connect(self._fit)
        self._write(1)

    def value(self) -> int:
        """Return the number that is shown."""
        return self.slider.value()

    def set_steps(self, first: int, last: int, number: int) -> None:
        """Set the smallest and the largest number that can be chosen, and show ``number``.

        If ``number`` is outside this range, the nearest number in the range is shown. :attr:`changed` is not emitted.
        """
        with QSignalBlocker(self):
            if (self.slider.minimum(), self.slider.maximum()) != (first, last):
                self._set_range(first, last)
            self.slider.setValue(number)

    def _set_range(self, first: int, last: int) -> None:
        self.slider.setRange(first, max(first, last))
        self.slider.wanted = min(max(STEP_PX * (last - first), USUAL_WIDTH), MAX_WIDTH)
        self._fit()

    def _fit(self) -> None:
        """Make the label of the number as wide as the largest number, so that nothing moves while the user chooses."""
        widest = QFontMetrics(enlarged(number_font(11))).horizontalAdvance(self._form.format(self.slider.maximum()))
        self._value.setFixedWidth(widest + 2)
        self.slider.updateGeometry()

    def _write(self, value: int) -> None:
        self._value.setText(self._form.format(value))
