"""The menu of the newest runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu

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
