"""What the network is asked, what to watch and what to try: three sentences about the preset of the current run."""

from __future__ import annotations

from PySide6.QtCore import Signal

from sslviz.core.catalogue import chosen_objective
from sslviz.window.runs.session import Session
from sslviz.window.shell.headline_page import HeadlinePage
from sslviz.window.style.buttons import small_button
from sslviz.window.style.linked_text import LinkedText
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

LOW_PX = 640
"""Height of the window in pixels below which the sentences are folded, to leave the panels their room."""
LEFT, GAP = 12, 24
"""Space at the left of the sentences and at the right of each, in pixels."""
HEADINGS = ("The question", "Watch", "Try")
Sentences = tuple[tuple[str, str], ...]
"""Headings and texts, each of which may hold links of :class:`LinkedText`."""


class Lead(HeadlinePage):
    """Three sentences side by side, whose words point at their panels and settings.

    For a choice of data and objective that no preset makes, one text about the objective takes their place. The user
    folds them away by :attr:`button`; in a low window, they are folded until the user unfolds them.
    """

    pointed = Signal(str)
    """str: see :attr:`LinkedText.pointed`."""
    opened = Signal(str)
    """str: see :attr:`LinkedText.opened`."""
    wanted = Signal(bool)
    """bool: whether the sentences are to be shown."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.columns = tuple(LinkedText(self) for _ in HEADINGS)
        self.button = small_button("unfolded", "")
        self.button.clicked.connect(self._toggle)
        self.folded = False
        """Whether the user has folded the sentences away."""
        self._open, self._low, self._gives_way = True, False, False
        for column in self.columns:
            column.pointed.connect(self.pointed)
            column.opened.connect(self.opened)
        self.setFixedHeight(self.height_with(0))
        for signal in (session.settings_changed, session.state_changed, session.runs.current_changed, theme().changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the sentences about the current run."""
        sentences = sentences_about(self._session)
        for index, column in enumerate(self.columns):
            heading, text = sentences[index] if index < len(sentences) else ("", "")
            column.show_text(text, heading)
            column.setVisible(bool(text))
        self.fit()
        self.button.setVisible(bool(sentences) and not self._gives_way)
        self.button.show_icon("unfolded" if self._open else "folded")
        self.button.set_tip(f"{'Hide' if self._open else 'Show'} what is asked, what to watch and what to try")
        self.wanted.emit(self._open and bool(sentences))

    def fit_window(self, height: int) -> None:
        """Fold the sentences in a window of a low height; unfold them in a higher one unless the user has folded them.

        To be called whenever the window is resized.
        """
        if (height < px(LOW_PX)) is not self._low:
            self._low = height < px(LOW_PX)
            self._set_open(not self._low and not self.folded)

    def fold(self, *, on: bool) -> None:
        """Fold the sentences away, or unfold them."""
        self.folded = on
        self._set_open(not on)

    def give_way(self, *, on: bool) -> None:
        """Take note whether a lesson takes the place of the sentences; meanwhile, the user cannot fold them."""
        self._gives_way = on
        self.refresh()

    def _toggle(self) -> None:
        self.fold(on=self._open)

    def _set_open(self, on: bool) -> None:
        self._open = on
        self.setFixedHeight(self.height_with(0) if on else 0)  # folded, it would make a message as high
        self.refresh()

    def fitting_height(self) -> int:
        """Place the texts side by side, and return the height of the page, which is 0 while they are folded away."""
        shown = [column for column in self.columns if not column.isHidden()]
        width = (self.width() - LEFT - GAP * len(shown)) // max(len(shown), 1)
        height = max((column.heightForWidth(width) for column in shown), default=0)
        for index, column in enumerate(shown):
            column.setGeometry(LEFT + index * (width + GAP), 0, width, height)
        return self.height_with(height) if self._open else 0


def sentences_about(session: Session) -> Sentences:
    """Return the sentences of the current run's preset; if it has other data or another objective, a text about that.

    The result is empty while neither is known.
    """
    preset = session.preset
    if session.current.from_script:
        return ()
    if session.keeps_preset and preset.question:
        return tuple(zip(HEADINGS, (preset.question, preset.watch, preset.experiment), strict=True))
    if session.catalogue is None:
        return ()
    objective = chosen_objective(session.catalogue, session.values)
    return ((objective.title, objective.help),)
