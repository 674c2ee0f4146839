"""A process that writes a file, so that the work takes neither time nor memory of the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from sslviz.core.durable_file import temporary_of

KILL_AFTER_MS = 1_000
"""Time after which a cancelled process that has not ended is killed, in milliseconds."""


class FileProcess(QObject):
    """Runs one command at a time that writes files; if it fails or is cancelled, no partial file is left behind.

    The process ends with the application.
    """

    told = Signal(str)
    """A line on standard error that is not empty."""
    finished = Signal()
    """The files are written."""
    cancelled = Signal()
    """The process was cancelled and has ended."""
    failed = Signal(str)
    """The files could not be written; the text says why."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._cancelled = False
        self._files: tuple[Path, ...] = ()
        self._pid, self._unfinished, self._last_words = 0, b"", ""
        self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONIOENCODING", "utf-8")  # otherwise it depends on the platform
        self._process.setProcessEnvironment(environment)
        self._process.started.connect(self._note_pid)
        self._process.readyReadStandardError.connect(self._listen)
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._not_started)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._process.kill)
        application = QCoreApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(self.close)

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def run(self, command: Sequence[str], *files: Path) -> None:
        """Run ``command``, program and arguments, which writes ``files``."""
        self._cancelled, self._files = False, files
        self._unfinished, self._last_words = b"", ""
        program, *arguments = command
        self._process.start(program, arguments)

    def cancel(self) -> None:
        """Have the process end without a file; :attr:`cancelled` is emitted when it has ended."""
        if self.running:
            self._cancelled = True
            self._process.terminate()
            self._patience.start(KILL_AFTER_MS)

    def close(self) -> None:
        """End the process at once, and wait until it has ended."""
        self._cancelled = True
        self._process.kill()
        self._process.waitForFinished(KILL_AFTER_MS)

    def _note_pid(self) -> None:
        self._pid = self._process.processId()

    def _listen(self) -> None:
        *lines, self._unfinished = (self._unfinished + self._process.readAllStandardError().data()).split(b"\n")
        for line in lines:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        if words := line.decode(errors="replace").strip():
            self._last_words = words
            self.told.emit(words)

    def _ended(self, code: int, status: QProcess.ExitStatus) -> None:
        self._patience.stop()
        if code == 0 and status is QProcess.ExitStatus.NormalExit:
            self.finished.emit()
            return
        for file in self._files:
            temporary_of(file, self._pid).unlink(missing_ok=True)  # of a process that was killed while it wrote
        if self._cancelled:
            self.cancelled.emit()
            return
        self._listen()
        self._hear(self._unfinished)
        self.failed.emit(self._last_words.removeprefix("sslviz: ") or f"its process ended with code {code}")

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.failed.emit(self._process.errorString())
