"""The process that makes a film, so that drawing and encoding take neither time nor memory of the window."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject, QTemporaryDir, Signal

from sslviz.core.module_command import module_command
from sslviz.window.film.storyboard import Storyboard, save_storyboard
from sslviz.window.runs.file_process import FileProcess

COMMAND = module_command("sslviz", "film")
CANCELLED = "The film was cancelled; nothing was written."


class FilmProcess(FileProcess):
    """Runs ``sslviz film`` for one storyboard at a time."""

    progressed = Signal(int, int)
    """Number of frames that are finished, and number of all frames."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = QTemporaryDir()
        self._process.readyReadStandardOutput.connect(self._read)

    def start(self, storyboard: Storyboard, out: Path, arguments: list[str]) -> None:
        """Make a film of ``storyboard`` and write it to ``out``; ``arguments`` are further flags of ``sslviz film``."""
        source = Path(self._folder.filePath("storyboard.npz"))
        try:
            save_storyboard(storyboard, source)
        except OSError as error:
            self.failed.emit(f"{source} could not be written: {error.strerror or error}.")
            return
        self.run([*COMMAND, str(source), "--out", str(out), "--json", *arguments], out)

    def _read(self) -> None:
        while self._process.canReadLine():
            line = json.loads(bytes(self._process.readLine().data()))
            self.progressed.emit(line["frame"], line["of"])
