"""The offer of a lesson to somebody who is new to the program."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslviz.core.lessons import LessonError, lesson_named
from sslviz.window.runs.session import Session
from sslviz.window.style.buttons import small_action, small_button

FOR_NEWCOMERS = "first-run"
"""Name of the lesson that is offered."""


class LessonOffer(QWidget):
    """Two small buttons in the headline: one begins the lesson, the other declines the offer.

    The sentences about the preset stay in view beside it. The offer is withdrawn when the user trains without a lesson.
    """

    accepted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.made = False
        """Whether the lesson was offered, or begun without an offer."""
        self.begin = small_action("", "Begin the lesson; it takes no click away, and can be left at any time")
        self.begin.clicked.connect(self._accept)
        self.decline = small_button("close", "No lesson now; the menu Lessons has it later, too")
        self.decline.clicked.connect(self.hide)
        session.state_changed.connect(self._withdraw)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.begin)
        row.addWidget(self.decline)
        self.hide()

    def offer(self) -> None:
        """Show the offer, at most once, and not while a run goes on."""
        if self.made or self._session.running:
            return
        self.made = True
        try:
            lesson = lesson_named(FOR_NEWCOMERS)
        except LessonError:  # the menu says why when the user begins it there
            return
        self.begin.setText(f"New here? A lesson, {lesson.minutes} minutes")
        self.show()

    def close_offer(self) -> None:
        """Take the offer back: a lesson has begun."""
        self.made = True
        self.hide()

    def _accept(self) -> None:
        self.close_offer()
        self.accepted.emit()

    def _withdraw(self) -> None:
        if self._session.running:  # the user has begun without a lesson
            self.hide()
