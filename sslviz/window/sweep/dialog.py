"""The dialog in which the user chooses what varies in a sweep of the present settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sslviz.core.counts import counted
from sslviz.core.entries import Catalogue
from sslviz.core.folders import named_path
from sslviz.core.run_folder import new_run_path
from sslviz.core.settings import Setting, SettingError
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.folder import sweep_to_continue
from sslviz.core.sweep.plan import Sweep, checked
from sslviz.window.runs.run_config import RunConfigState
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.labels import label
from sslviz.window.style.path_dialog import ask_path
from sslviz.window.style.sizes import sized
from sslviz.window.sweep.choice import (
    parse_seeds,
    parse_values,
    settings_beside,
    suggested,
    values_text,
    variable,
)
from sslviz.window.sweep.time_to_go import START_S, time_text

WIDTH = 460
STEPS, SECONDS = "steps", "seconds"
LENGTHS = {STEPS: 300, SECONDS: 30}
"""Usual length of a run, by its unit."""
MOST = {STEPS: 1_000_000, SECONDS: 86_400}
ABOUT_SEEDS = "Seeds, with commas between them: each value is trained with each seed; the data stay the same"


class SweepDialog(QDialog):
    """Asks what a sweep of the settings ``state`` varies; it deletes itself when it is closed.

    ``folder`` is the folder of runs in which the sweep gets its folder, and ``steps_per_second`` the speed of the
    present run, None if it is unknown.
    """

    chosen = Signal(object, object)
    """Path, Sweep: the folder and the plan of the sweep that the user begins."""

    def __init__(
        self,
        parent: QWidget,
        state: RunConfigState,
        settings: tuple[Setting, ...],
        catalogue: Catalogue,
        folder: Path,
        steps_per_second: float | None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sweep")
        self._state, self._catalogue, self._speed = state, catalogue, steps_per_second
        self._declared = {setting.key: setting for setting in settings}
        self._variable = variable(settings, state.values)
        self.what = self._choices()
        self.values, self.seeds = _line("Values", "Values, with commas between them"), _line("Seeds", ABOUT_SEEDS)
        self.seeds.setText("0, 1, 2")
        self.length, self.unit = QSpinBox(), ComboBox()
        self.folder = _line("Folder", "The folder of the sweep, in which each run has a folder of its own")
        self.summary = label(role="dim")
        self.summary.setWordWrap(True)
        self.start, self.cancel = QPushButton("Start"), QPushButton("Cancel")
        self._lay_out()
        self.folder.setText(str(new_run_path(folder, f"{state.preset.name}-sweep")))
        self._suggest()
        self._fit_length()
        for line in (self.values, self.seeds, self.folder):
            line.textChanged.connect(self._check)
        self.length.valueChanged.connect(self._check)
        self._check()
        self.finished.connect(self.deleteLater)

    def _choices(self) -> ComboBox:
        what = ComboBox()
        for setting in self._variable:
            what.addItem(f"{setting.label} ({setting.symbol})" if setting.symbol else setting.label, setting.key)
        what.setAccessibleName("Setting that varies")
        what.setToolTip("The setting that varies; all others stay as they are in the present run")
        what.currentIndexChanged.connect(self._suggest)
        return what

    def _lay_out(self) -> None:
        form, column = QFormLayout(), QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        title = label("Train the present settings with several values of one of them.")
        title.setWordWrap(True)
        column.addWidget(title)
        column.addLayout(form)
        form.addRow("Vary", self.what)
        form.addRow("Values", self.values)
        form.addRow("Seeds", self.seeds)
        form.addRow("Each run", self._length_row())
        form.addRow("Folder", self._folder_row())
        column.addWidget(self.summary)
        buttons = QDialogButtonBox()
        buttons.addButton(self.start, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.start.setDefault(True)
        self.start.setToolTip("Begin the sweep; the window can be used meanwhile")
        self.cancel.setToolTip("Begin nothing")
        self.start.clicked.connect(self._choose)
        self.cancel.clicked.connect(self.reject)
        column.addWidget(buttons)
        sized(self.setMinimumWidth, WIDTH)

    def _length_row(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        self.length.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)  # Qt draws none in the style of the program
        self.length.setAccessibleName("Length of each run")
        self.length.setToolTip("How long each run trains. Steps can be compared also if the machine is busy meanwhile")
        self.unit.setAccessibleName("Unit of the length")
        self.unit.setToolTip("Optimiser steps, or seconds of training")
        for unit in LENGTHS:
            self.unit.addItem(unit, unit)
        self.unit.currentIndexChanged.connect(self._fit_length)
        line.addWidget(self.length, 1)
        line.addWidget(self.unit)
        return row

    def _folder_row(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        look = QPushButton("…")
        look.setAccessibleName("Choose another place")
        look.setToolTip("Choose in which folder the folder of the sweep is made")
        look.setAutoDefault(False)
        look.clicked.connect(self._look)
        line.addWidget(self.folder, 1)
        line.addWidget(look)
        return row

    # ------------------------------------------------------------------ what the user chooses

    @property
    def setting(self) -> Setting:
        """The setting that varies."""
        return self._declared[str(self.what.currentData())]

    def plan(self) -> tuple[Path, Sweep]:
        """Return folder and plan of the sweep. Raises SettingError or SweepError that says what is wrong."""
        key, unit, folder = self.setting.key, self.unit.currentData(), self._named_folder()
        steps, seconds = (self.length.value() if unit == each else None for each in LENGTHS)
        given = Sweep(
            preset=self._state.preset.name,
            vary={key: parse_values(self.setting, self.values.text())},
            seeds=parse_seeds(self._declared["seed"], self.seeds.text()),
            fixed=settings_beside(self._state, self._catalogue, key),
            steps=steps,
            seconds=seconds,
        )
        sweep = checked(given, self._catalogue)
        if sweep_to_continue(folder) is not None:
            raise SweepError(f"{folder} holds a sweep already. Choose another folder, or open it to continue it.")
        return folder, sweep

    def _named_folder(self) -> Path:
        try:
            return named_path(self.folder.text().strip()).absolute()
        except ValueError as error:
            raise SweepError(f"{error}. Choose another folder.") from error

    def _choose(self) -> None:
        try:
            folder, sweep = self.plan()
        except (SettingError, SweepError) as error:
            self._say(error)
        else:
            self.chosen.emit(folder, sweep)
            self.accept()

    def _suggest(self) -> None:
        setting = self.setting
        self.values.setText(values_text(suggested(setting, self._state.values[setting.key])))
        self.values.setToolTip(f"{setting.help}\nEach value is {setting.range_text}.")

    def _fit_length(self) -> None:
        unit = str(self.unit.currentData())
        self.length.setRange(1, MOST[unit])
        self.length.setValue(LENGTHS[unit])
        self.length.setSingleStep(max(1, LENGTHS[unit] // 6))
        self._check()

    def _look(self) -> None:
        folder = Path(self.folder.text())
        ask_path(
            self,
            "Folder for the sweep",
            str(folder.parent),
            lambda path: self.folder.setText(str(Path(path) / folder.name)),
        )

    # ------------------------------------------------------------------ what the dialog says

    def _check(self) -> None:
        """Say how many runs there are and how long they take, or what is wrong."""
        try:
            _, sweep = self.plan()
        except (SettingError, SweepError) as error:
            self._say(error)
            return
        self.start.setEnabled(True)
        self.summary.setText(summary_of(sweep, self._speed))

    def _say(self, error: SettingError | SweepError) -> None:
        self.start.setEnabled(False)
        text = str(error)
        self.summary.setText(self.setting.in_words(text) if isinstance(error, SettingError) else text)


def summary_of(sweep: Sweep, steps_per_second: float | None) -> str:
    """Return how many runs a sweep has and about how long it takes, in a sentence."""
    seeds = counted(len(sweep.seeds), "seed")
    runs = f"{len(sweep.combinations)} values × {seeds} are {sweep.size} runs"
    seconds = sweep.seconds
    if sweep.steps is not None and steps_per_second:
        seconds = sweep.steps / steps_per_second
    if seconds is None:
        return f"{runs}."
    return f"{runs}: about {time_text(sweep.size * (seconds + START_S))}, if they are trained one after the other."


def _line(name: str, tip: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setToolTip(tip)
    return line
