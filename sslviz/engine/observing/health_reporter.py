"""Writes health figures and reference lines to the run folder, and sends them and the diagnosis to the window."""

from __future__ import annotations

import math

import msgspec

from sslviz.core.messages import TROUBLE, Notice, References, Verdict
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Values
from sslviz.engine.observing.diagnosis import Diagnoser
from sslviz.engine.observing.diagnosis_case import Reading
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.health import Figures
from sslviz.engine.observing.verdict_texts import diagnosis
from sslviz.engine.training.run_log import Listener, RunLog
from sslviz.engine.training.setup import Setup


class HealthReporter:
    """Reports the health figures of a run, the reference lines to compare them with, and the diagnosis.

    To report means to send to ``listener``, usually the connection to the window, and to write to the run folder; the
    diagnosis is only sent. A confirmed verdict in :data:`~sslviz.core.messages.TROUBLE` is also written as a warning,
    once until the settings change. The warning is sent too unless ``watched`` is True: a window shows the diagnosis.
    """

    def __init__(
        self, setup: Setup, evaluation: Evaluation, run_log: RunLog, listener: Listener, *, watched: bool
    ) -> None:
        self._trainer, self._evaluation, self._run_log, self._listener = setup.trainer, evaluation, run_log, listener
        self._watched = watched
        self._diagnoser = Diagnoser(setup.values, setup.settings)
        self._health_lines: tuple[ReferenceLine, ...] = ()
        self._pretrained_lines: tuple[ReferenceLine, ...] = ()
        self._warned: set[Verdict | None] = set()

    def report(self, step: int, figures: Figures) -> None:
        """Write ``figures``, the health figures of ``step``, to the run folder, and send them to the listener."""
        self._run_log.event("health", step=step, **figures)
        self._listener.send(Health(step=step, figures=figures))

    def report_and_diagnose(self, step: int, figures: Figures) -> None:
        """Report the health figures of the network in training, and send the diagnosis that they lead to."""
        self.report(step, figures)
        verdict = self._diagnose(figures)
        message = diagnosis(verdict, self._diagnoser.case)
        self._listener.send(message)
        if verdict in TROUBLE and verdict not in self._warned:
            self._warned.add(verdict)
            self._warn(f"{message.title}. {message.text} {message.advice}")

    def report_lines(self, health_lines: tuple[ReferenceLine, ...] | None = None) -> None:
        """Report all reference lines.

        ``health_lines`` replaces the reference lines of the health figures; None keeps the present ones.
        """
        if health_lines is not None:
            self._health_lines = health_lines
        lines = self._lines()
        self._run_log.event("references", lines=msgspec.to_builtins(lines))
        self._listener.send(References(lines=lines))

    def report_pretrained(self, lines: tuple[ReferenceLine, ...]) -> None:
        """Report all reference lines, with ``lines`` of a pretrained network among them."""
        self._pretrained_lines = lines
        self.report_lines()

    def settings_changed(self, values: Values, changes: tuple[SettingChange, ...]) -> None:
        """Report the reference lines again, since some depend on the settings, and tell the diagnosis of the change.

        ``values`` are the new values of all settings; ``changes`` are those that have changed. The verdict is discarded
        unless it is "learning", and whether the loss is falling is no longer judged by losses from before the change.
        """
        self._diagnoser.configure(values, self._trainer.step_number + 1, changes)
        self._warned.clear()
        self.report_lines()
        case = self._diagnoser.case
        if case.readings and self._diagnoser.verdict is None:
            self._listener.send(diagnosis(None, case))

    @property
    def measured_step(self) -> int | None:
        """The step of the newest reading; None if there is none."""
        readings = self._diagnoser.case.readings
        return readings[-1].step if readings else None

    def conclude(self) -> None:
        """Send the last diagnosis of a run that has ended: that of its newest reading, confirmed or not."""
        verdict = self._diagnoser.end()
        if self._diagnoser.case.readings:
            self._listener.send(diagnosis(verdict, self._diagnoser.case))

    def final_verdict(self) -> Verdict | None:
        """Return the verdict, such as "learning", on the network as it is after the last step.

        If no rule gives a verdict on it, return the last confirmed verdict, that is, the last one given by two
        measurements in a row. Return None if there is none either.
        """
        if self._trainer.loss is not None:
            self._diagnose(self._evaluation.health.trained())
        return self._diagnoser.end()

    def _diagnose(self, figures: Figures) -> Verdict | None:
        trainer, queries = self._trainer, self._evaluation.samples.query_segments
        loss = math.nan if trainer.loss is None else trainer.loss
        reading = Reading(trainer.step_number, loss, {**trainer.figures, **figures}, queries)
        return self._diagnoser.add(reading, self._lines())

    def _lines(self) -> tuple[ReferenceLine, ...]:
        """Return the reference lines of the objective under the current settings, and those of the health figures."""
        baselines = self._evaluation.own_scores.baselines
        own = self._trainer.objective.reference_lines(self._trainer.batch_size, baselines)
        return own + self._health_lines + self._pretrained_lines

    def _warn(self, text: str) -> None:
        self._run_log.event("warning", step=self._trainer.step_number, text=text)
        if not self._watched:  # a window shows the diagnosis
            self._listener.send(Notice(level="warning", text=text))
