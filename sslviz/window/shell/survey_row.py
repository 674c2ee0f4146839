"""A row that shows the look at data of the user's own: how far it is, the first pictures, and Cancel."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy

from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.survey_requests import LOOKING
from sslviz.window.shell.picture_row import PictureRow
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized

SIDE = 40
"""Side of the pictures in pixels."""
TEXT_WIDTH = 260
"""Least width of the text in pixels."""
PATIENCE_S = 0.3
"""Time after which the row is shown, in seconds: most folders are looked at sooner, and the row would only flicker."""


class SurveyRow(QFrame):
    """Shows that the data of a run are being looked at."""

    wanted = Signal(bool)
    """bool: whether there is something to show."""
    cancelled = Signal(object)
    """LiveRun: the user does not want its data to be looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._run: LiveRun | None = None
        self._since = 0.0
        self._is_cancelled = False
        self.text = label(numbers=True, elided=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        sized(self.text.setMinimumWidth, TEXT_WIDTH)
        self.pictures = PictureRow(SIDE)
        self.cancel = QPushButton("Cancel")
        self.cancel.setAccessibleName("Cancel the look at the data")
        self.cancel.setToolTip("Look no further, and go back to what was chosen before")
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 4)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        row.addWidget(self.pictures)
        row.addWidget(self.cancel)

    def show_run(self, run: LiveRun) -> None:
        """Show the look at the data of ``run``, if it goes on."""
        if not run.surveys.pending or run.model.ended:
            self._run, self._is_cancelled = None, False
            self.pictures.show_pictures(None)
            self.wanted.emit(False)
            return
        if self._is_cancelled:
            return
        if run is not self._run:
            self._run, self._since = run, time.monotonic()
        progress = run.model.progress
        self.text.setText(progress.text if progress is not None else LOOKING)
        self.pictures.show_pictures(run.surveys.pictures)
        if time.monotonic() - self._since >= PATIENCE_S:
            self.wanted.emit(True)

    def _cancel(self) -> None:
        if self._run is not None:
            self._is_cancelled = True
            self.wanted.emit(False)
            self.cancelled.emit(self._run)
