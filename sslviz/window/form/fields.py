"""One row of the form: name, slider or choice, value, and a way back to the default."""

from __future__ import annotations

import html
import math
import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QSlider, QToolTip, QWidget

from sslviz.core.settings import Setting, SettingError, Value
from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label
from sslviz.window.style.theme import number_font

TICKS = 1000
NAME_WIDTH = 90
VALUE_WIDTH = 58


class Scale:
    """Between a slider's 0…1000 and a setting's range, linear or logarithmic."""

    def __init__(self, setting: Setting) -> None:
        assert setting.low is not None
        assert setting.high is not None
        self.low, self.high = float(setting.low), float(setting.high)
        self._log = setting.log and self.low > 0
        self._whole = setting.value_type == "int"
        reach = math.log(self.high / self.low) if self._log else (self.high - self.low) / max(-self.low, self.high)
        self._digits = max(3, math.ceil(math.log10(TICKS / reach)))  # enough to tell neighbouring positions apart

    def value(self, tick: int) -> float:
        """The setting's value at a position of the slider, rounded as it is shown."""
        if tick <= 0 or tick >= TICKS:
            return self.low if tick <= 0 else self.high
        share = tick / TICKS
        raw = self.low * (self.high / self.low) ** share if self._log else self.low + share * (self.high - self.low)
        rounded = round(raw) if self._whole else float(f"{raw:.{self._digits}g}")
        return min(max(rounded, self.low), self.high)

    def tick(self, value: float) -> int:
        """The position of the slider for a value."""
        value = min(max(value, self.low), self.high)
        if self._log:
            return round(TICKS * math.log(value / self.low) / math.log(self.high / self.low))
        return round(TICKS * (value - self.low) / (self.high - self.low))


class Field(QWidget):
    """Base of a row. ``changed`` carries key and value when a person has changed it."""

    changed = Signal(str, object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self._value: Value = setting.default
        self._locked = ""
        self.setObjectName(f"field-{setting.key}")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._name = label(setting.label)
        self._name.setFixedWidth(NAME_WIDTH)
        self._row.addWidget(self._name)
        self._undo = small_button("reset", f"Reset {setting.label} to {shown(setting.default)}")
        self._undo.clicked.connect(lambda: self._person_sets(self.setting.default))
        policy = self._undo.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._undo.setSizePolicy(policy)
        self._undo.setFixedWidth(20)

    def value(self) -> Value:
        """The value in force."""
        return self._value

    def show_value(self, value: Value) -> None:
        """Show a value without calling it a change."""
        self._value = value
        self._undo.setVisible(value != self.setting.default)
        self._show(value)

    def lock(self, reason: str) -> None:
        """Grey it with a reason; an empty text frees it."""
        self._locked = reason
        for child in self.inputs():
            child.setEnabled(not reason)
        self._undo.setEnabled(not reason)
        self.explain()

    def explain(self) -> None:
        """Tooltip and accessible name: what it is, its range, and why it is greyed."""
        lines = [self.setting.help, f"Takes {self.setting.range_text}; default {shown(self.setting.default)}."]
        lines += [f"{choice} is not available: {why}" for choice, why in self.setting.unavailable.items()]
        if self._locked:
            lines.append(self._locked)
        text = "\n".join(lines)
        self._name.setToolTip(text)
        for child in self.inputs():
            child.setToolTip(text)
            child.setAccessibleName(self.setting.label)
            child.setAccessibleDescription(text)

    def inputs(self) -> tuple[QWidget, ...]:
        """The widgets a person uses."""
        raise NotImplementedError

    def _show(self, value: Value) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        self._row.addWidget(self._undo)
        self.explain()
        self.show_value(self.setting.default)

    def _person_sets(self, given: object) -> None:
        try:
            value = self.setting.check(given)
        except SettingError as error:
            self.refuse(str(error))
            return
        if value != self._value:
            self.show_value(value)
            self.changed.emit(self.setting.key, value)
        else:
            self._show(value)

    def refuse(self, text: str) -> None:
        """Say beside the field why a value was not taken; the one before stays."""
        self._show(self._value)
        text = self.setting.in_words(text)
        shown_text = f"<p>{html.escape(text)}</p>"  # what was typed must not be taken for HTML
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), shown_text, self, self.rect(), 6000)
        self.setAccessibleDescription(text)


class NumberField(Field):
    """A slider and the exact value beside it."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._scale = Scale(setting)
        self.slider = _Slider()
        self.slider.setRange(0, TICKS)
        self.slider.setPageStep(TICKS // 20)
        self.slider.setSingleStep(TICKS // 100)
        self.slider.valueChanged.connect(lambda tick: self._person_sets(self._scale.value(tick)))
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
        if text != shown(self._value):
            self._person_sets(text)

    def _show(self, value: Value) -> None:
        assert isinstance(value, int | float)
        self.slider.blockSignals(True)
        self.slider.setValue(self._scale.tick(float(value)))
        self.slider.blockSignals(False)
        unit = "°" if self.setting.unit == "°" else ""
        self.edit.setText(shown(value) + unit)


class ChoiceField(Field):
    """One of several names."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.combo = _Choice()
        self.combo.addItems(list(setting.choices))
        for choice, reason in setting.unavailable.items():
            self._grey(self.combo.findText(choice), reason)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setMinimumWidth(40)
        self.combo.textActivated.connect(self._person_sets)
        self._row.addWidget(self.combo, 1)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.combo,)

    def _grey(self, index: int, reason: str) -> None:
        model = self.combo.model()
        if isinstance(model, QStandardItemModel) and index >= 0:
            model.item(index).setEnabled(False)
            model.item(index).setToolTip(f"Not available: {reason}")

    def _show(self, value: Value) -> None:
        self.combo.setCurrentText(str(value))


class SwitchField(Field):
    """On or off."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.box = QCheckBox()
        self.box.clicked.connect(self._person_sets)
        self._row.addWidget(self.box, 1)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.box,)

    def _show(self, value: Value) -> None:
        self.box.setChecked(bool(value))


class _Choice(QComboBox):
    """Leaves the wheel to the form, as the slider does."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Slider(QSlider):
    """Horizontal; the wheel scrolls the form instead of changing what happens to be under the mouse."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setMinimumWidth(40)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def shown(value: Value) -> str:
    """A value as the form writes it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def field_for(setting: Setting) -> Field:
    """The row that suits the setting's value type."""
    if setting.value_type == "choice":
        return ChoiceField(setting)
    if setting.value_type == "bool":
        return SwitchField(setting)
    return NumberField(setting)
