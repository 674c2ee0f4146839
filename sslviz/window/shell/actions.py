"""The tool bar: its buttons, their shortcuts, and which of the buttons are enabled in each state of the run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QToolBar, QWidget

from sslviz.core.presets import all_presets
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.session import Session
from sslviz.window.style.buttons import IconButton
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized
from sslviz.window.style.stylesheet import set_style_property
from sslviz.window.style.theme import theme

STATE_WORDS = {
    None: "starting",
    "ready": "ready",
    "preparing": "preparing",
    "training": "training",
    "paused": "paused",
    "recorded": "recorded",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
}
FROM_SCRIPT = "A script of your own made this run: choose another run, or a new one, to train"
STEP, NO_STEPS = "Do one step, then pause (F6)", "There are no steps: nothing is trained"
LOOK = "map and figures of the encoder as it is; nothing is trained"
UNKNOWN = "The settings of this run are not known here: they may need code of its own, which is asked for at opening"
TRAIN_WIDTH = 116
"""Width of the first button in pixels, enough for the longest of Train, Pause, Continue and Look."""


class Controls(QToolBar):
    """Holds the presets, the buttons Train, Step, Stop and Reset, the run tabs, the run's state and a theme button."""

    def __init__(
        self,
        session: Session,
        choose_preset: Callable[[str], None],
        next_theme: Callable[[], None],
        runs: QWidget,
    ) -> None:
        super().__init__("Controls")
        self.setObjectName("controls")
        self.setMovable(False)
        self._session = session
        self.presets = self._preset_choice(session.preset.name, choose_preset)
        self.train = self._button("play", "Train", "Train the network (F5)", "F5", self._train_or_pause)
        self.train.setObjectName("train")
        self.train.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        sized(self.train.setFixedWidth, TRAIN_WIDTH)  # whatever the text: the widgets beside the button must not move
        self.step = self._button("step", "Step", STEP, "F6", session.step)
        self.stop = self._button("stop", "Stop", "Stop and save the run (F7)", "F7", session.stop)
        self.reset = self._button(
            "reset", "Reset", "Save this run and begin anew in this tab (F8)", "F8", session.reset
        )
        self.addWidget(runs)
        self.chip = label("starting")
        self.chip.setObjectName("chip")
        self.chip.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(self.chip)
        self._fit_chip()
        theme().changed.connect(self._fit_chip)
        self.theme = IconButton("theme", "Switch between light and dark (Ctrl+T)")
        self.theme.clicked.connect(next_theme)
        self.addWidget(self.theme)

    def _fit_chip(self) -> None:
        self.chip.setFixedWidth(_widest(self.chip))

    def actions_for_menu(self) -> list[QAction]:
        """Return the actions Train, Step, Stop and Reset, for the menu Run."""
        return [self.train_action, self.step_action, self.stop_action, self.reset_action]

    def refresh(self, run: RunModel) -> None:
        """Adapt the tool bar to the state of ``run``, the current run.

        The state is shown as a word such as "training". Each button is enabled or disabled, and the first button is
        labelled Train, Pause or Continue, or Look where nothing is trained.
        """
        self._refresh_train(run)
        self._refresh_others(run)
        running = self._session.running
        for button, action in zip((self.train, self.step, self.stop, self.reset), self.actions_for_menu(), strict=True):
            button.setEnabled(action.isEnabled())
        self.chip.setText("starting" if running and not run.active else STATE_WORDS[run.state])
        set_style_property(self.chip, "state", run.state or "")

    def _refresh_train(self, run: RunModel) -> None:
        running, paused = self._session.running, run.state == "paused"
        learns = self._session.current.learns
        text = "Look" if not learns else "Continue" if paused else "Pause" if running else "Train"
        self.train_action.setText(text)
        self.train.setText(text)
        from_script = self._session.current.from_script
        why_not = FROM_SCRIPT if run.by_script else UNKNOWN
        # otherwise always enabled: a disabled button would pass the focus on, and Space would press another button
        self.train_action.setEnabled(not from_script)
        anew = (run.ended or run.recorded) and not running
        tip = f"{text} anew, as another run (F5)" if anew else f"{text} (F5)"
        self.train.setToolTip(why_not if from_script else tip if learns else f"{tip}: {LOOK}")
        self.train.show_icon("pause" if running and not paused and learns else "play")

    def _refresh_others(self, run: RunModel) -> None:
        running = self._session.running
        learns = self._session.current.learns
        steppable = learns and (not running or run.state in ("training", "paused"))
        self.step.setToolTip(STEP if learns else NO_STEPS)
        self.step_action.setEnabled(steppable and not self._session.current.from_script)
        self.stop_action.setEnabled(running and not run.recorded)
        self.reset_action.setEnabled((run.life_cycle.started or running or run.ended) and not run.recorded)

    def _train_or_pause(self) -> None:
        if self._session.running and self._session.run.state != "paused":
            if self._session.current.learns:
                self._session.pause()
        else:
            self._session.train()

    def _button(self, icon: str, word: str, tip: str, key: str, act: Callable[[], None]) -> IconButton:
        action = QAction(word, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked: act())
        setattr(self, f"{word.lower()}_action", action)
        button = IconButton(icon, tip, role="on_accent" if word == "Train" else "text")
        button.setText(word)
        button.setAccessibleName(word)
        button.clicked.connect(action.trigger)
        self.addWidget(button)
        return button

    train_action: QAction
    step_action: QAction
    stop_action: QAction
    reset_action: QAction

    def _preset_choice(self, current: str, choose: Callable[[str], None]) -> ComboBox:
        combo = ComboBox()
        combo.setAccessibleName("Preset")
        combo.setPlaceholderText("Own choice")  # the data or the objective are not those of a preset
        combo.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        for index, preset in enumerate(all_presets()):
            combo.addItem(preset.title, preset.name)
            combo.setItemData(index, preset.help, Qt.ItemDataRole.ToolTipRole)
        combo.setCurrentIndex(combo.findData(current))
        combo.setToolTip("Preset: data, network and settings that go together; opens beside a run that goes on")
        combo.activated.connect(lambda index: choose(str(combo.itemData(index))))
        self.addWidget(combo)
        return combo


def _widest(chip: QLabel) -> int:
    """Return the width in pixels that the label of the run's state needs for the longest of all states.

    A label of this fixed width keeps the tabs beside it in place when the state changes.
    """
    chip.ensurePolished()
    text, widths = chip.text(), []
    for word in STATE_WORDS.values():
        chip.setText(word)
        widths.append(chip.sizeHint().width())
    chip.setText(text)
    return max(widths)
