"""Run folders and data of the user's own that are dropped onto the window, and what the window says of them before."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from sslviz.core.catalogue import data_named
from sslviz.core.entries import Catalogue
from sslviz.core.plain_text import plain_text
from sslviz.core.run_folder import RunFolderError, check_shown
from sslviz.core.settings import SettingError
from sslviz.core.sweep.folder import holds_sweep
from sslviz.window.style.dropped_paths import accept_copy, dropped_paths
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import px
from sslviz.window.style.stylesheet import set_style_property
from sslviz.window.style.theme import theme

ONE = "Drop one folder or one file: these are {}."
PICTURE = "{} is a single picture. Drop the folder that it is in."
NOTHING_KNOWN = "{} is neither a run folder nor data that sslviz reads."
NOT_THERE = "{} is not there."
VEIL = 0.75
"""Opacity of the overlay above the panels."""


class Offer(NamedTuple):
    """What a drop would do. If there is neither a run nor data, the drop is refused, and ``text`` says why.

    Attributes:
        text: a sentence for the user.
        runs: folders of runs and sweeps that would be opened.
        data: path of the data that would be learned from.
    """

    text: str
    runs: tuple[Path, ...] = ()
    data: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether nothing can be done with what is dragged."""
        return not (self.runs or self.data)


def offer_of(paths: list[Path], catalogue: Catalogue | None) -> Offer:
    """Return what a drop of ``paths``, of which there is one at least, would do.

    Only names are looked at. If the catalogue is not known yet, all folders may be data.
    """
    runs = [_run_of(path) for path in paths]
    if all(runs):
        folders = tuple(dict.fromkeys(folder for folder in runs if folder is not None))
        named = f"the recorded run {_name(folders[0])}" if len(folders) == 1 else f"{len(folders)} runs"
        return Offer(f"Open {named}", runs=folders)
    if len(paths) > 1:
        return Offer(ONE.format(len(paths)))
    (path,) = paths
    if not os.path.lexists(path):
        return Offer(NOT_THERE.format(_name(path)))
    if catalogue is None or _is_data(path, catalogue):
        return Offer(f"Learn from {_name(path)}", data=str(path))
    is_picture = (mimetypes.guess_type(path.name)[0] or "").startswith("image/")
    return Offer((PICTURE if is_picture else NOTHING_KNOWN).format(_name(path)))


def _run_of(path: Path) -> Path | None:
    """Return the folder of the run or the sweep at ``path``, which may be a file in it; None if there is none."""
    folder = path.parent if os.path.isfile(path) else path  # unlike Path.is_file, it does not raise
    if holds_sweep(folder):
        return folder
    try:
        check_shown(folder)
    except RunFolderError:
        return None
    return folder


def _is_data(path: Path, catalogue: Catalogue) -> bool:
    try:
        return bool(data_named(catalogue, str(path)))
    except (SettingError, OSError):
        return False


def _name(path: Path) -> str:
    return plain_text(path.name or path)


class DropTarget(QObject):
    """Takes drops anywhere on a window, and shows in front of it what a drop would do.

    Args:
        window: the window or dialog.
        offer: returns what a drop of some paths would do.
        take: called with the offer of a drop, also if it is refused.
    """

    taken = Signal()
    """What was dropped is used now."""

    def __init__(self, window: QWidget, offer: Callable[[list[Path]], Offer], take: Callable[[Offer], None]) -> None:
        super().__init__(window)
        self._offer, self._take = offer, take
        self.overlay = _Overlay(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragLeave:
            self.overlay.hide()
            return False
        if not isinstance(event, QDropEvent):  # a drag that enters or moves is one too
            return False
        paths = dropped_paths(event.mimeData())
        if not paths:
            return True
        accept_copy(event)  # also of what is refused: otherwise Qt would not tell when the drag leaves
        if event.type() == QEvent.Type.DragEnter:
            self.overlay.show_offer(self._offer(paths))
        elif event.type() == QEvent.Type.Drop:
            self.overlay.hide()
            offer = self._offer(paths)
            # a dialog that closed now would crash Qt, which has yet to tell the other program about its window
            QTimer.singleShot(0, self, lambda: self._drop(offer))
        return True

    def _drop(self, offer: Offer) -> None:
        if not offer.is_refused:
            self.taken.emit()
        self._take(offer)


class _Overlay(QFrame):
    """A veil with an outline in front of a window, and in its middle a sentence that says what a drop would do."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("dropOverlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = label()
        self.text.setObjectName("dropText")
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.addWidget(self.text, 0, Qt.AlignmentFlag.AlignCenter)
        self._offer = Offer("")
        self.hide()

    def show_offer(self, offer: Offer) -> None:
        """Cover the window and say what a drop would do."""
        self._offer = offer
        self.text.setText(offer.text)
        set_style_property(self.text, "refused", "yes" if offer.is_refused else "no")
        self.setGeometry(self._window.rect())
        most = round(self.width() * 0.6)
        self.text.setFixedWidth(min(most, self.text.fontMetrics().horizontalAdvance(offer.text) + px(64)))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette, painter = theme().palette, QPainter(self)
        veil = QColor(palette.ground)
        veil.setAlphaF(VEIL)
        painter.fillRect(self.rect(), veil)
        pen = QPen(QColor(palette.warning if self._offer.is_refused else palette.accent), px(2))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = px(10)
        painter.drawRoundedRect(self.rect().adjusted(inset, inset, -inset, -inset), px(10), px(10))
