"""Follows the user and a run through the steps of a lesson."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sslviz.core.conditions import Facts
from sslviz.core.lessons import Answer, Lesson, LessonStep
from sslviz.core.settings import Values
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.session import Session

LEAST_MS = 2_000
"""Time for which a step is shown at least, so that its text can be read, in milliseconds."""
LOOK_MS = 300
"""Interval at which the condition of the step is looked at after that, in milliseconds."""


class LessonProgress(QObject):
    """Goes from step to step of ``lesson``; a step is done when its condition holds for the run in view.

    The lesson is about runs with its preset, whichever tab they are in, or about its recorded runs. While another run
    is in view, it waits. ``panels`` returns the names of the panels that can be seen.
    """

    changed = Signal()
    """The user sees another step, or the step is done, or a question was answered."""

    def __init__(
        self, session: Session, lesson: Lesson, panels: Callable[[], frozenset[str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.lesson = lesson
        self.index = 0
        """Index of the present step; the number of steps once all are behind the user."""
        self.done = False
        """Whether the present step is done."""
        self.answer: Answer | None = None
        """The answer that was given to the question of the present step."""
        self._session, self._panels = session, panels
        self._furthest = 0
        self._answered = False
        self._seen: set[Path] = set()
        self._first: Facts | None = None
        """The facts when the present step was looked at first."""
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._timer.start(LEAST_MS)

    @property
    def step(self) -> LessonStep | None:
        """The present step; None once all are behind the user."""
        return self.lesson.steps[self.index] if self.index < len(self.lesson.steps) else None

    # ------------------------------------------------------------------ the runs that it is about

    @property
    def preset(self) -> str:
        """The name of the preset that the present step is about; empty if it is about recorded runs."""
        return self._begun[0]

    @property
    def opens(self) -> bool:
        """Whether the present step is the first one about its preset."""
        return self.step is not None and bool(self.step.preset)

    @property
    def _begun(self) -> tuple[str, Values]:
        """The preset that the present step is about, and the values that its run has instead of the preset's."""
        for step in reversed(self.lesson.steps[: self.index + 1]):
            if step.preset:
                return step.preset, step.settings
        return self.lesson.preset, self.lesson.settings

    @property
    def in_view(self) -> bool:
        """Whether the run in view is one that the present step is about."""
        return self._is_about(self._session.current)

    def _is_about(self, run: LiveRun) -> bool:
        preset, settings = self._begun
        if not preset:
            return run.model.folder in self.lesson.folders
        config = run.config.snapshot()
        has_settings = all(config.values.get(key, value) == value for key, value in settings.items())
        return not run.model.recorded and config.preset.name == preset and config.keeps_preset and has_settings

    def open_run(self) -> None:
        """Bring the newest run into view that the present step is about; open one if there is none."""
        runs = [run for run in self._session.runs if self._is_about(run)]
        if runs:
            self._session.runs.choose(runs[0] if self.lesson.runs else runs[-1])
        else:
            self.open_new()

    def open_new(self) -> None:
        """Open a run with the preset of the present step, or all recorded runs, the first of which comes into view."""
        preset, settings = self._begun
        if preset:
            self._session.choose_preset(preset, settings)
            return
        for folder in self.lesson.folders:
            self._session.runs.opened(folder)
        self._session.verdicts.withhold(() if self._answered else self.lesson.folders)
        self.open_run()

    # ------------------------------------------------------------------ steps

    def go_on(self) -> None:
        """Go on with the next step, whether or not the present one is done."""
        self._go_to(self.index + 1)

    def go_back(self) -> None:
        """Go back to the step before."""
        self._go_to(self.index - 1)

    def give_answer(self, answer: Answer) -> None:
        """Take an answer to the question of the present step; the verdicts are hidden no longer."""
        self.answer, self.done = answer, self.done or answer.right
        if answer.right:
            self._answered = True
            self._session.verdicts.withhold(())
        self.changed.emit()

    def stop(self) -> None:
        """Look at the runs no more, and hide no verdicts."""
        self._timer.stop()
        self._session.verdicts.withhold(())

    def _go_to(self, index: int) -> None:
        self.index = index
        self._furthest = max(index, self._furthest)
        self.done, self.answer, self._first = False, None, None
        if self.step is not None:
            self._timer.start(LEAST_MS)
        else:
            self.stop()
        self.changed.emit()

    def _look(self) -> None:
        """Look whether the present step is done; if it is and has no more to say, go on, unless the user came back."""
        step = self.step
        if step is None or self.done:
            return
        facts = self._facts() if self.in_view else None
        if facts is None or step.until is None or not step.until.holds(facts):
            self._timer.start(LOOK_MS)
        elif not step.means and self.index == self._furthest:
            self.go_on()
        else:
            self.done = True
            self.changed.emit()

    def _facts(self) -> Facts:
        """Return the facts about the run in view, compared with what they were when the step began."""
        model = self._session.run
        if model.folder is not None:
            self._seen.add(model.folder)
        facts = facts_of(model)._replace(panels=self._panels(), runs_seen=len(self._seen))
        first = self._first if self._first is not None and facts.step >= self._first.step else facts
        self._first = first._replace(figures={**facts.figures, **first.figures})
        return facts._replace(before=self._first.figures, steps_later=facts.step - self._first.step)


def facts_of(run: RunModel) -> Facts:
    """Return what conditions are about, but the panels that can be seen and what was before."""
    curves = {**run.curves, **run.health_curves}
    return Facts(
        state=run.state,
        step=run.step,
        verdict=run.said.verdict if run.said is not None else None,
        figures={name: float(curve.smoothed[-1]) for name, curve in curves.items() if len(curve)},
        references={(line.curve, line.role): line.value for line in run.references},
        settings=run.values,
        pinned=run.pinned is not None,
        selected=len(run.selection.indices),
    )
