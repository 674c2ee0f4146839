"""What a panel is: it draws one thing about a run, when it is seen and when that thing has changed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Self

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sslviz.core.log import logger
from sslviz.core.messages import State
from sslviz.core.registry import Registry
from sslviz.core.requests import Request
from sslviz.core.wire import Frozen
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import READING, RunModel
from sslviz.window.style.ownership import DeletedByQt, nested
from sslviz.window.style.theme import theme

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Panel(DeletedByQt, QWidget):
    """Base of a panel: one file in ``panels/``, decorated with ``@panels.register``.

    ``message_types`` are the messages whose arrival makes it draw again; those of them that are panel data are
    computed by the engine only while the panel can be seen, see :meth:`wanted_data`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    message_types: ClassVar[tuple[type[Frozen], ...]]
    needs: ClassVar[tuple[type[Frozen], ...]] = ()
    """Pictures of which an objective must give one for this panel to have anything to show; none: always."""
    stories: ClassVar[tuple[str, ...]] = ("shapes",)
    """Those made-up runs (:mod:`sslviz.window.demo.stories`) in which it looks different."""
    about_selection: ClassVar[bool] = False
    """Whether a selection is seen in it, so that no other panel needs to come forward for it."""
    min_interval_s: float = 0.2

    new_draw = Signal()
    """A person wants other samples and other random views."""
    request_changed = Signal()
    """What the engine should send has changed (visibility, a choice in the panel)."""
    pinned = Signal(object)
    """int or None: a person takes a sample of the map into view, or lets go of it."""
    selected = Signal(object)
    """Selected: a person selects samples of the map, or lets go of them"""
    named = Signal(object)
    """Named: a person gives samples of the map a name"""
    advised = Signal(object)
    """Values: a person takes an advice, and these settings at once"""
    opened = Signal(str)
    """A person asks for another panel, by its name."""
    said = Signal(str, str)
    """A sentence for the person and its level, as of a notice."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(self.name)
        self.setAccessibleName(self.title)
        self.run = RunModel()
        self.others: tuple[RunModel, ...] = ()
        """runs to compare it with, where the panel can"""
        self._dirty = True
        self._broken = ""
        self._covered: list[QWidget] = []
        self._hint = _Hint(self)
        theme().changed.connect(self._on_theme)

    # ------------------------------------------------------------------ for the panel's author

    def refresh(self, run: RunModel) -> None:
        """Bring what is shown up to date with the run."""
        raise NotImplementedError

    def apply_theme(self) -> None:
        """Take colours from :func:`theme` again."""

    def empty_text(self, run: RunModel) -> str:
        """One sentence while there is nothing to show, else an empty text."""
        return ""

    def title_widgets(self) -> tuple[QWidget, ...]:
        """Small controls for the right end of the title bar."""
        return ()

    def wanted_data(self) -> tuple[type[Frozen], ...]:
        """Return the types of panel data that are drawn now; the engine sends them while the panel can be seen."""
        return self.message_types

    def request(self) -> Request | None:
        """Return what this panel asks of the engine beyond that, seen or not; one panel for each type of request."""
        return None

    def table(self) -> Table | None:
        """The figures behind what is shown, None where there are none."""
        return None

    def samples(self) -> npt.NDArray[np.uint8] | None:
        """Pictures of all samples that it is about, uint8[n, h, w, 3], None where there are none."""
        return None

    # ------------------------------------------------------------------ for the window

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """The panel showing a made-up run, see :func:`sslviz.window.demo.stories.demo_panel`."""
        panel = cls()
        panel.show_run(run)
        panel.draw()
        return panel

    def show_run(self, run: RunModel, others: tuple[RunModel, ...] = ()) -> None:
        """Show this run from now on, beside others."""
        self.run, self.others = run, others
        self._dirty = True

    def notify(self, message_types: Iterable[type]) -> None:
        """Messages of these types have arrived. A state concerns all: it may say that a folder has been read."""
        self._dirty = self._dirty or any(each in self.message_types or each is State for each in message_types)

    def mark_dirty(self) -> None:
        """Draw at the next occasion."""
        self._dirty = True

    def can_be_seen(self) -> bool:
        """Whether any of it is on the screen (a tab behind another is not)."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def wants_drawing(self) -> bool:
        """Whether something it shows has changed and it can be seen."""
        return self._dirty and not self._broken and self.can_be_seen()

    def draw(self) -> None:
        """Refresh; an error disables this panel alone."""
        if self._broken:
            return
        self._dirty = False
        try:
            self.refresh(self.run)
            empty = self.empty_text(self.run)
            self._hint.say(READING if empty and self.run.reading else empty)
        except Exception as error:
            self.disable(error)

    def disable(self, error: BaseException) -> None:
        """Stop drawing and say so, with the details at hand."""
        if self._broken:
            return
        self._broken = "".join(traceback.format_exception(error))
        logger("window").error("panel %s was disabled: %s", self.name, error)
        children = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        self._covered = [child for child in children if not child.isHidden()]
        for child in self._covered:
            child.hide()
        _BrokenNote(self, str(error) or type(error).__name__, self._broken, self._enable).show()

    def _enable(self) -> None:
        self._broken = ""
        for child in self._covered:
            child.show()
        self._dirty = True

    def _on_theme(self) -> None:
        self.apply_theme()
        self._dirty = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.request_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.request_changed.emit()


class _Hint(QLabel):
    """A sentence over the middle of an empty panel; the mouse does not notice it."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setProperty("role", "dim")
        self.setMargin(16)
        self.hide()
        _Cover(self, panel)

    def say(self, text: str) -> None:
        """Show the sentence, or nothing."""
        self.setText(text)
        self.setVisible(bool(text))
        self.raise_()


class _BrokenNote(QWidget):
    """In place of a panel that failed."""

    def __init__(self, panel: Panel, reason: str, details: str, again: Callable[[], None]) -> None:
        super().__init__(panel)
        layout = QVBoxLayout(self)
        text = QLabel(f"{panel.title} could not be drawn: {reason}\nTraining goes on.")
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        copy, retry = QPushButton("Copy details"), QPushButton("Try again")
        copy.setToolTip("Copy what went wrong to the clipboard")
        retry.setToolTip(f"Draw {panel.title} again")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(details))
        retry.clicked.connect(self.hide)
        retry.clicked.connect(self.deleteLater)
        retry.clicked.connect(again)
        layout.addStretch()
        layout.addWidget(text)
        row = nested(layout, QHBoxLayout())
        for button in (retry, copy):
            row.addWidget(button)
        row.addStretch()
        layout.addStretch()
        _Cover(self, panel)


class _Cover(QObject):
    """Keeps a widget as large as the panel it lies over."""

    def __init__(self, widget: QWidget, panel: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.setGeometry(panel.rect())
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._widget.setGeometry(watched.rect())
        return False


panels: Registry[Panel] = Registry("sslviz.window.panels")
