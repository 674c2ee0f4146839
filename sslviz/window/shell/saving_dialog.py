"""The dialog that a closing window shows until its runs are saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label

REFRESH_MS = 50
"""Interval between two updates of the dialog, in milliseconds."""
STOPPING = "Ending the present step"
"""Text of a run whose engine has not begun to save yet."""


class SavingDialog(QDialog):
    """Shows the progress of saving ``runs``, and emits a signal when all runs are saved and their engines have ended.

    If runs have failed, the dialog says what is saved of them, and stays open until the user closes it, unless
    :meth:`leave_unattended` was called. The user can also close the window without saving. Before the dialog is made,
    the engines must have been asked to end.
    """

    finished_saving = Signal()
    """All runs have ended, and the user has read which ones have failed, unless nobody is there to read it."""
    given_up = Signal()
    """The user closes the window without saving."""

    def __init__(self, parent: QWidget, runs: Sequence[LiveRun]) -> None:
        super().__init__(parent)
        self.setWindowTitle("sslviz")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._rows = [_Row(run) for run in runs]
        self._attended = True
        self.failures: tuple[str, ...] = ()
        """For each run that has failed, once all have ended: what happened, and what is saved of it."""
        self._title = label("Stopping and saving …")
        self._failed = label()
        self._failed.setWordWrap(True)
        self._failed.hide()
        self._give_up = QPushButton("Close without saving")
        self._give_up.setAutoDefault(False)
        self._give_up.setToolTip("End the runs at once; what is not in their folders yet is lost")
        self._give_up.clicked.connect(self.given_up)
        self._close = QPushButton("Close")
        self._close.clicked.connect(self.finished_saving)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        for number, row in enumerate(self._rows):
            for column, widget in enumerate((row.title, row.bar, row.text)):
                grid.addWidget(widget, number, column)
        buttons = QDialogButtonBox()
        buttons.addButton(self._give_up, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.addButton(self._close, QDialogButtonBox.ButtonRole.AcceptRole)
        self._close.hide()  # only now: the box shows what is added
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self._title)
        layout.addLayout(grid)
        layout.addWidget(self._failed)
        layout.addWidget(buttons)

    def refresh(self) -> None:
        """Show the present progress of all runs.

        When all runs have ended, show which have failed. If none has, or after :meth:`leave_unattended`, emit
        :attr:`finished_saving` instead.
        """
        for row in self._rows:
            row.refresh()
        if not all(row.ended for row in self._rows):
            return
        self._timer.stop()
        failed = [row.model for row in self._rows if row.model.state == "failed"]
        self.failures = tuple(f"{each.title}: {each.state_text} {_outcome(each).on_disk}" for each in failed)
        if failed and self._attended:
            self._show_failures(failed)
        else:
            QTimer.singleShot(0, self.finished_saving.emit)

    def leave_unattended(self) -> None:
        """Emit :attr:`finished_saving` as soon as all runs have ended, without waiting for the user to read failures.

        This is for a program that was told to end by a signal.
        """
        self._attended = False
        if not self._timer.isActive():
            self.refresh()

    def stop(self) -> None:
        """Stop updating the dialog, and hide it."""
        self._timer.stop()
        self.hide()

    def reject(self) -> None:
        """Do nothing while runs are being saved; Qt calls this for the Escape key and the frame's close button.

        If the dialog shows that runs have failed, emit :attr:`finished_saving`, so that the window closes.
        """
        if not self._close.isHidden():
            self.finished_saving.emit()

    def _show_failures(self, failed: Sequence[RunModel]) -> None:
        words = dict.fromkeys(_outcome(model).word for model in failed)
        titles = {word: ", ".join(each.title for each in failed if _outcome(each).word == word) for word in words}
        self._title.setText("; ".join(f"{word}: {names}" for word, names in titles.items()))
        self._failed.setText("\n".join(self.failures))
        self._failed.show()
        self._give_up.hide()
        self._close.show()
        self._close.setFocus()
        self.adjustSize()  # which takes the height that the wrapped text has in the width of the size hint
        self.resize(self.width(), self.heightForWidth(self.width()))


class _Outcome(NamedTuple):
    """What is on disk of a run that has ended: in a word or two, and in a sentence."""

    word: str
    on_disk: str


def _outcome(model: RunModel) -> _Outcome:
    if model.saved:
        word = "Failed, but saved" if model.state == "failed" else "Saved"
        return _Outcome(word, f"It is saved as it was after step {model.step:,}.")
    if model.saved is False:
        return _Outcome("Not saved", "Its weights are not saved.")
    if not model.step:
        return _Outcome("Nothing to save", "No step was done, so there is nothing to save.")
    return _Outcome("Perhaps not saved", "To see whether it is saved, open its folder (File, Open run).")


class _Row:
    """The row of the dialog for one run, with the run's title, a progress bar and a text.

    The attribute ``ended`` says whether the run and its training thread have ended.
    """

    def __init__(self, run: LiveRun) -> None:
        self.model = run.model
        self._run = run
        self.ended = False
        self.title, self.bar, self.text = label(run.model.title), QProgressBar(), label(role="dim")
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(200)
        self.text.setMinimumWidth(_width(self.text, STOPPING))

    def refresh(self) -> None:
        model, progress = self.model, self.model.progress
        self.ended = model.ended and self._run.training_thread.isFinished()
        fraction = 1.0 if model.ended else progress.fraction if progress is not None else None
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(0 if fraction is None else round(1000 * fraction))
        waiting = progress.text if progress is not None else STOPPING
        self.text.setText(_outcome(model).word if model.ended else waiting)


def _width(text: QLabel, longest: str) -> int:
    return text.fontMetrics().horizontalAdvance(longest)
