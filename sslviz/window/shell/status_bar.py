"""The status bar: progress, speed and device of the run, and how many pictures were skipped."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStatusBar, QWidget

from sslviz.core.memory import size_text
from sslviz.core.messages import Prepared
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_status import READING
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized

SKIPPED = "Panels draw the newest of what arrives and skip older pictures while this computer is busy. No step is lost."
READY = "Ready. Press Train; sliders act on the very next step."


class Status(QStatusBar):
    """Shows step, speed and device of the run at the left; at the right, how many pictures were skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._facts = label(numbers=True, elided=True)
        self._at_right = label(role="dim", numbers=True, elided=True)
        self._at_right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        sized(self._progress.setFixedWidth, 140)
        self._progress.hide()
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(12, 0, 12, 4)
        row.setSpacing(12)
        self._facts.setMinimumWidth(1)  # a long text is cut instead of pushing the window's facts away
        row.addWidget(self._facts, 1)
        row.addWidget(self._progress)
        row.addWidget(self._at_right)
        self.addWidget(line, 1)

    def show_run(self, run: RunModel, waiting: str, skipped: int, held: str = "") -> None:
        """Update the texts and the progress bar.

        If ``waiting`` is not empty, this text is shown at the left. Otherwise, it is the text of the run's progress or,
        if the run has none, that of :func:`facts`. ``skipped`` is the number of messages for the panels that were lost:
        replaced by newer messages, or dropped, or not valid. ``held`` says what memory paused runs hold, if much.
        """
        progress = run.progress
        self._progress.setVisible(progress is not None)
        if progress is not None:
            fraction = -1.0 if progress.fraction is None else progress.fraction
            is_known = 0.0 <= fraction <= 1.0
            self._progress.setRange(0, 1000 if is_known else 0)
            self._progress.setValue(round(1000 * fraction) if is_known else 0)
        self._facts.setText(waiting or (progress.text if progress is not None else facts(run)))
        self._at_right.setToolTip(SKIPPED if skipped else "")
        missed = f"{skipped:,} picture{'s' if skipped > 1 else ''} skipped" if skipped else ""
        self._show_at_right("  ·  ".join(filter(None, (held, missed))))

    def _show_at_right(self, text: str) -> None:
        """Show the text at the right; its room only grows, so that changing digits do not move what is beside it."""
        needed = self._at_right.fontMetrics().horizontalAdvance(text) + 1  # Qt rounds the width down
        if needed > self._at_right.width() or not self._at_right.text():
            self._at_right.setFixedWidth(needed)
        self._at_right.setText(text)


def held_by_paused(count: int, memory_bytes: int) -> str:
    """Return what memory paused runs hold, in words; empty if only one is paused, or if it is unknown."""
    return f"{count} paused runs hold {size_text(memory_bytes)}" if count > 1 and memory_bytes else ""


def facts(run: RunModel) -> str:
    """Return a line of text about a run.

    It has the step, the epoch, the speed if known, and the device. Where nothing is trained, it has the size of data
    and network instead of step, epoch and speed. For a recorded run, it has the step, the device and the folder. While
    a folder is read, it says so. Before a run is started, it says how large data and network are;
    before that is known, it is the text of the run's state or, if there is none, a hint to press Train.
    """
    if run.reading or run.read_again:
        return READING
    if run.prepared is None:
        return run.state_text or READY
    if run.untrained:
        return "  ·  ".join(["Not trained yet" if run.learns else "Not looked at yet", *untrained_facts(run.prepared)])
    if run.recorded:
        device = [f"made on {run.prepared.device}"] if run.prepared.device else []
        end = [run.state_text] if run.state_text else []
        busy = [f"computing the {run.pulse.busy} …"] if run.pulse is not None and run.pulse.busy else []
        step = [f"step {run.step:,}"] if run.learns else []
        return "  ·  ".join([*end, "Recorded run", *step, *device, *busy, run.prepared.folder])
    ending = [f"{run.state_text} Saved as {run.name}"] if run.ended and run.state_text else []
    busy_with = run.pulse.busy if run.pulse is not None and not run.out_of_reach else ""
    busy = [f"taking the {busy_with} …"] if busy_with else []
    parts = [*training_facts(run, run.prepared), run.prepared.device] if run.learns else size_facts(run.prepared)
    return "  ·  ".join([*ending, *parts, *busy])


def training_facts(run: RunModel, prepared: Prepared) -> list[str]:
    """Return texts about a training: step, epoch, the number of samples if it has grown, and the speed if known."""
    epoch = run.pulse.epoch if run.pulse is not None else run.step / max(prepared.steps_per_epoch, 1)
    parts = [f"Step {run.step:,}", f"epoch {epoch:.1f}"]
    if run.pulse is not None and run.pulse.samples > prepared.samples:
        parts.append(f"{run.pulse.samples:,} samples")
    if run.pulse is not None and run.pulse.samples_per_second > 0:
        parts.append(f"{run.pulse.samples_per_second:,.0f} samples/s")
    return parts


def untrained_facts(prepared: Prepared) -> list[str]:
    """Return texts about a run that was not started: how large data and network are, or why that is unknown."""
    if not prepared.samples:
        return [prepared.note]
    return size_facts(prepared)


def size_facts(prepared: Prepared) -> list[str]:
    """Return texts about how large data and network are, and the device."""
    return [prepared.samples_text, f"{prepared.parameters:,} parameters", prepared.device]
