"""What every row of the form has: a name, a way back to the default, and a reason where it is locked."""

from __future__ import annotations

import html

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from sslviz.core.settings import Setting, SettingError, Value
from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label

NAME_WIDTH = 90


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


def shown(value: Value) -> str:
    """A value as the form writes it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
