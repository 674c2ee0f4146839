"""Further ways to open a run: the menu of the newest runs, and run folders that are dropped onto the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMenu, QWidget

from sslviz.window.style.buttons import set_action_tip

MOST_RECENT = 10


class RecentRuns(QMenu):
    """The newest runs in ``folder``; ``open_run`` is called with the folder of the one that the user chooses."""

    def __init__(self, parent: QMenu, folder: Path, open_run: Callable[[Path], None]) -> None:
        super().__init__("Open &recent", parent)
        self._folder, self._open_run = folder, open_run
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Look which runs there are now."""
        from sslviz.window.shell.run_entries import recent_titles

        self.clear()
        for path, title in recent_titles(self._folder, MOST_RECENT):
            action = self.addAction(title.replace("&", "&&"))
            set_action_tip(action, f"Show the run in {path}")
            action.triggered.connect(partial(self._open, path))
        if self.isEmpty():
            self.addAction("No runs yet").setEnabled(False)

    def _open(self, path: Path, _checked: bool = False) -> None:
        self._open_run(path)


class DroppedRuns(QObject):
    """Calls ``open_run`` with each folder that the user drops onto a window."""

    def __init__(self, window: QWidget, open_run: Callable[[Path], None]) -> None:
        super().__init__(window)
        self._open_run = open_run
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QDropEvent):  # a drag that enters or moves is one too
            return False
        folders = dropped_folders(event.mimeData())
        if folders:
            event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            for folder in folders:
                self._open_run(folder)
        return True


def dropped_folders(data: QMimeData) -> list[Path]:
    """Return the local folders that are dragged, each once; for a file, the folder in which it is."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return list(dict.fromkeys(path.parent if path.is_file() else path for path in paths))
