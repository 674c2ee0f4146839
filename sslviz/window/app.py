"""Opening the window: the engine first, since it takes longest, then Qt."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtWidgets import QApplication

from sslviz.core.presets import DEFAULT_PRESET, preset_named
from sslviz.window import theme as themes
from sslviz.window.engine_process import EngineProcess
from sslviz.window.theme import ThemeName, load_fonts

if TYPE_CHECKING:
    from sslviz.window.main_window import MainWindow

COLLECT_MS = 1_000
NO_DISPLAY = (
    "sslviz found no display to open a window on. Set DISPLAY or WAYLAND_DISPLAY, or train without a window: "
    "sslviz train shapes"
)


def has_display() -> bool:
    """Whether Qt could open a window here; without one it would abort the process."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_window(preset: str | None = None, theme: ThemeName = "system") -> int:
    """Open the window and stay until it is closed. Returns the exit code."""
    if not has_display():
        print(NO_DISPLAY, file=sys.stderr)  # noqa: T201
        return 2
    name = preset_named(preset or DEFAULT_PRESET).name
    engine = EngineProcess()
    application, window = open_window(engine, name, theme, (1440, 900))

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
    keeper = GarbageKeeper(window)

    def after_first_paint() -> None:
        window.build_form()
        keeper.start()

    QTimer.singleShot(0, after_first_paint)
    return application, window


class GarbageKeeper(QObject):
    """Collects garbage in the window's thread only: freeing Qt's objects in any other crashes the process."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(COLLECT_MS)
        self._timer.timeout.connect(lambda: gc.collect(1))
        gc.disable()

    def start(self) -> None:
        """Leave what start-up made alone, and look at the young from now on."""
        gc.freeze()
        self._timer.start()
