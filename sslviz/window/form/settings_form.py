"""The form, generated from the declarations: what can be steered first, what is fixed for a run folded below."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QScrollArea, QVBoxLayout, QWidget
from superqt import QCollapsible

from sslviz.core.settings import Setting, Value, Values
from sslviz.window.form.field import Field
from sslviz.window.form.fields import field_for
from sslviz.window.runs.run_model import READING
from sslviz.window.style.icons import icon
from sslviz.window.style.labels import label
from sslviz.window.style.theme import theme

NARROWEST = 264
"""px; below it the values would be cut"""
UNTOLD = "A script of your own made this run, and named no settings."
RECORDED = "A script of your own made this run, with these settings:"
LOCKED = "Fixed while a run goes on: stop it to change this for the next one."


class SettingsForm(QScrollArea):
    """All settings of the present pair of data and objective. ``changed`` carries key and value."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setMinimumWidth(NARROWEST)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to what takes the focus
        theme().changed.connect(self._dress)
        self.fields: dict[str, Field] = {}
        self.sections: dict[str, QCollapsible] = {}
        self._settings: tuple[Setting, ...] = ()
        self._folded: dict[str, bool] = {}

    def show_settings(self, settings: tuple[Setting, ...], values: Values) -> None:
        """Build the rows anew where the declarations differ, and show the values."""
        if settings != self._settings:
            self._build(settings)
        self.show_values(values)

    def show_recorded(self, values: Values, *, reading: bool = False) -> None:
        """What a script of its own said of its run; there is nothing to set."""
        self._settings, self.fields, self.sections = (), {}, {}
        body = QWidget()
        body.setObjectName("formBody")
        rows = QFormLayout(body)
        rows.setContentsMargins(14, 4, 12, 12)
        rows.setVerticalSpacing(8)
        text = label(RECORDED if values else READING if reading else UNTOLD, "dim")
        text.setWordWrap(True)
        rows.addRow(text)
        for key, value in values.items():
            told = label(str(value), numbers=True)
            told.setWordWrap(True)
            rows.addRow(label(key, "dim"), told)
        self._put_away()
        self.setWidget(body)

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show values without calling them changes."""
        for key, value in values.items():
            if key in self.fields:
                self.fields[key].show_value(value)

    def lock_fixed(self, *, locked: bool) -> None:
        """Grey what cannot change during a run."""
        for field in self.fields.values():
            if not field.setting.live:
                field.lock(LOCKED if locked else "")

    def refuse(self, key: str, text: str, value: Value | None) -> None:
        """Say at the field why a value was not taken."""
        if key in self.fields:
            if value is not None:
                self.fields[key].show_value(value)
            self.fields[key].refuse(text)

    def _build(self, settings: tuple[Setting, ...]) -> None:
        self._settings = settings
        self._folded = {name: not section.isExpanded() for name, section in self.sections.items()}
        self.fields, self.sections = {}, {}
        body = QWidget()
        body.setObjectName("formBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 0, 4, 12)
        column.setSpacing(0)
        for title, members in grouped(settings).items():
            column.addWidget(self._section(title, members))
        column.addStretch()
        self._put_away()
        self.setWidget(body)

    def _put_away(self) -> None:
        """The rows so far, later: Qt may still be closing the list of one of them, and would crash without it."""
        before = self.takeWidget()
        if before is not None:
            before.setParent(self)  # Python would destroy at once what has none
            before.hide()
            before.deleteLater()

    def _dress(self) -> None:
        colour = theme().palette.dim
        for section in self.sections.values():
            section.setExpandedIcon(icon("unfolded", colour))
            section.setCollapsedIcon(icon("folded", colour))

    def _section(self, title: str, members: list[Setting]) -> QCollapsible:
        colour = theme().palette.dim
        section = QCollapsible(title, expandedIcon=icon("unfolded", colour), collapsedIcon=icon("folded", colour))
        section.setDuration(0)
        section.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        section.toggleButton().setObjectName("section")
        section.toggleButton().setStyleSheet("")  # its own would hide where the focus is
        section.toggleButton().setAccessibleName(f"Section {title}")
        section.toggleButton().setToolTip(f"Fold or unfold {title}")
        inside = section.content().layout()
        if inside is not None:
            inside.setContentsMargins(4, 0, 0, 8)
            inside.setSpacing(2)
        for setting in members:
            field = field_for(setting)
            field.changed.connect(self.changed)
            self.fields[setting.key] = field
            section.addWidget(field)
        section.content().setVisible(False)
        section.toggled.connect(section.content().setVisible)  # the Tab key passes over what is folded
        folded = self._folded.get(title, not any(setting.live for setting in members))
        if not folded:
            section.expand(animate=False)
        self.sections[title] = section
        return section


def grouped(settings: tuple[Setting, ...]) -> dict[str, list[Setting]]:
    """Settings by section: the objective's own first, then augmentation, then what else is live, fixed ones last."""
    sections: dict[str, list[Setting]] = {}
    for setting in settings:
        sections.setdefault(setting.group, []).append(setting)

    def rank(title: str) -> tuple[bool, bool]:
        members = sections[title]
        mixed = any(setting.live for setting in members) and not all(setting.live for setting in members)
        return not any(setting.live for setting in members), mixed

    return {title: sections[title] for title in sorted(sections, key=rank)}
