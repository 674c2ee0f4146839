"""The rows of the form: numbers, choices and switches."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QSlider, QWidget

from sslviz.core.settings import Setting, Value
from sslviz.window.form.field import Field, format_value
from sslviz.window.form.slider_scale import TICKS, Scale
from sslviz.window.style.theme import number_font

VALUE_WIDTH = 58
"""Width of the text field of a number, in pixels."""


class NumberField(Field):
    """A number: a slider, and a text field with the exact value beside it."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._scale = Scale(setting)
        self.slider = _Slider()
        self.slider.setRange(0, TICKS)
        self.slider.setPageStep(TICKS // 20)
        self.slider.setSingleStep(TICKS // 100)
        self.slider.valueChanged.connect(lambda tick: self.enter(self._scale.value(tick)))
        self.edit = QLineEdit()
        self.edit.setFont(number_font(12))
        self.edit.setFixedWidth(VALUE_WIDTH)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.editingFinished.connect(self._typed)
        self._row.addWidget(self.slider, 1)
        self._row.addWidget(self.edit)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.slider, self.edit)

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
        unit = "°" if self.setting.unit == "°" else ""
        self.edit.setText(format_value(value) + unit)


class ChoiceField(Field):
    """One of several names, in a combo box; names that are not available are greyed."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.combo = _ComboBox()
        self.combo.addItems(list(setting.choices))
        for choice, reason in setting.unavailable.items():
            self._disable(self.combo.findText(choice), reason)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setMinimumWidth(40)
        self.combo.textActivated.connect(self.enter)
        self._row.addWidget(self.combo, 1)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.combo,)

    def _disable(self, index: int, reason: str) -> None:
        model = self.combo.model()
        if isinstance(model, QStandardItemModel) and index >= 0:
            model.item(index).setEnabled(False)
            model.item(index).setToolTip(f"Not available: {reason}")

    def _show(self, value: Value) -> None:
        self.combo.setCurrentText(str(value))


class SwitchField(Field):
    """A check box."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.box = QCheckBox()
        self.box.clicked.connect(self.enter)
        self._row.addWidget(self.box, 1)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.box,)

    def _show(self, value: Value) -> None:
        self.box.setChecked(bool(value))


class _ComboBox(QComboBox):
    """A combo box over which the mouse wheel scrolls the form instead of changing the value."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Slider(QSlider):
    """A horizontal slider over which the mouse wheel scrolls the form instead of changing the value."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setMinimumWidth(40)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def field_for(setting: Setting) -> Field:
    """Return a new row for a setting, by its value type."""
    if setting.value_type == "choice":
        return ChoiceField(setting)
    if setting.value_type == "bool":
        return SwitchField(setting)
    return NumberField(setting)
