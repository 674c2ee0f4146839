"""The start view, in which the user chooses what the next run learns, or which earlier run is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from sslviz.window.shell.preset_cards import PresetCards
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.theme import theme

SIZE = QSize(1008, 820)
MARGIN = QSize(40, 40)
"""By how much the dialog is smaller than the window at least, in pixels."""
MOST_RECENT, RECENT_COLUMNS = 6, 3
OWN_DATA = (
    "Pictures of your own: drop their folder, or an .npz file, here. A training of your own: record it with "
    "sslviz.Recorder, and drop the folder that it writes."
)


class StartView(QDialog):
    """Offers the presets as cards, and below them the newest runs in ``runs_folder``; closes at a choice.

    ``current`` is the name of the preset that is selected at first.
    """

    preset_chosen = Signal(str)
    """str: the name of the preset that the user has chosen."""
    run_chosen = Signal(object)
    """Path: the folder of the earlier run that the user has chosen."""
    folder_requested = Signal()
    """The user wants to look for the folder of a run."""
    data_requested = Signal()
    """The user wants to look for data of their own."""

    def __init__(self, parent: QWidget, current: str, runs_folder: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle("New run")
        self._runs_folder = runs_folder
        self.cards = PresetCards(current)
        self.cards.chosen.connect(self._choose_preset)
        self.recent = _RecentRuns()
        self.recent.itemClicked.connect(self._choose_run)
        self.recent.itemActivated.connect(self._choose_run)
        self._recent_title = label("Recent runs", "heading")
        self._lay_out()
        self.resize((SIZE * theme().scale).boundedTo(parent.size() - MARGIN))
        self.cards.setFocus()
        QTimer.singleShot(0, self, self._read_recent)  # after the cards are painted, however slow the disk is

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addWidget(label("What shall a network find out?", "value"))
        column.addWidget(self.cards, 1)
        for widget in (self._recent_title, self.recent):
            widget.hide()
            column.addWidget(widget)
        row = nested(column, QHBoxLayout())
        own_data = label(OWN_DATA, "dim")
        own_data.setWordWrap(True)
        row.addWidget(own_data, 1)
        tip = "Look for a folder of pictures of your own, and learn from it"
        row.addWidget(_button("Open data …", tip, lambda: self._leave_for(self.data_requested)))
        row.addWidget(
            _button(
                "Open a run folder …",
                "Look for the folder of a run, and show that run",
                lambda: self._leave_for(self.folder_requested),
            )
        )
        row.addWidget(_button("Close", "Choose nothing now (Escape)", self.reject))

    def _read_recent(self) -> None:
        from sslviz.window.shell.run_entries import recent_titles

        for path, title in recent_titles(self._runs_folder, MOST_RECENT):
            self.recent.add(path, title)
        for widget in (self._recent_title, self.recent):
            widget.setVisible(self.recent.count() > 0)

    # ------------------------------------------------------------------ the user's choice

    def _choose_preset(self, name: str) -> None:
        if self.isVisible():  # where one click activates, Qt reports it twice
            self.accept()
            self.preset_chosen.emit(name)

    def _choose_run(self, item: QListWidgetItem) -> None:
        if self.isVisible():
            self.accept()
            self.run_chosen.emit(Path(item.data(Qt.ItemDataRole.UserRole)))

    def _leave_for(self, requested: SignalInstance) -> None:
        self.accept()
        requested.emit()


class _RecentRuns(QListWidget):
    """Lists runs in rows of three; the arrow keys go from one to the next, a click or Enter chooses one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("recent")
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Recent runs")
        self.setToolTip("The newest runs; Enter or a click shows one")

    def add(self, path: Path, text: str) -> None:
        """Append the run in the folder ``path``, named by ``text``."""
        item = QListWidgetItem(text, self)
        item.setData(Qt.ItemDataRole.UserRole, str(path))
        item.setToolTip(str(path))
        rows = -(-self.count() // RECENT_COLUMNS)
        self.setFixedHeight(rows * self._row_height() + 2 * self.frameWidth())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setGridSize(QSize((self.viewport().width() - 1) // RECENT_COLUMNS, self._row_height()))

    def _row_height(self) -> int:
        return self.fontMetrics().lineSpacing() + 8


def _button(text: str, tip: str, act: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)  # Enter chooses a card or a run
    button.clicked.connect(act)
    return button
