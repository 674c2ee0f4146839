"""The base class of what shows all runs of a sweep, and of which the user points at one or chooses it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.sweep.results import RunResult


class SweepPart(PaintedWidget):
    """Draws all runs of a sweep; they are counted from 0, in the order of the sweep.

    The mouse points at a run, which all parts of the view then bring forward, and a click chooses it.
    """

    pointed = Signal(object)
    """int or None: the run that the user points at."""
    chosen = Signal(int)
    """The run that the user has chosen."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._runs: tuple[RunResult, ...] = ()
        self._bold: frozenset[int] = frozenset()
        self._pointed: int | None = None
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def run_at(self, place: QPointF) -> int | None:
        """Return the run at a position of the mouse, or None if no run is there."""
        raise NotImplementedError

    def bring_forward(self, runs: frozenset[int]) -> None:
        """Draw these runs more strongly than all others; if there are none, draw all alike."""
        if runs != self._bold:
            self._bold = runs
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.run_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        run = self.run_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and run is not None:
            self.chosen.emit(run)
        else:
            super().mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def _point_at(self, run: int | None) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor if run is None else Qt.CursorShape.PointingHandCursor)
        if run != self._pointed:
            self._pointed = run
            self.pointed.emit(run)
