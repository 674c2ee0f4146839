"""Before the window closes: asks the user, saves the runs, and shows the progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QDialog, QWidget

from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_list import RunList
from sslviz.window.shell.confirm import confirm_stop
from sslviz.window.shell.saving_dialog import SavingDialog


class SaveAndClose:
    """Stops and saves all runs of a window, shows the progress of saving, and closes the window afterwards.

    ``may_stop_others`` asks the user whether what is trained besides the runs may be stopped, and returns the answer.
    """

    def __init__(self, window: QWidget, runs: RunList, may_stop_others: Callable[[], bool]) -> None:
        self._window, self._runs, self._may_stop_others = window, runs, may_stop_others
        self._done = False
        self.dialog: SavingDialog | None = None
        """The progress of saving; None until saving begins."""

    def may_close(self) -> bool:
        """Return whether the window may close now.

        Runs that are training, paused or about to start are only stopped if the user agrees. If runs must be saved
        first, this begins to save them and returns False; when they are saved, the window is closed.
        """
        running = [run for run in self._runs if run.running]
        asks = not self._done and self.dialog is None
        agrees = not (asks and running) or confirm_stop(self._window, running, "close")
        agrees = agrees and (not asks or self._may_stop_others())
        if self._done:  # perhaps during the question, by a signal
            return True
        if not agrees:
            return False
        if self._runs.unsaved:
            self.start()
        return not self._runs.unsaved

    def start(self, *, attended: bool = True) -> None:
        """Stop and save all runs without asking, and close the window afterwards.

        If a run fails meanwhile, the window stays open until the user has read it. If ``attended`` is False, nobody is
        there to read: the window does not wait, and open dialogs such as questions are cancelled.
        """
        if not attended:
            self._cancel_questions()
        if self.dialog is None and (unsaved := self._runs.unsaved):
            self.dialog = self._save(unsaved)
        if self.dialog is None:
            self._close()
        elif not attended:
            self.dialog.leave_unattended()

    def give_up(self) -> None:
        """End the engine processes of all runs immediately, without saving the runs, and close the window."""
        self._runs.kill()
        self._close()

    def finish(self) -> None:
        """Hide the progress; from now on, nothing keeps the window from closing."""
        self._done = True
        if self.dialog is not None:
            self.dialog.stop()

    def _cancel_questions(self) -> None:
        for dialog in self._window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()

    def _save(self, unsaved: Sequence[LiveRun]) -> SavingDialog:
        for run in unsaved:
            run.hang_up()
        dialog = SavingDialog(self._window, unsaved)
        dialog.finished_saving.connect(self._close)
        dialog.given_up.connect(self.give_up)
        dialog.open()
        return dialog

    def _close(self) -> None:
        self._done = True
        self._window.close()  # visible until then: Qt ends the program only when a visible window is closed
