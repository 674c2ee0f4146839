"""The panel with the diagnosis of a run in words: whether the run learns, why, and which settings to change."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from sslviz.core.messages import Diagnosis
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_status import TOO_SHORT, WITHHELD
from sslviz.window.style.labels import label
from sslviz.window.style.stylesheet import set_style_property
from sslviz.window.style.verdict_tone import tone

NOTHING = "Nothing was recorded that a verdict could be drawn from: log the loss, and h or z of fixed samples."
UNSAVED = f"There is no verdict on this run: {TOO_SHORT}"


@panels.register
class DiagnosisPanel(Panel):
    """Shows whether a run learns, the evidence for this, and advice."""

    name: ClassVar[str] = "diagnosis"
    title: ClassVar[str] = "Diagnosis"
    help: ClassVar[str] = (
        "What loss and figures say together, judged against chance, the raw inputs and the untrained network: "
        "learning, at chance, collapsed, a shortcut, views without anything in common, or a temperature or learning "
        "rate that does not fit."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Diagnosis,)
    of_training: ClassVar[bool] = True
    stories: ClassVar[tuple[str, ...]] = ("shapes", "collapse")
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self._verdict, self._text, self._advice = label(), label(), label()
        self._verdict.setObjectName("verdict")
        self._evidence = label(role="small", numbers=True)
        self._build()

    def _build(self) -> None:
        inner = QWidget()
        inner.setObjectName("formBody")
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 2, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._verdict)
        for line in (self._text, self._advice, self._evidence):
            line.setWordWrap(True)
            line.setMinimumWidth(1)
            column.addWidget(line)
        column.addStretch()
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName("Diagnosis of the run")
        area.setToolTip(self.help)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def empty_text(self, run: RunModel) -> str:
        if run.diagnosis is not None:
            return ""
        if not run.judged:
            return "Verdicts are switched off. View → Verdicts on runs switches them on again."
        if run.verdict_withheld:
            return WITHHELD
        if run.recorded:
            return NOTHING if run.by_script else UNSAVED
        return "A verdict on the run appears here once it has trained a little."

    def refresh(self, run: RunModel) -> None:
        diagnosis = run.diagnosis
        labels = (self._verdict, self._text, self._advice, self._evidence)
        for line, text in zip(labels, texts_of(diagnosis) if diagnosis else [""] * 4, strict=True):
            show_text(line, text)
        if diagnosis is not None:
            set_style_property(self._verdict, "tone", tone(diagnosis.verdict))

    def table(self) -> Table | None:
        """Return one row for each line of text in the panel, with the training step at which the diagnosis was made."""
        diagnosis = self.run.diagnosis
        if diagnosis is None:
            return None
        lines = [line for text in texts_of(diagnosis) for line in text.splitlines() if line]
        return {"step": [diagnosis.step] * len(lines), "diagnosis": lines}


def texts_of(diagnosis: Diagnosis) -> list[str]:
    """Return four texts about a diagnosis: its title, its explanation, its advice, and its evidence.

    The last line of the evidence says at which training step the diagnosis was made. Explanation and advice may be
    empty.
    """
    evidence = "\n".join((*diagnosis.evidence, f"at step {diagnosis.step:,}"))
    return [diagnosis.title, diagnosis.text, diagnosis.advice, evidence]


def show_text(line: QLabel, text: str) -> None:
    """Show a text in the label ``line``; hide the label if the text is empty."""
    line.setText(text)
    line.setVisible(bool(text))


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(DiagnosisPanel))
