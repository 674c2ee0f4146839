"""The headline: a bar below the tool bar that says how the run stands and, in a second row, what there is to read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from sslviz.window.runs.run_model import RunModel
from sslviz.window.shell.message_row import MessageRow
from sslviz.window.shell.survey_row import SurveyRow
from sslviz.window.shell.verdict_line import VerdictLine
from sslviz.window.style.buttons import small_action
from sslviz.window.style.ownership import nested

GAP_PX = 6
"""Distance between the headline and the docks, in pixels: that between two docks."""


class Headline(QToolBar):
    """Shows the verdict on the run in view and, in a second row, the most important of the pages that are to be shown.

    The most important page is that of the look at data of the user's own, which takes some seconds; next are the
    messages. The headline has a place of its own above the docks, so that it covers no panel; without a page to show,
    it has only one row. ``run`` is the run in view at first.
    """

    def __init__(self, run: RunModel) -> None:
        super().__init__("Headline")
        self.setObjectName("headline")
        self.style().polish(self)  # the margins were those of a tool bar without this name
        self.setMovable(False)
        self.toggleViewAction().setVisible(False)  # the menu of the tool bars does not offer to hide it
        self.verdict = VerdictLine()
        self.messages = MessageRow(run)
        self._messages_button = small_action("Messages", "All messages since the start of the window, newest first")
        self._messages_button.clicked.connect(self.show_messages)
        self._pages = QStackedWidget()
        self._pages.hide()
        self._wanted: dict[QWidget, bool] = {}
        self._row = QHBoxLayout()
        self._build()
        self.survey = SurveyRow()
        self.survey.wanted.connect(lambda on: self.show_page(self.survey, on=on))
        self.add_page(self.survey)
        self.add_page(self.messages)
        self.messages.wanted.connect(self._show_messages_page)
        self.messages.history.changed.connect(self._count_unread)

    def _build(self) -> None:
        whole, body = QWidget(), QFrame()
        whole.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        around = QVBoxLayout(whole)
        around.setContentsMargins(0, 0, 0, GAP_PX)
        around.addWidget(body)
        body.setObjectName("headlineBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 2, 6, 2)
        column.setSpacing(2)
        nested(column, self._row)
        self._row.setSpacing(2)
        self._row.addWidget(self.verdict, 1)
        self._row.addWidget(self._messages_button)
        column.addWidget(self._pages)
        self.addWidget(whole)

    def put_below(self, window: QMainWindow) -> None:
        """Put the bar into a row of its own below the tool bars of a window.

        To be called again after a layout was restored: one of an earlier version knows no headline.
        """
        if window.toolBarArea(self) == Qt.ToolBarArea.NoToolBarArea:
            window.addToolBar(Qt.ToolBarArea.TopToolBarArea, self)
        if not window.toolBarBreak(self):
            window.insertToolBarBreak(self)

    def add_corner(self, button: QWidget) -> None:
        """Put a button at the right end of the first row."""
        self._row.addWidget(button)

    def add_page(self, page: QWidget) -> None:
        """Add a page for the second row; it is more important than the pages that are added later."""
        self._wanted[page] = False
        self._pages.addWidget(page)
        self._show_pages()

    def show_page(self, page: QWidget, *, on: bool) -> None:
        """Set whether ``page`` is to be shown; of all pages that are to be shown, the most important one is seen."""
        if self._wanted[page] is not on:
            self._wanted[page] = on
            self._show_pages()

    def show_messages(self) -> None:
        """Open the list of all messages, or bring it forward."""
        from sslviz.window.shell.messages_dialog import MessagesDialog

        dialog = self.findChild(MessagesDialog)
        if dialog is None:
            dialog = MessagesDialog(self, self.messages.history)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _show_messages_page(self, on: bool) -> None:
        self.show_page(self.messages, on=on)

    def _count_unread(self) -> None:
        unread = self.messages.history.unread
        self._messages_button.setText(f"Messages {unread}" if unread else "Messages")

    def _show_pages(self) -> None:
        policy = QSizePolicy.Policy
        for page, on in self._wanted.items():  # the row is as high as the highest page that is to be shown
            page.setSizePolicy(page.sizePolicy().horizontalPolicy(), policy.Preferred if on else policy.Ignored)
        seen = next((page for page, on in self._wanted.items() if on), None)
        if seen is not None:
            self._pages.setCurrentWidget(seen)
        self._pages.setVisible(seen is not None)
