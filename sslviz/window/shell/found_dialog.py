"""A dialog with what was found in data of the user's own: some of them, labels, settings, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sslviz.core.counts import counted
from sslviz.core.found import Found
from sslviz.core.settings import Setting, format_value
from sslviz.core.suited import STEPS, SuitedSetting
from sslviz.core.survey import Surveyed
from sslviz.window.shell.picture_row import PictureRow
from sslviz.window.style.labels import label, verbatim
from sslviz.window.style.sizes import px

MOST_LISTED = 1000
"""Number of classes, and of unreadable files, that are listed; all are copied."""
MARGIN = QSize(40, 40)
"""By how much the dialog is smaller than the window at least, in pixels."""
SIDE = 52
"""Side of the pictures in pixels."""

Row = tuple[str, str]


class FoundDialog(QDialog):
    """Lists what was found. ``settings`` are the settings of the run, which name those that suit the data."""

    def __init__(self, parent: QWidget, surveyed: Surveyed, settings: tuple[Setting, ...]) -> None:
        super().__init__(parent)
        assert surveyed.found is not None
        self.setWindowTitle("What was found")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._sections = sections(surveyed.found, surveyed.suited, settings)
        path = label(surveyed.found.path, "value")
        path.setWordWrap(True)
        path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pictures = PictureRow(SIDE)
        self.pictures.show_pictures(surveyed.pictures)
        self.tree = QTreeWidget()
        self.tree.setObjectName("found")
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName("What was found")
        self.tree.setToolTip("What was found, which settings suit it and why, and what could not be read")
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for title, rows in self._sections.items():
            self._add(title, rows)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = QPushButton("Copy all")
        self.copy.setAutoDefault(False)  # otherwise it would be drawn as what Return presses
        self.copy.setToolTip("Copy all that was found to the clipboard")
        self.copy.clicked.connect(self._copy_all)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        for widget in (path, self.pictures, self.tree, buttons):
            column.addWidget(widget)
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()
        self.resize(QSize(px(940), px(560)).boundedTo(parent.size() - MARGIN))

    def _add(self, title: str, rows: list[Row]) -> None:
        section = QTreeWidgetItem(self.tree, [title])
        section.setFirstColumnSpanned(True)
        font = section.font(0)
        font.setBold(True)
        section.setFont(0, font)
        listed = rows[:MOST_LISTED]
        if more := len(rows) - len(listed):
            listed = [*listed, ("…", f"{more:,} more")]
        for name, text in listed:
            item = QTreeWidgetItem(section, [name, text])
            item.setToolTip(0, verbatim(name))
            item.setToolTip(1, verbatim(text))
        section.setExpanded(True)

    def _copy_all(self) -> None:
        parts = [
            "\n".join([title, *(f"{name}\t{text}" for name, text in rows)]) for title, rows in self._sections.items()
        ]
        QApplication.clipboard().setText("\n\n".join(parts))


def sections(found: Found, suited: Iterable[SuitedSetting], settings: Iterable[Setting]) -> dict[str, list[Row]]:
    """Return what was found as rows of two texts, by the title of their section; empty sections are left out."""
    labels = {STEPS: "Steps, about", **{setting.key: setting.label for setting in settings}}
    result = {
        "Pictures": list(_pictures(found)),
        **{f"Label {one.name}": _classes(one.counts) for one in found.labels},
        "Settings that suit them": [
            (f"{labels[each.key]} {format_value(each.value)}", each.reason) for each in suited if each.key in labels
        ],
        f"Could not be read ({len(found.unreadable):,})": [(each.file, each.reason) for each in found.unreadable],
    }
    return {title: rows for title, rows in result.items() if rows}


def _pictures(found: Found) -> Iterable[Row]:
    yield "Number", f"{found.number:,}, of which {found.held_out:,} are held out"
    smallest, largest = ("×".join(map(str, size)) for size in (found.smallest, found.largest))
    yield "Size", f"{smallest} pixels" if smallest == largest else f"{smallest} to {largest} pixels"
    kinds = {"grey": found.grey, "partly transparent": found.alpha, "characters": found.characters}
    if said := [kind for kind, is_so in kinds.items() if is_so]:
        yield "Kind", ", ".join(said)
    if found.others:
        yield "Others", f"{counted(found.others, 'file')} of other kinds, by the names"
    if not found.labels:
        yield "Labels", "none: put the pictures into a folder for each class, or a CSV file beside them"


def _classes(counts: dict[str, int]) -> list[Row]:
    most = sorted(counts.items(), key=lambda item: -item[1])
    return [(name, f"{count:,}") for name, count in most] or [("numbers", "")]
