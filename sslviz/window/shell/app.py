"""Makes the application and its one window, and runs the event loop until the window is closed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtWidgets import QApplication

from sslviz.core.plug_ins import load_plug_ins
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.shell.interruption import Interruption
from sslviz.window.shell.preferences import PreferencesFile
from sslviz.window.style import theme as themes
from sslviz.window.style.palette import ThemeName
from sslviz.window.style.theme import load_fonts

if TYPE_CHECKING:
    from sslviz.core.lessons import Lesson
    from sslviz.window.shell.main_window import MainWindow

DEFAULT_SIZE = QSize(1440, 900)
FRAME = QSize(4, 36)
"""Approximate size of the desktop's window frame in pixels; the real one is known only once the window is shown."""
COLLECT_MS = 1_000
"""Interval between two garbage collections, in milliseconds."""
FULL_EVERY = 30
"""One in this number of collections is full; it takes milliseconds, since the objects of the start are exempt."""


def stay_open(
    engine: EngineProcess,
    preset: str | None,
    theme: ThemeName | None,
    *,
    reset: bool,
    folder: Path | None = None,
    lesson: Lesson | None = None,
    data: str | None = None,
) -> int:
    """Open the window as the user left it, at the first start with the start view; run the event loop until it closes.

    Returns the exit code, see :meth:`Interruption.exit_code`.

    ``theme`` replaces the saved theme unless it is None. ``preset`` replaces the saved preset unless it is None; the
    saved values of the settings are then not used. ``reset`` deletes all saved preferences; ``folder`` is the folder of
    a recorded run to show, ``lesson`` a lesson to begin, ``data`` the name of a data set or a path to learn from.
    """
    file = PreferencesFile()
    if reset:
        file.forget()
    kept = file.read()
    if preset is not None:
        kept = msgspec.structs.replace(kept, preset=preset, values={})
    elif lesson is not None and lesson.preset:  # its run has the settings of the lesson
        kept = msgspec.structs.replace(kept, values={})
    application, window = make_window(engine, kept.preset, theme or kept.theme)
    from sslviz.window.shell.window_state import WindowState

    window.resize(DEFAULT_SIZE.boundedTo(application.primaryScreen().availableSize() - FRAME))
    window_state = WindowState(window, file, kept)
    window_state.restore()
    show_window(window)
    window_state.say_notice()
    if folder is not None:
        window.open_run(folder)
    if lesson is not None:
        window.lesson.begin(lesson)
    elif data is not None:
        window.own_data.use(data)
    elif folder is None and preset is None:
        QTimer.singleShot(0, window, lambda: welcome(window, is_first_start=file.is_new))

    interruption = Interruption(window.saving)
    code = application.exec()
    window.shut_down()
    window_state.finish()
    return interruption.exit_code(code)


def welcome(window: MainWindow, *, is_first_start: bool) -> None:
    """Show the start view at the first start; offer a lesson, after the start view, unless it was offered before."""
    from sslviz.window.shell.menus import show_start_view

    if is_first_start:
        show_start_view(window).finished.connect(lambda _result: window.lesson_offer.offer())
    else:
        window.lesson_offer.offer()


def make_window(engine: EngineProcess, preset: str, theme_name: ThemeName) -> tuple[QApplication, MainWindow]:
    """Return the QApplication and a new main window, which is not shown yet; it has the panels of the user's own."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("sslviz")
    load_fonts()
    themes.theme().apply(theme_name)
    from sslviz.window.panel import REGISTRIES
    from sslviz.window.runs.session import Session
    from sslviz.window.shell.main_window import MainWindow

    load_plug_ins("window", REGISTRIES)
    return application, MainWindow(Session(engine, preset))


def show_window(window: MainWindow) -> None:
    """Show the window at once, with empty docks; the docks are filled while the event loop runs."""
    window.errors.install()
    window.show()
    _furnish(window.furnish(), GarbageCollector(window))


def _furnish(parts: Iterator[None], collector: GarbageCollector) -> None:
    """Advance ``parts`` by one item per iteration of the event loop; each item means that one dock was filled.

    Filling a dock is slow, since it imports a panel; between two docks the window handles its events. When all docks
    are filled, start the garbage collector.
    """

    def fill_next() -> None:
        if next(parts, collector) is collector:
            collector.start()
        else:
            QTimer.singleShot(0, fill_next)

    QTimer.singleShot(20, fill_next)


class GarbageCollector(QObject):
    """Switches Python's automatic garbage collection off, and collects by a timer in the GUI thread instead.

    Automatic collection can happen in any thread, and freeing Qt objects outside the GUI thread crashes the process.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._count = 0
        gc.disable()

    def _collect(self) -> None:
        self._count += 1
        gc.collect(2 if self._count % FULL_EVERY == 0 else 1)

    def start(self) -> None:
        """Exempt all present objects from collection (``gc.freeze``), and start the timer of the collections."""
        gc.freeze()
        self._timer.start()
