"""Monochrome icons, drawn from SVG files: those of the window, and those of the dialogs that Qt makes."""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from sslviz.core.resources import resources

ICON_PX = 16
"""Usual width and height of an icon in pixels."""


DIALOG_ICONS = "theme"
"""Folder in ``resources/icons`` with the icons of dialogs, an icon theme with the names of freedesktop.org.

Their grey can be told from the ground of both themes."""


def use_own_dialog_icons() -> None:
    """Let file dialogs and message boxes show the icons of :data:`DIALOG_ICONS` instead of Qt's."""
    QIcon.setThemeSearchPaths([str(resources() / "icons")])
    QIcon.setThemeName(DIALOG_ICONS)


@functools.cache
def icon(name: str, colour: str, size: int = ICON_PX) -> QIcon:
    """Return the icon ``resources/icons/{name}.svg`` in a colour, ``size`` pixels wide and high.

    It is rendered for device pixel ratios of 1 and 2, once, and then shared; add pixmaps to a copy.
    """
    source = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("#000", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    result = QIcon()
    for scale in (1, 2):
        pixmap = QPixmap(QSize(size, size) * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        result.addPixmap(pixmap)
    return result
