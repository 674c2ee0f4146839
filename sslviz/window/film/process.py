"""The process that makes a film, so that drawing and encoding take neither time nor memory of the window."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTemporaryDir, QTimer, Signal

from sslviz.core.durable_file import temporary_of
from sslviz.window.film.storyboard import Storyboard, save_storyboard

COMMAND = (sys.executable, "-m", "sslviz", "film")
KILL_AFTER_MS = 1_000
"""Time after which a cancelled process that has not ended is killed, in milliseconds."""
CANCELLED = "The film was cancelled; nothing was written."


class FilmProcess(QObject):
    """Runs ``sslviz film`` for one storyboard at a time; if it fails or is cancelled, it leaves no file behind."""

    progressed = Signal(int, int)
    """Number of frames that are finished, and number of all frames."""
    finished = Signal()
    """The film is in its file."""
    failed = Signal(str)
    """There is no film; the text says why. If it was cancelled, the text is :data:`CANCELLED`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = QTemporaryDir()
        self._cancelled = False
        self._out, self._pid = Path(), 0
        self._process = QProcess(self)
        self._process.started.connect(self._note_pid)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._not_started)
        application = QCoreApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(self.close)

    @property
    def running(self) -> bool:
        """Whether a film is being made."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def start(self, storyboard: Storyboard, out: Path, arguments: list[str]) -> None:
        """Make a film of ``storyboard`` and write it to ``out``; ``arguments`` are further flags of ``sslviz film``."""
        self._cancelled, self._out = False, out
        source = Path(self._folder.filePath("storyboard.npz"))
        try:
            save_storyboard(storyboard, source)
        except OSError as error:
            self.failed.emit(f"{source} could not be written: {error.strerror or error}.")
            return
        program, *first = COMMAND
        self._process.start(program, [*first, str(source), "--out", str(out), "--json", *arguments])

    def cancel(self) -> None:
        """Have the process end without a film; :attr:`failed` is emitted when it has ended."""
        self._cancelled = True
        self._process.terminate()
        QTimer.singleShot(KILL_AFTER_MS, self._process, self._process.kill)

    def close(self) -> None:
        """End the process at once, and wait until it has ended."""
        self._cancelled = True
        self._process.kill()
        self._process.waitForFinished(KILL_AFTER_MS)

    def _note_pid(self) -> None:
        self._pid = self._process.processId()

    def _read(self) -> None:
        while self._process.canReadLine():
            line = json.loads(bytes(self._process.readLine().data()))
            self.progressed.emit(line["frame"], line["of"])

    def _ended(self, code: int, status: QProcess.ExitStatus) -> None:
        if code == 0 and status is QProcess.ExitStatus.NormalExit:
            self.finished.emit()
            return
        temporary_of(self._out, self._pid).unlink(missing_ok=True)  # of a process that was killed while it wrote
        self.failed.emit(CANCELLED if self._cancelled else self._reason(code))

    def _reason(self, code: int) -> str:
        written = bytes(self._process.readAllStandardError().data()).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(written) if line.strip()), "")
        return last.removeprefix("sslviz: ") or f"its process ended with code {code}"

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.failed.emit(self._process.errorString())
