"""A row of the form for a setting that is a number: a slider, and a text field for values between its positions."""

from __future__ import annotations

import re

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSlider, QWidget

from sslviz.core.settings import Setting, Value, format_value
from sslviz.window.form.field import Field
from sslviz.window.form.slider_scale import TICKS, Scale
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import number_font

TYPE_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)
"""Keys that go from the slider to the text field."""
VALUE_WIDTH = 58
"""Width of the text field of a number, in pixels."""
END_PX = 1.5
"""A slider that is dragged to less than this distance from an end, in pixels, counts as dragged to the end."""


class SliderField(Field):
    """A row with a slider for a number, and beside the slider a text field with the same number.

    The text field takes any value in the range of the setting; it shows four significant digits of a float. The Tab key
    reaches the slider alone: Enter or F2 goes from there to the text field, Enter or Escape back.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._scale = Scale(setting)
        self.slider = _Slider()
        self.slider.setRange(0, TICKS)
        self.slider.setPageStep(TICKS // 20)
        self.slider.setSingleStep(TICKS // 100)
        self.slider.valueChanged.connect(self._slide)
        self.slider.number_wanted.connect(self._to_edit)
        self.edit = QLineEdit()
        self.edit.setFont(number_font())
        self.edit.setProperty("numbers", "yes")
        sized(self.edit.setFixedWidth, VALUE_WIDTH)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.edit.returnPressed.connect(self._back_to_slider)
        self.edit.editingFinished.connect(self._typed)
        self._row.addWidget(self.slider, 1)
        self._row.addWidget(self.edit)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.slider, self.edit)

    def _slide(self, tick: int) -> None:
        """Take the value at a position of the slider; a position that is dragged nearly to an end counts as the end."""
        reach = END_PX * TICKS / max(self.slider.width(), 1) if self.slider.isSliderDown() else 0.0
        end = 0 if tick < reach else TICKS if tick > TICKS - reach else tick
        self.enter(self._scale.value(end))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.edit.hasFocus() and event.key() == Qt.Key.Key_Escape:
            self._show(self._value)
            self._back_to_slider()
        else:
            super().keyPressEvent(event)

    def _to_edit(self) -> None:
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    def _back_to_slider(self) -> None:
        with QSignalBlocker(self.edit):  # the text is taken once, after the focus has moved: a refusal stays in view
            self.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _typed(self) -> None:
        text = self.edit.text().strip().removesuffix(self.setting.unit).strip()
        thousands = self.setting.value_type == "int" and re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", text)
        text = text.replace(",", "" if thousands else ".")
        if text != format_value(self._value):
            self.enter(text)

    def _show(self, value: Value) -> None:
        assert isinstance(value, int | float)
        self.slider.blockSignals(True)
        self.slider.setValue(self._scale.tick(float(value)))
        self.slider.blockSignals(False)
        self.edit.setText(self.setting.value_text(value))


class _Slider(QSlider):
    """A horizontal slider over which the mouse wheel scrolls the form instead of changing the value."""

    number_wanted = Signal()
    """The user has pressed one of :data:`TYPE_KEYS`."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        sized(self.setMinimumWidth, 40)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in TYPE_KEYS:
            self.number_wanted.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
