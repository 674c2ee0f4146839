"""The application and its one window."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtWidgets import QApplication

from sslviz.window import theme as themes
from sslviz.window.engine_process import EngineProcess
from sslviz.window.theme import ThemeName, load_fonts

if TYPE_CHECKING:
    from sslviz.window.main_window import MainWindow

COLLECT_MS = 1_000
FULL_EVERY = 30
"""turns; what start-up made is frozen, so that a full collection takes milliseconds"""


def stay_open(engine: EngineProcess, preset: str, theme: ThemeName) -> int:
    """Open the window and stay until it is closed. Returns the exit code."""
    application, window = open_window(engine, preset, theme, (1440, 900))

    def leave(*_: object) -> None:
        window.shut_down()
        application.quit()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    code = application.exec()
    window.shut_down()
    return code


def open_window(
    engine: EngineProcess,
    preset: str,
    theme_name: ThemeName,
    size: tuple[int, int],
    *,
    fit: bool = True,
) -> tuple[QApplication, MainWindow]:
    """Make the application and its one window, and show it, no larger than the screen where it should fit."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("sslviz")
    load_fonts()
    themes.theme().apply(theme_name)
    from sslviz.window.main_window import MainWindow
    from sslviz.window.session import Session

    window = MainWindow(Session(engine, preset))
    window.resize(QSize(*size).boundedTo(application.primaryScreen().availableSize()) if fit else QSize(*size))
    window.errors.install()
    window.show()
    _furnish(window.furnish(), GarbageKeeper(window))
    return application, window


def _furnish(pieces: Iterator[None], keeper: GarbageKeeper) -> None:
    """Piece by piece, with the person's events between: to import what is needed takes longer than the first paint."""

    def go_on() -> None:
        if next(pieces, keeper) is keeper:
            keeper.start()
        else:
            QTimer.singleShot(0, go_on)

    QTimer.singleShot(20, go_on)


class GarbageKeeper(QObject):
    """Collects garbage in the window's thread only: freeing Qt's objects in any other crashes the process."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._turn = 0
        gc.disable()

    def _collect(self) -> None:
        self._turn += 1
        gc.collect(2 if self._turn % FULL_EVERY == 0 else 1)

    def start(self) -> None:
        """Leave what start-up made alone, and look at the young from now on."""
        gc.freeze()
        self._timer.start()
