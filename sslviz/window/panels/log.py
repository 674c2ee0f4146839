"""The panel with the newest log records of window, engine and reducer."""

from __future__ import annotations

import logging
from typing import ClassVar, Self

from PySide6.QtGui import QColor, QFont, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.runs.log_store import MAX_LINES, Line, LogStore, log_store
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.buttons import small_action
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.theme import theme

EMPTY = "Nothing was logged at this level. The log of window and engine appears here."
LEVELS = {
    "Everything": logging.DEBUG,
    "Information": logging.INFO,
    "Warnings": logging.WARNING,
    "Errors": logging.ERROR,
}
"""Minimum levels that the user can choose, by the name in the box."""


@panels.register
class LogPanel(Panel):
    """Shows the records in a :class:`LogStore` that have at least the level that the user has chosen.

    Any thread may add records to the store. The panel shows new records when it is next redrawn.
    """

    name: ClassVar[str] = "log"
    title: ClassVar[str] = "Log"
    help: ClassVar[str] = (
        "The newest 2,000 lines that window, engine and reducer have logged. Start sslviz with --debug to see more: "
        "sslviz --debug help lists the topics."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = ()
    min_interval_s = 0.25

    def __init__(self, store: LogStore | None = None) -> None:
        super().__init__()
        self._store = store or log_store()
        self._seen = -1  # the store's ``count`` at the last drawing, -1 if nothing is drawn
        self.text = _Lines()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 4, 8)
        layout.addWidget(self.text)
        self.level = _level_choice()
        self.level.currentIndexChanged.connect(self._start_over)
        self.copy = small_action("Copy", "Copy the lines that are shown")
        self.copy.clicked.connect(self._copy_lines)
        self.clear = small_action("Clear", "Forget all lines")
        self.clear.clicked.connect(self._clear_store)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Return the panel with some made-up records, which are the same whatever ``run`` is."""
        store = LogStore()
        for turn in range(4):
            store.add(Line(f"14:02:0{turn}", logging.INFO, "engine", "A run on CPU, 2 threads, in runs/demo."))
            store.add(Line(f"14:02:1{turn}", logging.DEBUG, "map", "step 120: 2000 points laid out in 0.31 s"))
            store.add(Line(f"14:02:2{turn}", logging.WARNING, "map", "the reducer ended unexpectedly, is restarted"))
        panel = cls(store)
        panel.draw()
        return panel

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.level, self.copy, self.clear)

    def wants_drawing(self) -> bool:
        if self._store.count != self._seen:
            self.mark_dirty()
        return super().wants_drawing()

    def apply_theme(self) -> None:
        self._start_over()

    def empty_text(self, run: RunModel) -> str:
        return "" if self.text.toPlainText() else EMPTY

    def refresh(self, run: RunModel) -> None:
        lines, self._seen = self._store.newest(max(self._seen, 0))
        self.text.add([line for line in lines if line.level >= LEVELS[self.level.currentText()]])

    def _start_over(self) -> None:
        self.text.clear()
        self._seen = -1
        self.mark_dirty()

    def _copy_lines(self) -> None:
        QApplication.clipboard().setText(self.text.toPlainText())

    def _clear_store(self) -> None:
        self._store.clear()
        self._start_over()


class _Lines(QPlainTextEdit):
    """A read-only text widget for log lines in a monospaced font; the colour of a line shows the record's level."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MAX_LINES)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumHeight(32)  # Qt's default would push the other docks out of a low window
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Log lines")
        self.setToolTip("Time, part of the program, and message")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.setFont(font)
        self.setObjectName("logLines")  # the style sheet gives the font its size

    def add(self, lines: list[Line]) -> None:
        """Append lines; scroll to the end unless the user has scrolled up."""
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum()
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for line in lines:
            if not self.document().isEmpty():
                cursor.insertBlock()
            cursor.insertText(f"{line.clock} {line.topic:8} {line.text}", _format(line.level))
        cursor.endEditBlock()
        if follows:
            bar.setValue(bar.maximum())


def _format(level: int) -> QTextCharFormat:
    palette = theme().palette
    form = QTextCharFormat()
    colour = palette.warning if level >= logging.WARNING else palette.text if level >= logging.INFO else palette.dim
    form.setForeground(QColor(colour))
    return form


def _level_choice() -> ComboBox:
    choice = ComboBox()
    choice.addItems(list(LEVELS))
    choice.setToolTip("Show only lines of at least this level")
    choice.setAccessibleName("Minimum level of the lines shown")
    return choice


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(LogPanel))
