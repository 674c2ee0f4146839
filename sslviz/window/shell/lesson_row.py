"""The second row of the headline while the user follows a lesson."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from sslviz.core.lessons import Answer, Lesson
from sslviz.core.messages import Notice
from sslviz.core.presets import preset_named
from sslviz.core.settings import SettingError
from sslviz.window.runs.lesson_progress import LessonProgress
from sslviz.window.runs.session import Session
from sslviz.window.shell.answer_buttons import AnswerButtons
from sslviz.window.shell.headline_page import HeadlinePage
from sslviz.window.shell.spotlight import Spotlight
from sslviz.window.shell.verdict_line import ToneBar
from sslviz.window.style.buttons import small_action
from sslviz.window.style.linked_text import LinkedText, targets
from sslviz.window.style.theme import theme

NEXT = ("Next", "Go on with the next step (F3)")
SKIP = ("Next", "Go on with the next step, without waiting for what this one asks (F3)")


class Page(NamedTuple):
    """What the row shows: a heading, a text with links, the word and the tooltip of the button that goes on, answers.

    The button is hidden if its word is empty. ``again``: whether there is a step to go back to. ``held``: whether the
    target of the last link is outlined.
    """

    heading: str
    text: str
    go: tuple[str, str]
    answers: tuple[Answer, ...] = ()
    again: bool = True
    held: bool = True


class LessonRow(HeadlinePage):
    """Shows the present step of a lesson, and outlines where the user acts or looks in that step.

    It takes neither the mouse nor the focus: the user leaves the lesson at any time by a button, or just goes on
    working. While a run is in view that the lesson is not about, a button leads back.
    """

    wanted = Signal(bool)
    """bool: whether there is something to show."""
    begun = Signal()
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self, session: Session, spotlight: Spotlight) -> None:
        super().__init__()
        self._session, self._spotlight = session, spotlight
        self._progress: LessonProgress | None = None
        self._page: Page | None = None
        self.bar = ToneBar()
        self.bar.set_tone("well")
        self.text = LinkedText()
        self.text.pointed.connect(spotlight.point)
        self.text.opened.connect(spotlight.open)
        self.answers = AnswerButtons()
        self.answers.chosen.connect(self._answer)
        self.back = small_action("Back", "Go back to the step before (Shift+F3)")
        self.go, self.leave = small_action("", ""), small_action("Leave", "Leave the lesson; the menu Lessons has it")
        self.back.clicked.connect(self.go_back)
        self.go.clicked.connect(self.go_on)
        self.leave.clicked.connect(self.close_lesson)
        session.runs.current_changed.connect(self.refresh)
        session.settings_changed.connect(self.refresh)
        theme().changed.connect(self.fit)
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
        for widget in (self.answers, self.back, self.go, self.leave):
            row.addWidget(widget)

    @property
    def active(self) -> bool:
        """Whether the user follows a lesson."""
        return self._progress is not None

    # ------------------------------------------------------------------ what the user does

    def begin(self, lesson: Lesson) -> None:
        """Begin a lesson, in a run of its own; a message tells the user if that is not possible."""
        problem = self._problem_of(lesson)
        if problem:
            self.noticed.emit(Notice(level="refused", text=problem))
            return
        self.close_lesson()
        self.begun.emit()
        self._progress = LessonProgress(self._session, lesson, self._spotlight.panels_in_view, self)
        self._progress.changed.connect(self.refresh)
        self._progress.open_new()
        self.refresh()

    def close_lesson(self) -> None:
        """Leave the lesson, if there is one."""
        if self._progress is not None:
            self._progress.stop()
            self._progress.deleteLater()
        self._progress = None
        self.refresh()

    def go_on(self) -> None:
        """Go on with the next step; or bring the run into view that the present one is about."""
        if self._progress is None or self._progress.step is None:
            return
        if self._progress.in_view:
            self._progress.go_on()
        else:
            self._progress.open_run()

    def go_back(self) -> None:
        """Go back to the step before, if there is one."""
        if self._progress is not None and self._progress.index:
            self._progress.go_back()

    def _answer(self, answer: Answer) -> None:
        if self._progress is not None:
            self._progress.give_answer(answer)

    # ------------------------------------------------------------------ what is shown

    def refresh(self) -> None:
        """Show the present step."""
        page, before = (_page_of(self._progress) if self._progress is not None else None), self._page
        links = targets(page.text) if page is not None and page.held else []
        self._spotlight.hold(links[-1] if links else "")
        if page is not None and page != before:
            self._page = page
            self.text.show_text(page.text, page.heading)
            self._show_buttons(page)
            self.fit()
            self.bar.widen()
        self.wanted.emit(page is not None)

    def _show_buttons(self, page: Page) -> None:
        answering = any(button.hasFocus() for button in self.answers.buttons)
        self.answers.show_answers(page.answers)
        word, tip = page.go
        self.go.setText(word)
        self.go.setToolTip(tip)
        self.go.setAccessibleName(word)
        hidden = {self.go: not word, self.back: not page.again}
        if any(button.hasFocus() for button in hidden if hidden[button]):
            self.leave.setFocus()  # Qt would give it to whatever comes next in the window
        for button, on in hidden.items():
            button.setHidden(on)
        if answering and not page.answers:
            (self.go if word else self.leave).setFocus()

    def _problem_of(self, lesson: Lesson) -> str:
        """Return a sentence that says why a lesson cannot begin; empty if it can."""
        name, steps = lesson.path.name, lesson.steps
        texts = [text for step in steps for text in (step.text, step.means, *(each.reply for each in step.answers))]
        pointed = [target for text in (*texts, lesson.end) for target in targets(text)]
        panels = [step.until.panel for step in steps if step.until is not None and step.until.panel]
        for target in (*pointed, *panels):
            if not self._spotlight.knows(target):
                return f"The lesson {name} points at “{target}”, which is no part of the window."
        for folder in lesson.folders:
            if not folder.is_dir():
                return f"The lesson {name} cannot begin: there is no run in {folder}."
        try:
            for preset in filter(None, (lesson.preset, *(step.preset for step in steps))):
                preset_named(preset)
        except SettingError as error:
            return f"The lesson {name} cannot begin: {error}"
        return ""

    def fitting_height(self) -> int:
        layout = self.layout()
        assert layout is not None
        layout.activate()  # so that the text has its width
        return self.height_with(self.text.heightForWidth(self.text.width()))


def _page_of(progress: LessonProgress) -> Page:
    lesson, step = progress.lesson, progress.step
    if step is None:
        return Page("Lesson", lesson.end, ("", ""))
    heading, again = f"Lesson {progress.index + 1} of {len(lesson.steps)}", progress.index > 0
    if not progress.in_view:
        return _page_elsewhere(progress, heading)
    if progress.done:
        text = progress.answer.reply if progress.answer is not None else step.means
        return Page(f"✓ {heading}", text or step.text, NEXT, again=again)
    text = progress.answer.reply if progress.answer is not None else step.text
    return Page(heading, text, SKIP, step.answers, again)


def _page_elsewhere(progress: LessonProgress, heading: str) -> Page:
    """Return what is shown while a run is in view that the present step is not about."""
    step, again = progress.step, progress.index > 0
    if not progress.preset:
        text = "This lesson is about recorded runs, and another run is in view."
        return Page(heading, text, ("Back to them", "Show the recorded runs (F3)"), again=again)
    title = preset_named(progress.preset).title
    if step is not None and progress.opens:
        go = (f"Open {title}", "Open a run with these settings beside the others (F3)")
        return Page(heading, step.text, go, again=again, held=False)
    text = f"This lesson is about {title}, and another run is in view."
    return Page(heading, text, ("Back to it", f"Show the run of {title}, or open one (F3)"), again=again)
