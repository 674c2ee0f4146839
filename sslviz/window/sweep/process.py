"""The process that trains the runs of a sweep, so that it is the same as one from the command line."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from sslviz.core.module_command import module_command

COMMAND = module_command("sslviz", "sweep")
END_WITH_INPUT = "--end-with-input"
"""The flag with which a process ends when its standard input is closed, also because this process was killed."""
STOPPED = frozenset({130, 143})
"""Exit codes of a sweep that a signal has stopped."""
PATIENCE_MS = 5_000
"""Time in milliseconds that a sweep has to end when the window closes; then its process is killed."""


class SweepProcess(QObject):
    """Runs ``sslviz sweep`` in a process of its own; what it writes to the folder of the sweep is read from there."""

    ended = Signal(str)
    """The process has ended. The text says what went wrong; it is empty if the sweep is complete or was stopped."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stopped = False
        self._process = QProcess(self)
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._not_started)

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def stopping(self) -> bool:
        """Whether the process was asked to end, and has not ended yet."""
        return self.running and self._stopped

    def start(self, folder: Path) -> None:
        """Train those runs of the sweep in ``folder`` that are not finished."""
        self._stopped = False
        program, *first = COMMAND
        self._process.start(program, [*first, "--out", str(folder), END_WITH_INPUT])

    def stop(self) -> None:
        """Have the process break the present run off and end."""
        if self.running:
            self._stopped = True
            self._process.closeWriteChannel()

    def close(self) -> None:
        """Have the process end, and wait for it."""
        self.stop()
        if self.running and not self._process.waitForFinished(PATIENCE_MS):
            self._process.kill()
            self._process.waitForFinished()

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        well = status is QProcess.ExitStatus.NormalExit and (code == 0 or code in STOPPED)
        self.ended.emit("" if well or self._stopped else self._reason(code))

    def _reason(self, code: int) -> str:
        written = bytes(self._process.readAllStandardError().data()).decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(written) if line.strip()), "")
        return last.removeprefix("sslviz: ") or f"its process ended with code {code}"

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.ended.emit(self._process.errorString())
