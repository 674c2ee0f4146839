"""Writes encoder, map, report or vectors of the run in view to a file, in a process of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from sslviz.core.messages import Notice
from sslviz.core.module_command import module_command
from sslviz.core.plug_ins import plug_in_flags
from sslviz.window.runs.file_process import FileProcess
from sslviz.window.runs.session import Session
from sslviz.window.share import Share, save_dialog
from sslviz.window.shell.confirm import confirm_replacement
from sslviz.window.style.path_dialog import ask_path

COMMAND = module_command("sslviz")
CODE = ".py"
"""Ending that ``sslviz export`` adds to the name of an encoder for the code beside it."""
PROGRESS = re.compile(r"(.+) …(?: (\d+)%)?")
"""A line by which the process tells what it does, and the percentage that is done."""
NO_FOLDER = "There is no folder yet: a run has one as soon as it trains."
NO_ENCODER = "There is no saved network in the run folder."
NOT_YET = "The network is saved when the training ends."
NO_SNAPSHOT = "There is no snapshot of embeddings in the run folder."
BUSY = "A file is being exported: wait until it is written, or cancel it."
CANCEL_TIP = "End the export; no file is written"
CANCELLED = "The export was cancelled; nothing was written."


class Export(NamedTuple):
    """Something of a run that can be exported."""

    text: str
    """Text of the menu entry."""
    tip: str
    command: str
    """The command of sslviz that writes the file."""
    flag: str
    """The flag of the command that names the file."""
    name: str
    """What is added to the name of the run in the proposed file name."""
    filters: dict[str, str]
    """File suffixes by the name filters of the dialog that asks for a file."""
    needed: str
    """Pattern of a file in the run folder from which the export is made."""
    missing: str
    """Why there is nothing to export if there is no such file."""
    with_code: bool = False
    """Whether code that shows how to use the file is written beside it."""
    of_data: bool = False
    """Whether the user chooses a folder of data first."""


EXPORTS = (
    Export(
        text="&Encoder…",
        tip="The trained network as .pt2 or .safetensors, with Python that uses it without sslviz",
        command="export",
        flag="--to",
        name="encoder",
        filters={"Encoder with its computation (*.pt2)": "pt2", "Weights (*.safetensors)": "safetensors"},
        needed="checkpoints/final.pt",
        missing=NO_ENCODER,
        with_code=True,
    ),
    Export(
        text="&Map picture…",
        tip="The map of the last snapshot as .png, in the colours of the first label",
        command="export",
        flag="--to",
        name="map",
        filters={"PNG picture (*.png)": "png"},
        needed="snapshots/*.npz",
        missing=NO_SNAPSHOT,
    ),
    Export(
        text="&Report…",
        tip="Diagnosis, figures, curves, map and settings in one .html file that any browser shows without a network",
        command="export",
        flag="--to",
        name="report",
        filters={"Report for browsers (*.html)": "html"},
        needed="metrics.jsonl",
        missing="There are no figures in the run folder.",
    ),
    Export(
        text="&Vectors…",
        tip="h of the samples on the map as .npz or .csv, with their labels and their places on the map",
        command="embed",
        flag="--out",
        name="vectors",
        filters={"NumPy arrays (*.npz)": "npz", "CSV table (*.csv)": "csv"},
        needed="snapshots/*.npz",
        missing=NO_SNAPSHOT,
    ),
    Export(
        text="Vectors of &other data…",
        tip="h of all pictures in a folder that you choose, by the network of this run, as .npz or .csv",
        command="embed",
        flag="--out",
        name="vectors",
        filters={"NumPy arrays (*.npz)": "npz", "CSV table (*.csv)": "csv"},
        needed="checkpoints/final.pt",
        missing=NO_ENCODER,
        of_data=True,
    ),
)


class Exports(QObject):
    """Asks for a file, and has ``sslviz export`` or ``sslviz embed`` write it; one file is exported at a time."""

    began = Signal(str)
    """str: the name of the file that is being exported from now on."""
    progressed = Signal(str, int)
    """What is being done, and the percentage that is done; -1 if that is unknown."""
    ended = Signal()
    """The process has ended, however."""
    saved = Signal(object)
    """Path: the file is written."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._out = Path()
        self.process = FileProcess(self)
        self.process.told.connect(self._tell)
        self.process.finished.connect(self._finish)
        self.process.failed.connect(self._fail)
        self.process.cancelled.connect(self._note_cancelled)

    def refusal(self, export: Export) -> str:
        """Return why this cannot be exported of the run in view now; an empty text if it can."""
        run = self._session.run
        if self.process.running:
            return BUSY
        if run.folder is None:
            return NO_FOLDER
        if next(run.folder.glob(export.needed), None) is not None:
            return ""
        return NOT_YET if export.missing == NO_ENCODER and run.active else export.missing

    def ask(self, export: Export) -> None:
        """Ask for a file, then export this of the run in view to it; tell the user if it cannot be exported.

        If it needs a folder of data, ask for that first.
        """
        folder = self._session.run.folder
        if (refusal := self.refusal(export)) or folder is None:
            self.noticed.emit(Notice(level="refused", text=refusal))
            return
        if export.of_data:
            ask_path(self._window, "Data to encode", "", lambda data: self._ask_file(export, folder, Path(data)))
        else:
            self._ask_file(export, folder)

    def _ask_file(self, export: Export, folder: Path, data: Path | None = None) -> None:
        title = f"Export {export.name}"
        of = f"-{data.name}" if data is not None else ""
        dialog = save_dialog(self._window, title, export.filters, f"{folder.name}{of}-{export.name}")
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # not every desktop asks; and of one file only
        dialog.fileSelected.connect(lambda name: self._confirm(export, folder, Path(name), data))
        dialog.open()

    def start(self, export: Export, folder: Path, out: Path, data: Path | None = None) -> None:
        """Export this of the run in ``folder`` to the file ``out``; replace it, and the code beside it, if they exist.

        ``data`` is the folder of data, for what needs one. If another file is being exported, tell the user so.
        """
        if self.process.running:
            self.noticed.emit(Notice(level="refused", text=BUSY))
            return
        self._out = out
        self.began.emit(out.name)
        arguments = [export.command, str(folder.resolve()), export.flag, str(out.absolute()), "--force"]
        arguments += ["--data", str(data.absolute())] if data is not None else []
        self.process.run([*COMMAND, *arguments, *plug_in_flags()], *_files(export, out))

    def cancel(self) -> None:
        """Have the process end without a file."""
        self.process.cancel()

    def close(self) -> None:
        """End the process at once; no partial file is left."""
        self.process.close()

    def _confirm(self, export: Export, folder: Path, out: Path, data: Path | None) -> None:
        existing = [file.name for file in _files(export, out) if file.exists()]
        if not existing or confirm_replacement(self._window, existing, out.parent):
            self.start(export, folder, out, data)

    def _tell(self, line: str) -> None:
        if (told := PROGRESS.fullmatch(line)) is not None:
            self.progressed.emit(told[1], -1 if told[2] is None else int(told[2]))

    def _finish(self) -> None:
        Share.folder = str(self._out.parent)
        self.ended.emit()
        self.saved.emit(self._out)

    def _fail(self, reason: str) -> None:
        self.ended.emit()
        self.noticed.emit(Notice(level="warning", text=f"{self._out.name} could not be exported: {reason}"))

    def _note_cancelled(self) -> None:
        self.ended.emit()
        self.noticed.emit(Notice(level="info", text=CANCELLED))


def _files(export: Export, out: Path) -> list[Path]:
    """Return the files that are written."""
    return [out, out.with_name(out.name + CODE)] if export.with_code else [out]
