"""Follows a run through the steps of a guide."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from sslviz.core.guides import Facts, Guide, GuideStep
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.session import Session

LEAST_MS = 2_000
"""Time for which a step is shown at least, so that its text can be read, in milliseconds."""
LOOK_MS = 300
"""Interval at which the condition of the step is looked at after that, in milliseconds."""


class GuideProgress(QObject):
    """Goes from step to step of ``guide`` whenever the condition of the present step holds for the current run.

    Nothing goes on while another run is in view. ``panels`` returns the names of the panels that can be seen.
    """

    changed = Signal()
    """Another step has begun, or the last one is done."""
    broken_off = Signal(str)
    """str: why the guide cannot go on, a sentence; nothing is looked at any more."""

    def __init__(
        self, session: Session, guide: Guide, panels: Callable[[], frozenset[str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.guide = guide
        self.index = 0
        """Index of the present step; the number of steps once all are done."""
        self._session, self._run, self._panels = session, session.current, panels
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._timer.start(LEAST_MS)

    @property
    def step(self) -> GuideStep | None:
        """The present step; None once all are done."""
        return self.guide.steps[self.index] if self.index < len(self.guide.steps) else None

    @property
    def in_view(self) -> bool:
        """Whether the run of the guide is the current one."""
        return self._session.current is self._run

    def go_on(self) -> None:
        """Go on with the next step, whether or not the condition of the present one holds."""
        self.index += 1
        self.changed.emit()
        if self.step is not None:
            self._timer.start(LEAST_MS)
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Look at the run no more."""
        self._timer.stop()

    def _look(self) -> None:
        reason = self._why_over()
        if reason:
            self.broken_off.emit(f"The guide has ended, because its run {reason}. Help begins it again.")
        elif self._holds():
            self.go_on()
        else:
            self._timer.start(LOOK_MS)

    def _holds(self) -> bool:
        """Return whether the condition of the present step holds."""
        return self.step is not None and self.in_view and self.step.until.holds(self._facts())

    def _why_over(self) -> str:
        run = self._run
        if run not in self._session.runs:
            return "was closed or reset"
        config = run.config.snapshot()
        if config.preset.name != self.guide.preset or not config.keeps_preset:
            return "has another preset now"
        return "has ended" if run.model.ended and not self._holds() else ""

    def _facts(self) -> Facts:
        return facts_of(self._run.model)._replace(panels=self._panels())


def facts_of(run: RunModel) -> Facts:
    """Return what conditions are about, but the panels that can be seen."""
    curves = {**run.curves, **run.health_curves}
    return Facts(
        state=run.state,
        step=run.step,
        verdict=run.verdict,
        figures={name: float(curve.smoothed[-1]) for name, curve in curves.items() if len(curve)},
        references={(line.curve, line.role): line.value for line in run.references},
        settings=run.values,
        pinned=run.pinned is not None,
        selected=len(run.selection.indices),
    )
