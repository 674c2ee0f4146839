"""The settings form, built from the declarations of the settings.

Sections with live settings are at the top and unfolded; all other sections are folded until the user unfolds them.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QScrollArea, QVBoxLayout, QWidget

from sslviz.core.catalogue import DECISIVE
from sslviz.core.settings import Setting, Value, Values, format_value
from sslviz.window.form.choice_field import ChoiceField
from sslviz.window.form.field import Field
from sslviz.window.form.path_field import PathField
from sslviz.window.form.section import Section
from sslviz.window.form.slider_field import SliderField
from sslviz.window.form.switch_field import SwitchField
from sslviz.window.runs.run_status import READING
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized

MIN_WIDTH = 264
"""Minimum width of the form in pixels; narrower, the values would be cut."""
NO_SETTINGS = "A script of your own made this run and recorded no settings."
RECORDED = "A script of your own made this run, with these settings:"
UNKNOWN = "This run cannot be trained again here: some of its settings are not known, perhaps for want of its code."
LOCKED = "Fixed during a run: stop it to change this for the next one."


class SettingsForm(QScrollArea):
    """The settings form: one row for each setting of the chosen data and objective, in sections that can be folded."""

    changed = Signal(str, object)
    """Key and new value: emitted when a person has changed a value."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        sized(self.setMinimumWidth, MIN_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the rows get the focus, and the form scrolls to them
        self.fields: dict[str, Field] = {}
        self.sections: dict[str, Section] = {}
        self._settings: tuple[Setting, ...] = ()
        self._locked = False

    def show_settings(
        self, settings: tuple[Setting, ...], values: Values, reasons: Mapping[str, str] | None = None
    ) -> None:
        """Show a row for each of ``settings``, with its value. ``reasons`` say by key why a default is what it is.

        If the form shows rows for the same settings already, they are kept, and only the values change. Otherwise, the
        row that has the focus keeps it, so that a person who goes through the methods by keys can go on.
        """
        if settings != self._settings:
            focused = self._focused()
            self._build(settings)
            self.go_to(focused)
        for key, field in self.fields.items():
            field.explain((reasons or {}).get(key, ""))
        self.show_values(values)

    def _focused(self) -> str:
        """Return the key of the setting whose row has the focus; empty if none has."""
        return next((key for key, row in self.fields.items() if any(each.hasFocus() for each in row.inputs())), "")

    def show_recorded(self, values: Values, *, reading: bool = False) -> None:
        """List the settings that a script of the user recorded for its run, as text that cannot be edited.

        If ``values`` is empty, a sentence says that the run folder is still being read (``reading`` is true), or that
        the script recorded no settings (``reading`` is false).
        """
        self._settings, self.fields, self.sections = (), {}, {}
        body = QWidget()
        rows = QFormLayout(body)
        rows.setContentsMargins(14, 4, 12, 12)
        rows.setVerticalSpacing(8)
        recorded = UNKNOWN if all(key in values for key in DECISIVE[:2]) else RECORDED
        heading = label(recorded if values else READING if reading else NO_SETTINGS, "dim")
        heading.setWordWrap(True)
        rows.addRow(heading)
        for key, value in values.items():
            text = label(str(value), numbers=True)
            text.setWordWrap(True)
            rows.addRow(label(key, "dim"), text)
        self._replace_rows(body)

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show the values of settings that have a row, without emitting :attr:`changed`; ignore other settings."""
        for key, value in values.items():
            if key in self.fields:
                self.fields[key].show_value(value)
        self._lock()

    def lock_fixed(self, *, locked: bool) -> None:
        """Disable the rows of the settings that cannot change during a run, or enable these rows again."""
        self._locked = locked
        self._lock()

    def _lock(self) -> None:
        """Disable the rows of all settings that cannot change now, or that have no effect beside the other settings."""
        values = {key: field.value() for key, field in self.fields.items()}
        for field in self.fields.values():
            fixed = self._locked and not field.setting.live
            field.lock(LOCKED if fixed else self._without_effect(field.setting, values))

    def _without_effect(self, setting: Setting, values: Values) -> str:
        """Return a sentence that says why a setting has no effect; empty if it has one."""
        if setting.has_effect(values):
            return ""
        other = {each.key: each for each in self._settings}
        misfits = [key for key, allowed in setting.only_if.items() if key in other and values[key] not in allowed]
        keys = misfits or [key for key in setting.idle_if if key in other and other[key].has_effect(values)]
        texts = (f"{other[key].label} is {format_value(values[key])}" for key in keys)
        return f"Has no effect while {' and '.join(texts)}."

    def refuse(self, key: str, text: str, value: Value | None) -> None:
        """Show below the row of the setting ``key`` a text that says why a new value was refused.

        The row shows ``value``, the value that the setting keeps; None leaves the value of the row unchanged.
        """
        if key in self.fields:
            if value is not None:
                self.fields[key].show_value(value)
            self._reveal(self.fields[key])
            self.fields[key].refuse(text)

    def go_to(self, key: str) -> None:
        """Unfold the section of the setting ``key``, scroll to its row, and give the row the focus."""
        if key in self.fields:
            self._reveal(self.fields[key])
            self.fields[key].inputs()[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _reveal(self, field: Field) -> None:
        """Unfold the section of a row, and scroll to the row."""
        self.sections[field.setting.group].expand(animate=False)
        body = self.widget()
        layout = body.layout() if body is not None else None
        if layout is not None:
            layout.activate()  # a row that was folded has its place only now
        self.ensureWidgetVisible(field)

    def _build(self, settings: tuple[Setting, ...]) -> None:
        folded = {title: not section.isExpanded() for title, section in self.sections.items()}
        self._settings, self.fields, self.sections = settings, {}, {}
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 0, 4, 12)
        column.setSpacing(0)
        for title, members in grouped(settings).items():
            section = self._section(title, members)
            column.addWidget(section)
            if not folded.get(title, not any(setting.live for setting in members)):
                section.expand(animate=False)
        column.addStretch()
        self._replace_rows(body)

    def _section(self, title: str, settings: list[Setting]) -> Section:
        section = self.sections[title] = Section(title)
        for setting in settings:
            field = self.fields[setting.key] = field_for(setting)
            field.changed.connect(self.changed)
            field.changed.connect(self._lock)
            section.addWidget(field)
        return section

    def _replace_rows(self, body: QWidget) -> None:
        """Show ``body`` instead of the present rows, and delete the present rows later.

        Qt may still be closing the list of a combo box in one of the rows, and would crash if the box were gone.
        """
        rows = self.takeWidget()
        if rows is not None:
            rows.setParent(self)  # without a parent, Python would destroy the rows at once
            rows.hide()
            rows.deleteLater()
        body.setObjectName("formBody")
        self.setWidget(body)


def grouped(settings: tuple[Setting, ...]) -> dict[str, list[Setting]]:
    """Return the settings by the title of their section.

    Sections in which all settings are live (may change during a run) come first, then sections with some live settings,
    then all others.
    """
    sections: dict[str, list[Setting]] = {}
    for setting in settings:
        sections.setdefault(setting.group, []).append(setting)

    def rank(title: str) -> tuple[bool, bool]:
        members = sections[title]
        mixed = any(setting.live for setting in members) and not all(setting.live for setting in members)
        return not any(setting.live for setting in members), mixed

    return {title: sections[title] for title in sorted(sections, key=rank)}


def field_for(setting: Setting) -> Field:
    """Return a new row for a setting, according to its value type: a combo box, a check box, a path or a slider."""
    if setting.value_type == "choice":
        return ChoiceField(setting)
    if setting.value_type == "bool":
        return SwitchField(setting)
    if setting.value_type == "path":
        return PathField(setting)
    return SliderField(setting)
