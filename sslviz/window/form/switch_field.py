"""A row of the form for a setting that is on or off: a check box."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget

from sslviz.core.settings import Setting, Value
from sslviz.window.form.field import Field


class SwitchField(Field):
    """A row of the form with a check box, for a setting that is on or off."""

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
