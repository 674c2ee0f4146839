"""A picture of one map, drawn as a film draws it, as a PNG."""

from __future__ import annotations

from sslviz.window.film.offscreen import offscreen_application
from sslviz.window.film.scene import FilmOptions, FilmScene
from sslviz.window.film.storyboard import Storyboard
from sslviz.window.plotting.images import to_png
from sslviz.window.plotting.rendering import drawn_for_export
from sslviz.window.style.palette import ThemeName

OPTIONS = FilmOptions(width=1600, height=1200)


def still(storyboard: Storyboard, theme_name: ThemeName) -> bytes:
    """Return the last map of a storyboard as the content of a PNG file; needs no screen, and a process of its own."""
    application = offscreen_application(theme_name)  # noqa: F841 - Qt needs it as long as anything is drawn
    scene = FilmScene(storyboard, OPTIONS)
    scene.timeline.setFixedHeight(0)  # there is no time in a picture
    with drawn_for_export(scene, scene.ratio):
        return to_png(scene.frame(scene.count - 1))
