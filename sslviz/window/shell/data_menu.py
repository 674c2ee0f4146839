"""The menu by which data of the user's own are opened: a folder, a file, or those that were used last."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from sslviz.core.memory import size_text
from sslviz.core.picture_cache import MOST_BYTES, pictures_folder, total_bytes
from sslviz.core.settings import FOLDER
from sslviz.window.shell.menu_entries import add_entry, keys
from sslviz.window.style.buttons import set_action_tip
from sslviz.window.style.path_dialog import ask_path

if TYPE_CHECKING:
    from sslviz.window.shell.workbench import Workbench

RECENT_PARTS = 2
"""Number of names at the end of a path by which the menu names recent data; the tooltip is the whole path."""

CLEAR = "&Clear decoded pictures ({})"
CLEAR_TIP = "Remove pictures of your own that are kept decoded, {} at most, in {}; they are decoded again when needed"


class DataMenu(QMenu):
    """Opens data of the user's own in ``window``, and shows what was found in those of the current run."""

    def __init__(self, parent: QMenu, window: Workbench) -> None:
        super().__init__("Open &data", parent)
        self._window = window
        self.setToolTipsVisible(True)
        tip = "Learn from a folder of pictures of your own"
        add_entry(self, "&Folder…", tip, partial(ask_data, window), keys("Ctrl+D"))
        tip = "Learn from pictures in an .npz or .npy file of your own"
        add_entry(self, "F&ile…", tip, partial(ask_data, window, a_file=True))
        self.addSeparator()
        add_entry(self, "&What was found", "What was found in the data of this run", window.show_found)
        tip = CLEAR_TIP.format(size_text(MOST_BYTES), pictures_folder())
        self._clear = add_entry(self, CLEAR.format("none"), tip, window.picture_clearing.clear)
        self._recent_title = self.addSeparator()
        self._recent: list[QAction] = []
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Look which of the data that were used last are still there, and how large the decoded pictures are."""
        size = total_bytes()
        self._clear.setText(CLEAR.format(size_text(size) if size else "none"))
        self._clear.setEnabled(bool(size) and not self._window.picture_clearing.busy)
        for action in self._recent:
            self.removeAction(action)
            action.deleteLater()
        self._recent = [self._recent_action(path) for path in self._window.own_data.recent]
        self._recent_title.setVisible(bool(self._recent))

    def _recent_action(self, path: str) -> QAction:
        name = os.path.join(*Path(path).parts[-RECENT_PARTS:])
        use = partial(self._window.own_data.use, path)
        action = add_entry(self, name.replace("&", "&&"), f"Learn from {path}", use)
        if not os.path.exists(path):
            set_action_tip(action, f"{path} is not there any more")
            action.setEnabled(False)
        return action


def ask_data(window: Workbench, *, a_file: bool = False) -> None:
    """Let the user choose a folder, or with ``a_file`` a file, from which the next run learns."""
    recent = next(iter(window.own_data.recent), "")
    start = str(Path(recent).parent) if recent else ""
    ask_path(window, "Open data", start, window.own_data.use, _endings(window) if a_file else ())


def _endings(window: Workbench) -> list[str]:
    """Return the endings of the names of files that data sets open."""
    catalogue = window.session.catalogue
    entries = catalogue.datasets if catalogue is not None else ()
    opened = (setting.opens for entry in entries if (setting := entry.path_setting) is not None)
    return sorted({ending for opens in opened for ending in opens} - {FOLDER}) or [""]
