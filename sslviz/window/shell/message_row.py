"""A row that shows messages to the user, one at a time; it has a place of its own and covers no panel."""

from __future__ import annotations

from weakref import ref

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from sslviz.window.runs.run_model import RunModel
from sslviz.window.shell.message_history import Level, MessageHistory, More, SaidMessage
from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label, verbatim
from sslviz.window.style.stylesheet import set_style_property
from sslviz.window.style.theme import theme

SHORT_MS = 8_000
"""Time for which a message that does not stay is shown, in milliseconds."""
STAYING: tuple[Level, ...] = ("warning", "failed")
"""Levels of the messages that stay until the user dismisses them, the most important one last."""
LINE_USED = 0.92
"""Fraction of the width of a line that is filled at least when a text is broken into lines."""


class MessageRow(QFrame):
    """Shows one message at a time, and keeps all of them in :attr:`history`. ``run`` is the run in view at first.

    Failures and warnings stay until the user dismisses them; if there are several, the newest failure is shown first.
    When the user leaves a run, those about it are set aside until it is in view again.
    Any other message is shown for :data:`SHORT_MS`. A refusal is shown in place of the messages that stay, which come
    back after it; news are not, so that they never hide what has to be read.
    """

    wanted = Signal(bool)
    """bool: whether there is a message to show."""

    def __init__(self, run: RunModel) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.history = MessageHistory(self)
        self._staying: list[SaidMessage] = []
        self._set_aside: list[SaidMessage] = []
        """Messages that stay, about runs that the user has left."""
        self._passing: SaidMessage | None = None
        self._run = run
        self._text = _Text()
        self._count = label(role="small", numbers=True)
        self._copy = QPushButton("Copy details")
        self._copy.setToolTip("Copy what happened, with its details, to the clipboard")
        self._copy.setAccessibleName("Copy details")
        self._copy.clicked.connect(self._copy_details)
        self._more = QPushButton()
        self._more.clicked.connect(self._show_more)
        dismiss = small_button("close", "Dismiss this message")
        dismiss.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 6, 2)
        row.addWidget(self._text, 1)
        for widget in (self._count, self._more, self._copy, dismiss):
            row.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)

    @property
    def shown(self) -> SaidMessage | None:
        """The message that is shown now; None if there is none to show."""
        newest = reversed(self._staying)
        return self._passing or max(newest, key=lambda message: STAYING.index(message.level), default=None)

    @property
    def text(self) -> str:
        """The text of the message shown now, or of the last message if none is shown."""
        return self._text.full

    def say(
        self,
        text: str,
        level: Level = "info",
        details: str = "",
        about: RunModel | None = None,
        more: More | None = None,
    ) -> None:
        """Add a message to the history, and show it if no other message goes before it.

        ``details`` are not shown; a button copies them with the text. ``about`` is the run that the message is about;
        None if it is about no single run. ``more`` is a button that is shown beside the message.
        """
        of, title = (ref(about), about.title) if about is not None else (None, "")
        message = SaidMessage(text, level, details, of, title, more)
        if level in STAYING:
            self._set_aside = [each for each in self._set_aside if (each.text, each.about) != (text, of)]
            others = [each for each in self._staying if (each.text, each.about) != (text, of)]
            self._staying, self._passing = [*others, message], None
        elif level == "refused" or not self._staying:
            self._passing = message
            self._timer.start(SHORT_MS)
        self.history.add(message)
        self._show()

    def dismiss(self) -> None:
        """Take the message away that is shown: the user has read it. The next one is shown, if there is one."""
        message = self.shown
        if message is None:
            return
        if message is self._passing:
            self._passing = None
        else:
            self._staying.remove(message)
        self.history.mark_read(message)
        self._show()

    def show_run(self, run: RunModel) -> None:
        """Show the messages about ``run`` that were set aside; set those about another run in view before aside."""
        if run is self._run:
            return
        left, back = _about(self._run, self._staying), _about(run, self._set_aside)
        self._set_aside = [each for each in (*self._set_aside, *left) if each not in back and not _is_of_closed(each)]
        self._staying = sorted([*back, *(each for each in self._staying if each not in left)], key=_time)
        if self._passing is not None and _about(self._run, [self._passing]):
            self._passing = None
        self._run = run
        self._show()

    def hasHeightForWidth(self) -> bool:
        return False  # otherwise, Qt asks for the height at the width of the size hint, which is not the real width

    def _show(self) -> None:
        message = self.shown
        if message is not None:
            self._text.set_full(message.text)
            self._copy.setVisible(bool(message.details))
            self._more.setVisible(message.more is not None)
            if message.more is not None:
                self._more.setText(message.more.text)
                self._more.setToolTip(message.more.tip)
            self._count.setText(f"1 of {len(self._staying)}" if message is not self._passing else "")
            self._count.setVisible(len(self._staying) > 1 and message is not self._passing)
            set_style_property(self, "level", message.level)
        if message is not self._passing or message is None:
            self._timer.stop()
        self.wanted.emit(message is not None)

    def _show_more(self) -> None:
        if self.shown is not None and self.shown.more is not None:
            self.shown.more.act()

    def _copy_details(self) -> None:
        if self.shown is not None:
            QApplication.clipboard().setText(f"{self.shown.text}\n\n{self.shown.details}")


def _about(run: RunModel, messages: list[SaidMessage]) -> list[SaidMessage]:
    return [each for each in messages if each.about is not None and each.about() is run]


def _is_of_closed(message: SaidMessage) -> bool:
    return message.about is not None and message.about() is None


def _time(message: SaidMessage) -> float:
    return message.time_s


class _Text(QLabel):
    """Shows a text in one or two lines; a longer text ends in an ellipsis, and its tooltip is the whole text."""

    def __init__(self) -> None:
        super().__init__()
        self.full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._fit)

    def set_full(self, text: str) -> None:
        """Show ``text``."""
        self.full = text
        self.setToolTip(verbatim(text))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, line = self.fontMetrics(), " ".join(self.full.split())
        is_long = metrics.horizontalAdvance(line) > self.width()
        if is_long:
            line = metrics.elidedText(line, Qt.TextElideMode.ElideRight, round(2 * LINE_USED * self.width()))
        self.setText(line)
        self.setFixedHeight(metrics.lineSpacing() * (2 if is_long else 1))
