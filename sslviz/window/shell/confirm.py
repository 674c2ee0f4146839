"""Questions to the user: before a run is stopped or removed, or a file is replaced, and for the title of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox, QWidget

from sslviz.window.runs.live_run import LiveRun


def confirm_removal(parent: QWidget, run: LiveRun) -> bool:
    """Ask the user whether to remove a run from the window's list of runs; return whether the user agrees.

    If the run is training, paused or about to start, the question is whether to stop, save and then remove it.
    Otherwise, if the run has made no training step, the result is True without a question.
    """
    model = run.model
    if run.running:
        return confirm_stop(parent, [run], "close its tab")
    saved = "Its folder stays, but its curves leave this window."
    return not model.step or _confirmed(parent, f"Close the tab of {model.title}?", saved, "Close the tab")


def ask_title(parent: QWidget, title: str) -> str | None:
    """Ask the user for another title of a run that has the title ``title``; return None if the user gives none.

    An empty title has the run named by its settings.
    """
    question = "Name (empty: name it by its settings)"
    text, accepted = QInputDialog.getText(parent, "Rename the run", question, QLineEdit.EchoMode.Normal, title)
    return text if accepted else None


def confirm_stop(parent: QWidget, runs: Sequence[LiveRun], purpose: str) -> bool:
    """Ask the user whether to stop and save the runs; return whether the user agrees.

    ``purpose`` is the end of the question, for instance "close" in "Stop Digits, save it and close?".
    """
    models = [run.model for run in runs]
    what = f"{models[0].title}, save it" if len(runs) == 1 else f"{len(runs)} runs, save them"
    facts = [", ".join(f"{model.title} is at step {model.step:,}" for model in models) + "."]
    if any(model.state != "paused" for model in models):
        facts.append("Training goes on until you answer, and that is saved too.")
    return _confirmed(parent, f"Stop {what} and {purpose}?", " ".join(facts), "Stop and save")


def confirm_stop_of_sweep(parent: QWidget) -> bool:
    """Ask the user whether to stop a sweep that the window trains, and close; return whether the user agrees."""
    facts = "The present run is broken off; those that have ended stay, and the sweep can be continued from its folder."
    return _confirmed(parent, "Stop the sweep and close?", facts, "Stop and close")


def confirm_clearing(parent: QWidget, size: str) -> bool:
    """Ask the user whether to remove decoded pictures that a run uses, of this ``size``; return whether they agree."""
    facts = "A run uses some of them. It goes on, and the disk has its space again when that run has ended."
    return _confirmed(parent, f"Remove {size} of decoded pictures?", facts, "Remove")


def confirm_replacement(parent: QWidget, names: Sequence[str], folder: Path) -> bool:
    """Ask the user whether to replace files of these names in ``folder``; return whether the user agrees."""
    facts = f"{'It exists' if len(names) == 1 else 'They exist'} already in {folder}."
    return _confirmed(parent, f"Replace {' and '.join(names)}?", facts, "Replace")


def _confirmed(parent: QWidget, question: str, facts: str, answer: str) -> bool:
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("sslviz")
    box.setText(question)
    box.setInformativeText(facts)
    yes = box.addButton(answer, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(yes)
    box.exec()
    return bool(box.clickedButton() is yes)
