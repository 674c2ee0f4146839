"""The menu by which something of the run in view is written to a file."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from sslviz.window.shell.exports import CANCEL_TIP, EXPORTS, Export, Exports
from sslviz.window.style.buttons import set_action_tip

NOTHING_TO_CANCEL = "No file is being exported"


class ExportMenu(QMenu):
    """Has an entry for everything that can be exported; one that cannot be now is disabled, and its tip says why."""

    def __init__(self, parent: QMenu, exports: Exports) -> None:
        super().__init__("&Export", parent)
        self._exports = exports
        self.setToolTipsVisible(True)
        self._entries = [(export, self._entry(export)) for export in EXPORTS]
        self.addSeparator()
        self._cancel = self.addAction("&Cancel export")
        self._cancel.triggered.connect(exports.cancel)
        self.aboutToShow.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Look what can be exported now."""
        for export, action in self._entries:
            refusal = self._exports.refusal(export)
            action.setEnabled(not refusal)
            set_action_tip(action, refusal or export.tip)
        running = self._exports.process.running
        self._cancel.setEnabled(running)
        set_action_tip(self._cancel, CANCEL_TIP if running else NOTHING_TO_CANCEL)

    def _entry(self, export: Export) -> QAction:
        action = self.addAction(export.text)
        action.triggered.connect(partial(self._exports.ask, export))
        return action
