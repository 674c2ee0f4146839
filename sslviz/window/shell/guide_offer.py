"""The offer of a guide to somebody who is new to the program."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslviz.core.guides import GuideError, guide_path, read_guide
from sslviz.window.runs.session import Session
from sslviz.window.style.buttons import small_action, small_button

FOR_NEWCOMERS = "first-run"
"""Name of the guide that is offered."""


class GuideOffer(QWidget):
    """Two small buttons in the headline: one begins the guide, the other declines the offer.

    The sentences about the preset stay in view beside it. The offer is withdrawn when the user trains without a guide.
    """

    accepted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.made = False
        """Whether the guide was offered, or begun without an offer."""
        self.begin = small_action("", "Begin the guide; it takes no click away, and can be left at any time")
        self.begin.clicked.connect(self._accept)
        self.decline = small_button("close", "No guide now; Help has it later, too")
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
            guide = read_guide(guide_path(FOR_NEWCOMERS))
        except GuideError:  # Help says why when the user begins it there
            return
        self.begin.setText(f"New here? A guide, {guide.minutes} minutes")
        self.show()

    def close_offer(self) -> None:
        """Take the offer back: a guide has begun."""
        self.made = True
        self.hide()

    def _accept(self) -> None:
        self.close_offer()
        self.accepted.emit()

    def _withdraw(self) -> None:
        if self._session.running:  # the user has begun without a guide
            self.hide()
