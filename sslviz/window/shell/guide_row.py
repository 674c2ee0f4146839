"""The second row of the headline while the user follows a guide."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from sslviz.core.guides import Guide, GuideError, read_guide
from sslviz.core.messages import Notice
from sslviz.core.settings import SettingError
from sslviz.window.runs.guide_progress import GuideProgress
from sslviz.window.runs.session import Session
from sslviz.window.shell.spotlight import Spotlight
from sslviz.window.shell.verdict_line import ToneBar
from sslviz.window.style.buttons import small_action
from sslviz.window.style.linked_text import LinkedText, targets
from sslviz.window.style.theme import theme

BOTTOM = 4
"""Space below the text, in pixels."""


class Page(NamedTuple):
    """What the row shows: a heading, a text with links, and word and tooltip of each of its two buttons.

    The first button goes on; it is hidden if its word is empty. The second one closes the guide.
    """

    heading: str
    text: str
    go: tuple[str, str]
    leave: tuple[str, str]


class GuideRow(QWidget):
    """Shows the present step of a guide, and outlines where the user acts or looks in that step.

    It takes neither the mouse nor the focus: the user leaves the guide at any time by a button, or just goes on
    working. It is hidden while another run than that of the guide is in view.
    """

    wanted = Signal(bool)
    """bool: whether there is something to show."""
    begun = Signal()
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self, session: Session, spotlight: Spotlight) -> None:
        super().__init__()
        self._session, self._spotlight = session, spotlight
        self._progress: GuideProgress | None = None
        self._page: Page | None = None
        self.bar = ToneBar()
        self.bar.set_tone("well")
        self.text = LinkedText()
        self.text.pointed.connect(spotlight.point)
        self.text.opened.connect(spotlight.open)
        self.go, self.leave = small_action("", ""), small_action("", "")
        self.go.clicked.connect(self._go_on)
        self.leave.clicked.connect(self.close_guide)
        session.runs.current_changed.connect(self.refresh)
        theme().changed.connect(self._fit)
        self._lay_out()

    def _lay_out(self) -> None:
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.bar)
        row.addSpacing(10)
        row.addWidget(self.text, 1)
        row.addSpacing(10)
        row.addWidget(self.go)
        row.addWidget(self.leave)

    # ------------------------------------------------------------------ what is shown

    def begin(self, path: Path) -> None:
        """Begin the guide in a file, in a run with its preset; a message tells the user if that is not possible."""
        guide = self._read(path)
        if guide is None:
            return
        try:
            self._session.choose_preset(guide.preset)
        except SettingError as error:
            self._refuse(f"The guide {path.name} cannot begin: {error}")
            return
        self.close_guide()
        self.begun.emit()
        self._progress = GuideProgress(self._session, guide, self._spotlight.panels_in_view, self)
        self._progress.changed.connect(self.refresh)
        self._progress.broken_off.connect(self._break_off)
        self.refresh()

    def close_guide(self) -> None:
        """Leave the guide."""
        if self._progress is not None:
            self._progress.stop()
            self._progress.deleteLater()
        self._progress = None
        self.refresh()

    def refresh(self) -> None:
        """Show the present step; nothing while the run of the guide is not in view."""
        page, before = self._current_page(), self._page
        step = self._progress.step if page is not None and self._progress is not None else None
        self._spotlight.hold(targets(step.text)[-1] if step is not None and targets(step.text) else "")
        if page is not None and page != before:
            self._page = page
            self.text.show_text(page.text, page.heading)
            self._label_buttons(page)
            self._fit()
            self.bar.widen()
        self.wanted.emit(page is not None)

    def _current_page(self) -> Page | None:
        return _page_of(self._progress) if self._progress is not None and self._progress.in_view else None

    def _label_buttons(self, page: Page) -> None:
        for button, (word, tip) in ((self.go, page.go), (self.leave, page.leave)):
            button.setText(word)
            button.setToolTip(tip)
            button.setAccessibleName(word)
        self.go.setVisible(bool(page.go[0]))

    # ------------------------------------------------------------------ what happens

    def _read(self, path: Path) -> Guide | None:
        """Return the guide in a file; if there is none, or if it points at nothing, tell the user."""
        try:
            guide = read_guide(path)
        except GuideError as error:
            self._refuse(str(error))
            return None
        names = [name for step in guide.steps for name in (*targets(step.text), step.until.panel) if name]
        unknown = [name for name in (*names, *targets(guide.end)) if not self._spotlight.knows(name)]
        if unknown:
            self._refuse(f"The guide {path.name} points at “{unknown[0]}”, which is no part of the window.")
        return None if unknown else guide

    def _refuse(self, text: str) -> None:
        self.noticed.emit(Notice(level="refused", text=text))

    def _go_on(self) -> None:
        if self._progress is not None:
            self._progress.go_on()

    def _break_off(self, text: str) -> None:
        self.close_guide()
        self.noticed.emit(Notice(level="info", text=text))

    # ------------------------------------------------------------------ size

    def hasHeightForWidth(self) -> bool:
        return False  # otherwise, Qt asks for the height at the width of the size hint, which is not the real width

    def sizeHint(self) -> QSize:
        return QSize(0, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Become as high as the text, and at least as two lines, as the sentences about the preset are."""
        layout = self.layout()
        assert layout is not None
        if not self.isVisible():  # the width is not known yet
            return
        layout.activate()
        least = 2 * self.fontMetrics().lineSpacing()
        self.setFixedHeight(max(least, self.text.heightForWidth(self.text.width())) + BOTTOM)


def _page_of(progress: GuideProgress) -> Page:
    guide, step = progress.guide, progress.step
    if step is None:
        return Page("Guide", guide.end, ("", ""), ("Close", "Close the guide"))
    heading = f"Guide {progress.index + 1} of {len(guide.steps)}"
    skip = ("Next", "Go on with the next step, without waiting for what this one asks")
    return Page(heading, step.text, skip, ("Leave", "Leave the guide; Help begins it again"))
