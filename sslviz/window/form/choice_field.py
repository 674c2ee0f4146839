"""A row of the form for a setting that is one of several names: a combo box."""

from __future__ import annotations

from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QSizePolicy, QWidget

from sslviz.core.settings import Setting, Value
from sslviz.window.form.field import Field
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.sizes import sized


class ChoiceField(Field):
    """A row with a combo box of names; unavailable names are greyed out, with the reason in a tooltip."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.combo = ComboBox()
        self.combo.addItems(list(setting.choices))
        for choice, reason in setting.unavailable.items():
            self._disable(self.combo.findText(choice), reason)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        sized(self.combo.setMinimumWidth, 40)
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
