"""The base class of the rows of the form, with the name of the setting, a reset button and tooltips."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from sslviz.core.settings import Setting, SettingError, Value, format_value
from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized
from sslviz.window.style.title_controls import hide_in_place

NAME_WIDTH = 90
"""Width of the name of a setting, in pixels."""
REFUSAL_MS = 6000
"""How long a refusal is shown, in milliseconds."""


class Field(QWidget):
    """Base class of the rows of the form: from left to right the setting's name, the inputs and a reset button.

    A row is one stop of the Tab key; Backspace presses the reset button.
    """

    changed = Signal(str, object)
    """Key and new value: emitted when a person has changed the value."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self._value: Value = setting.default
        self._lock_reason = self._reason = ""
        self.setObjectName(f"field-{setting.key}")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._name = label(setting.label)
        sized(self._name.setFixedWidth, NAME_WIDTH)
        self._row.addWidget(self._name)
        self._reset = small_button("reset", f"Reset {setting.label} to {format_value(setting.default)} (Backspace)")
        self._reset.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._reset.clicked.connect(lambda: self.enter(self.setting.default))
        sized(self._reset.setFixedWidth, 20)
        hide_in_place(self._reset)

    def inputs(self) -> tuple[QWidget, ...]:
        """Return the widgets in which a person changes the value."""
        raise NotImplementedError

    def _show(self, value: Value) -> None:
        """Show a value in the input widgets of this row."""
        raise NotImplementedError

    def _finish(self) -> None:
        """Add the reset button and the tooltips, and show the default; subclasses call this after adding inputs."""
        self._row.addWidget(self._reset)
        self._update_tooltips()
        self.show_value(self.setting.default)

    def value(self) -> Value:
        """Return the current value of the setting in this row."""
        return self._value

    def show_value(self, value: Value) -> None:
        """Set and show the value of the row without emitting :attr:`changed`."""
        self._value = value
        self._reset.setVisible(value != self.setting.default)
        self._show(value)

    def enter(self, entered: object) -> None:
        """Take a value that a person has entered.

        A valid value is shown, and :attr:`changed` is emitted if it differs from the previous value. For an invalid
        value, :meth:`refuse` is called.
        """
        try:
            value = self.setting.check(entered)
        except SettingError as error:
            self.refuse(str(error))
            return
        if value != self._value:
            self.show_value(value)
            self.changed.emit(self.setting.key, value)
        else:
            self._show(value)

    def refuse(self, text: str) -> None:
        """Show ``text``, the reason why an entered value is not valid, in a tooltip; show the previous value again."""
        self._show(self._value)
        text = self.setting.in_words(text)
        escaped = f"<p>{html.escape(text)}</p>"  # what was typed must not be taken for HTML
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), escaped, self, self.rect(), REFUSAL_MS)
        self.setAccessibleDescription(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self._reset.click()
        else:
            super().keyPressEvent(event)

    def lock(self, reason: str) -> None:
        """Disable the inputs and the reset button, and add the reason to tooltips; with an empty one, enable them."""
        if reason == self._lock_reason:
            return
        self._lock_reason = reason
        for widget in (*self.inputs(), self._reset):
            widget.setEnabled(not reason)
        self._update_tooltips()

    def explain(self, reason: str) -> None:
        """Add to the tooltips why the default is what it is; with an empty text, nothing."""
        if reason != self._reason:
            self._reason = reason
            self._update_tooltips()

    def _update_tooltips(self) -> None:
        """Write the setting's help, range and default into the tooltips and the texts for screen readers.

        The reason of the default is added and, if the setting is locked, the reason of that.
        """
        lines = [self.setting.help, f"Takes {self.setting.range_text}; default {format_value(self.setting.default)}."]
        lines += [f"{choice} is not available: {reason}" for choice, reason in self.setting.unavailable.items()]
        lines += [text for text in (self._reason, self._lock_reason) if text]
        text = "\n".join(lines)
        self._name.setToolTip(text)
        for widget in self.inputs():
            widget.setToolTip(text)
            widget.setAccessibleName(self.setting.label)
            widget.setAccessibleDescription(text)
