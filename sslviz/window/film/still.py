"""A picture of one map, drawn as a film draws it, as a PNG."""

from __future__ import annotations

import gc
import os
import sys

from PySide6.QtWidgets import QApplication

from sslviz.window.film.scene import FilmOptions, FilmScene
from sslviz.window.film.storyboard import Storyboard
from sslviz.window.plotting.images import to_png
from sslviz.window.plotting.rendering import drawn_for_export
from sslviz.window.style.palette import ThemeName
from sslviz.window.style.theme import load_fonts, theme

OPTIONS = FilmOptions(width=1600, height=1200)


def still(storyboard: Storyboard, theme_name: ThemeName) -> bytes:
    """Return the last map of a storyboard as the content of a PNG file; needs no screen, and a process of its own."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    gc.disable()  # as in a film's process
    application = QApplication(sys.argv[:1])  # noqa: F841 - Qt needs it as long as anything is drawn
    load_fonts()
    theme().apply(theme_name)
    scene = FilmScene(storyboard, OPTIONS)
    scene.timeline.setFixedHeight(0)  # there is no time in a picture
    with drawn_for_export(scene, scene.ratio):
        return to_png(scene.frame(scene.count - 1))
