"""Qt in a process that draws without a screen and has no window."""

from __future__ import annotations

import gc
import os
import sys

from PySide6.QtWidgets import QApplication

from sslviz.window.style.palette import ThemeName
from sslviz.window.style.theme import load_fonts, theme


def offscreen_application(theme_name: ThemeName) -> QApplication:
    """Return an application in this theme; the caller keeps it as long as anything is drawn.

    It is for a process of its own, since garbage in cycles is not collected any more.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    gc.disable()  # Qt objects freed during a connection can deadlock the process; its end frees them all
    application = QApplication(sys.argv[:1])
    load_fonts()
    theme().apply(theme_name)
    return application
