"""The panel with the diagnosis of a run in words: whether the run learns, why, and which settings to change."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from sslviz.core.messages import Diagnosis
from sslviz.core.settings import Value, Values
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.stylesheet import set_style_property
from sslviz.window.style.verdict_tone import tone

MAX_NAMED = 2
"""Maximum number of settings whose names are on the button; for more settings it shows their number."""


@panels.register
class DiagnosisPanel(Panel):
    """Shows whether a run learns, the evidence for this, and advice.

    While the run trains or is paused, a button applies the settings that are advised.
    """

    name: ClassVar[str] = "diagnosis"
    title: ClassVar[str] = "Diagnosis"
    help: ClassVar[str] = (
        "What loss and figures say together, judged against chance, the raw inputs and the untrained network: "
        "learning, at chance, collapsed, a shortcut, or a temperature or learning rate that does not fit."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Diagnosis,)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "collapse")
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self._verdict, self._text, self._advice = label(), label(), label()
        self._verdict.setObjectName("verdict")
        self._evidence = label(role="small", numbers=True)
        self.button = QPushButton()
        self.button.clicked.connect(self._take)
        self.button.hide()
        self._build()

    def _build(self) -> None:
        inner = QWidget()
        inner.setObjectName("formBody")
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 2, 12, 8)
        column.setSpacing(6)
        top = nested(column, QHBoxLayout())
        top.addWidget(self._verdict, 1)
        top.addWidget(self.button)  # at the top, so that the button is visible even if the panel has little height
        for line in (self._text, self._advice, self._evidence):
            line.setWordWrap(True)
            line.setMinimumWidth(1)
            column.addWidget(line)
        column.addStretch()
        area = self._area = QScrollArea()
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
        if run.recorded:
            return "Nothing was recorded that a verdict could be drawn from: log the loss, and h or z of fixed samples."
        return "A verdict on the run appears here once it has trained a little."

    def refresh(self, run: RunModel) -> None:
        diagnosis = run.diagnosis
        labels = (self._verdict, self._text, self._advice, self._evidence)
        for line, text in zip(labels, texts_of(diagnosis) if diagnosis else [""] * 4, strict=True):
            show_text(line, text)
        self._offer(diagnosis.changes if diagnosis is not None and run.state in ("training", "paused") else {})
        if diagnosis is not None:
            set_style_property(self._verdict, "tone", tone(diagnosis.verdict))

    def _offer(self, changes: Values) -> None:
        words = ", ".join(f"{key.replace('_', ' ')} {spelled(value)}" for key, value in changes.items())
        self.button.setVisible(bool(changes))
        self.button.setText(f"Set {words if len(changes) <= MAX_NAMED else f'{len(changes)} settings'}")
        self.button.setToolTip(f"{words}: it acts on the next step, and can be undone (Ctrl+Z)")

    def _take(self) -> None:
        self._area.setFocus()  # the button will be hidden, and its focus would go to another widget
        if self.run.diagnosis is not None:
            self.advice_followed.emit(dict(self.run.diagnosis.changes))

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


def spelled(value: Value) -> str:
    """Return the value of a setting as a short text: "on" or "off" for a boolean, a float with at most 6 digits."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(DiagnosisPanel))
