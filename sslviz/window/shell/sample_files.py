"""What the user does with the files of samples on the map: shows them, leaves them out, saves labels of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QWidget

from sslviz.core.counts import counted
from sslviz.core.folders import left_out_folder
from sslviz.core.label_csv import LabelFileError, add_labels
from sslviz.core.left_out import read_left_out, write_left_out
from sslviz.core.settings import Value
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.session import Session
from sslviz.window.shell.message_history import Level, More

LEAVE_OUT, LABELS = "leave_out", "labels"
"""Keys of the settings that name a list of pictures to leave out, and a table of labels."""
NO_FILES = "The samples of this run are no pictures of your own: drop a folder of pictures onto the window."
NO_LIST = "Nothing is left out: no list can be written to {}: {}."
UNREADABLE = "Nothing more is left out: {} cannot be read: {}. Choose another list in the setting Left out, or none."
CLOSED = "Nothing is changed: that run is closed, or learns from other data by now."


class SampleFiles(QObject):
    """Works with the files of the samples on the map of the current run.

    ``say`` shows a message: its text, its level and, as ``more``, a button.
    """

    def __init__(self, session: Session, window: QWidget, say: Callable[[str, Level, More | None], None]) -> None:
        super().__init__(window)
        self._session, self._window, self._say = session, window, say
        self._labels: dict[Path, Path] = {}
        """The file in which labels of data were saved last, by the path of the data."""
        session.state_changed.connect(self._use_later)

    def show(self, index: int) -> None:
        """Show the file of a sample in its folder, or say why that is not possible."""
        from sslviz.window.shell.show_file import show_file  # loads QtDBus, which is seldom needed

        place, names = self._data(), self._names((index,))
        if place is None or not names:
            return
        name = names[0]
        file = place if place.suffix and name.startswith(f"{place.name}[") else place / name
        show_file(file, self, lambda refusal: self._say(refusal, "refused", None))

    def leave_out(self, indices: Iterable[int]) -> None:
        """Leave samples out of the next run, beside those that are left out already, and say so."""
        place, run = self._data(), self._session.current
        names = self._names(indices)
        if place is None or not names:
            return
        present = str({**run.config.values, **run.config.later}.get(LEAVE_OUT, ""))
        try:
            before = read_left_out(present) if present else ()
        except (OSError, ValueError) as error:
            self._say(UNREADABLE.format(present, getattr(error, "strerror", None) or error), "warning", None)
            return
        try:
            file = str(write_left_out({*before, *names}, place))
        except (OSError, ValueError) as error:
            self._say(NO_LIST.format(left_out_folder(), getattr(error, "strerror", None) or error), "warning", None)
            return
        if not self._use(run, place, LEAVE_OUT, file):
            return
        all_in_all = f", {len({*before, *names}):,} in all" if before else ""
        pictures = counted(len(names), "picture")
        back = More("Take back", "Use the list as it was before", partial(self._use, run, place, LEAVE_OUT, present))
        self._say(f"{pictures} will be left out of the next run{all_in_all}: see the setting Left out.", "info", back)

    def _use(self, run: LiveRun, place: Path, key: str, value: Value) -> bool:
        """Set a setting of a run for the next one: at once or, if the run goes on, when it has ended.

        Say so and return False if there is no such run any more, or if its data are not those at ``place``.
        """
        values = run.config.values
        is_of_place = key in values and Path(str(values.get(run.config.path_key, ""))) == place
        if run not in self._session.runs or not is_of_place:
            self._say(CLOSED, "info", None)
            return False
        run.config.later[key] = value
        self._use_later()
        return True

    def _use_later(self) -> None:
        """Set what waits for the end of a run, of all runs that do not go on."""
        for run in [run for run in self._session.runs if run.config.later and not run.running]:
            later, run.config.later = run.config.later, {}
            for key, value in later.items():
                run.edits.set_value(key, value)
            run.settings_changed.emit()

    def ask_label(self) -> None:
        """Ask for a name of the selected samples, and for the file in which it is saved as their label."""
        from sslviz.window.shell.label_dialog import LabelDialog

        selection, place = self._session.run.selection, self._data()
        files = self._names(selection.indices)
        if place is None or not files:
            return
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        file = self._labels.get(place) or Path(documents or Path.home()) / f"{place.name}-labels.csv"
        dialog = LabelDialog(self._window, len(files), selection.name or selection.origin, file)
        dialog.chosen.connect(partial(self._save_labels, place, files))
        dialog.open()

    def _save_labels(self, place: Path, files: tuple[str, ...], file: str, label: str, value: str) -> None:
        path = Path(file)
        try:
            add_labels(path, files, label, value)
        except LabelFileError as error:
            self._say(str(error), "warning", None)
            return
        self._labels[place] = path
        text = f"{counted(len(files), 'picture')} got the {label} {value} in {path}."
        tip = "Colour the map by them, and score what is learned, from the next run on"
        use = partial(self._use, self._session.current, place, LABELS, str(path.absolute()))
        self._say(text, "info", More("Use these labels", tip, use))

    def _data(self) -> Path | None:
        """Return the folder or the file of the user's own pictures on the map, or say that there is none."""
        place, probe = self._session.current.data_path, self._session.run.probe
        if place is None or probe is None or not probe.files:
            self._say(NO_FILES, "info", None)
            return None
        return place

    def _names(self, indices: Iterable[int]) -> tuple[str, ...]:
        """Return the names of samples: their paths in the folder of the data, or their places in the file."""
        probe = self._session.run.probe
        files = probe.files if probe is not None else ()
        return tuple(dict.fromkeys(files[index] for index in indices if 0 <= index < len(files)))
