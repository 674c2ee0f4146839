"""The panel with the accuracy of a linear probe that is fitted on the labels of only a few samples."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QPushButton, QVBoxLayout, QWidget

from sslviz.core.panel_data import FewLabels, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.colouring import FEW_LABELS
from sslviz.window.latent.labels import class_names, known_of_selection
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.bars import Bars
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Named, Selected
from sslviz.window.runs.run_model import ENDED, RunModel
from sslviz.window.samples.few_labels_summary import (
    facts,
    overall,
    rows_of,
    sentence,
    ten_at_random,
)
from sslviz.window.style.buttons import small_action
from sslviz.window.style.combo_box import ignore_wheel
from sslviz.window.style.labels import label
from sslviz.window.style.theme import theme
from sslviz.window.style.title_controls import hide_in_place, offer

ONE_CLASS = "These samples are all of one class, and a probe needs two: select samples of another class too."
ONE_NAME = "Only one class is named so far: select samples of another class and name them too."
EMPTY = (
    "How well can ten labels alone tell the others? Let them be chosen at random, click points of the map with Ctrl "
    "held down, or select samples and name them yourself, class by class."
)
NO_KNOWN = "The class of these samples is unknown: select others too, or name them yourself."
NO_CLASS = "The first label of these data is not a class: name the selected samples yourself, class by class."
FITTING = "Fitting a probe …"
AT_RANDOM = "ten at random"
AT_RANDOM_TIP = (
    "Select ten samples at random, from each class in turn, and colour the map by what a probe on them believes."
)
BARS_HELP = (
    "Accuracy of the probe on the trained network, on the inputs, and on the untrained network. Where no other sample "
    "is known to be of a class: how many samples the probe assigns to it."
)
MAX_ROW = 30
"""Maximum height of a row of bars, in pixels."""
MAX_NAME = 40
"""Maximum length of the name of a class, in characters."""


@panels.register
class FewLabelsPanel(Panel):
    """Shows the accuracy of a linear probe that is fitted on a few samples and tested on other samples of the map.

    The few samples are those to which the user has given class names in this panel. If there are none, they are the
    samples selected on the map, with the labels of the data set.
    """

    name: ClassVar[str] = "few_labels"
    title: ClassVar[str] = "Few labels"
    help: ClassVar[str] = (
        "A linear probe (logistic regression) is fitted on the labels of the selected samples alone and tested on all "
        "other samples of the map that are of their classes: its accuracy for each class on the output of the network, "
        "on the inputs themselves, and on the output of the untrained network. “ten at random” selects ten samples; "
        "Ctrl and click selects one more. "
        "If you name samples yourself, the probe learns from these names instead; for a name that is no class of the "
        "data, the panel says how many samples the probe assigns to it, and the map, coloured by few labels, shows "
        "which."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (FewLabels, Probe, Selected, Named)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars(MAX_ROW)
        self.bars.setToolTip(BARS_HELP)
        self.sentence = QWidget()
        self._labels = label(role="heading", numbers=True)
        self._swatches = [label("■") for _ in range(3)]
        self._accuracies = [label(role="heading", numbers=True) for _ in range(3)]
        self.facts = label(role="small", numbers=True, elided=True)
        self.facts.setMinimumWidth(1)
        self.random_button, self.start_button = small_action(AT_RANDOM, AT_RANDOM_TIP), QPushButton(AT_RANDOM)
        self.start_button.setToolTip(AT_RANDOM_TIP)
        for button in (self.random_button, self.start_button):
            button.clicked.connect(self._select_at_random)
            button.hide()
        self.name_button = small_action("name", "Name the selected samples: a class of your own to learn from")
        self.name_button.clicked.connect(self._ask_name)
        hide_in_place(self.name_button)
        self.forget_button = small_action(
            "forget", "Forget all names, and learn from the labels of the data again (Ctrl+Z brings them back)"
        )
        self.forget_button.clicked.connect(self._forget_names)
        self.forget_button.hide()
        self._build()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 8)
        layout.setSpacing(4)
        words = QHBoxLayout(self.sentence)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(6)
        words.addWidget(self._labels)
        for swatch, text in zip(self._swatches, self._accuracies, strict=True):
            words.addWidget(swatch)
            words.addWidget(text)
        words.addStretch(1)
        layout.addWidget(self.sentence)
        layout.addWidget(self.facts)
        layout.addWidget(self.bars, 1)
        layout.addWidget(self.start_button, 0, Qt.AlignmentFlag.AlignHCenter)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Return the panel with the first ten samples of the map selected, and with made-up accuracies."""
        panel = super().demo(run)
        panel.run.take(Selected(indices=tuple(range(10))))
        panel.run.take(demo_result(tuple(range(10))))
        panel.draw()
        return panel

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.random_button, self.forget_button, self.name_button)

    def empty_text(self, run: RunModel) -> str:
        if len(run.named) == 1:
            return ONE_NAME
        if not run.selection.indices and not run.named:
            return EMPTY
        result = self._result(run)
        if result is not None:
            return "" if len(result.names) > 1 else ONE_CLASS
        if not run.named and not class_names(run):
            return NO_CLASS
        if not run.named and not known_of_selection(run):
            return NO_KNOWN
        return ENDED if run.out_of_reach else FITTING

    def refresh(self, run: RunModel) -> None:
        offer(self.name_button, offered=bool(run.selection.indices))
        offer(self.forget_button, offered=bool(run.named))
        offer(self.random_button, offered=bool(class_names(run)) and not run.named)
        self.start_button.setVisible(self.empty_text(run) == EMPTY and bool(class_names(run)))
        result, palette = self._result(run), theme().palette
        shown = result if result is not None and len(result.names) > 1 else None
        colours = (palette.run(run.colour), palette.reference, palette.likely)
        self._show_sentence(shown, colours)
        self.facts.setText(facts(shown) if shown is not None else "")
        self.bars.show_rows(rows_of(shown, colours) if shown is not None else ())

    def _show_sentence(self, shown: FewLabels | None, colours: tuple[str, ...]) -> None:
        """Show the parts of the sentence, each accuracy behind a square in the colour of its bars."""
        parts = sentence(shown) if shown is not None else [""]
        self.sentence.setAccessibleName(" ".join(parts))
        self._labels.setText(parts[0])
        rows = [each.row for each in overall(shown)] if shown is not None else []
        for number, (swatch, text) in enumerate(zip(self._swatches, self._accuracies, strict=True)):
            text.setText(parts[number + 1] if number + 1 < len(parts) else "")
            swatch.setVisible(bool(text.text()))
            swatch.setStyleSheet(f"color: {colours[rows[number]]}" if text.text() else "")

    @staticmethod
    def _result(run: RunModel) -> FewLabels | None:
        """Return the newest accuracies that the engine has sent, or None if they are out of date.

        They are out of date if the linear probes were fitted on other samples than those chosen now: all samples to
        which the user has given a class name or, if there are none, the selected samples whose class is known. They are
        also out of date if a name that the user has given is not among their classes.
        """
        result = run.few_labels
        wanted = {index for indices in run.named.values() for index in indices} or known_of_selection(run)
        matches = result is not None and set(result.labelled) == wanted and set(run.named) <= set(result.names)
        return result if matches else None

    def table(self) -> Table | None:
        """Return one row for each class: number of predictions, number of test samples, and accuracies.

        A prediction is a sample of the map that the linear probe on h of the trained network assigns to the class. The
        accuracies are those of three linear probes: on h of the trained network, on h of the untrained network, and on
        the raw inputs (left out if the raw inputs are unknown).
        """
        result = self._result(self.run)
        if result is None:
            return None
        accuracy = zip(result.representations, result.accuracy.numpy().tolist(), strict=True)
        predicted = [int((result.predictions.numpy() == number).sum()) for number in range(len(result.names))]
        tested = result.test_counts.numpy().tolist()
        return {"class": list(result.names), "called_so": predicted, "asked": tested, **dict(accuracy)}

    # ------------------------------------------------------------------ actions of the user

    def _select_at_random(self) -> None:
        self.selected.emit(Selected(indices=ten_at_random(self.run, np.random.default_rng()), origin=AT_RANDOM))
        self.colour_requested.emit(FEW_LABELS)

    def _ask_name(self) -> None:
        names = list(dict.fromkeys(["", *self.run.named, *class_names(self.run)]))
        dialog = name_dialog(self, len(self.run.selection.indices), names)
        accepted = dialog.exec()
        name = " ".join(dialog.textValue().split())[:MAX_NAME]
        dialog.deleteLater()
        if accepted and name:
            self.named.emit(Named(indices=self.run.selection.indices, name=name))

    def _forget_names(self) -> None:
        indices = tuple(index for members in self.run.named.values() for index in members)
        self.named.emit(Named(indices=indices, name=""))


def name_dialog(parent: QWidget, count: int, names: list[str]) -> QInputDialog:
    """Return a dialog that asks for the class of ``count`` samples: one of ``names``, or any text typed in."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle("Name the samples")
    dialog.setLabelText(f"The {count:,} selected samples are")
    dialog.setComboBoxItems(names)
    dialog.setComboBoxEditable(True)
    box = dialog.findChild(QComboBox)
    assert box is not None
    box.setCompleter(None)  # type: ignore[arg-type]  # the completer would turn the name "tri" into "triangle"
    ignore_wheel(dialog)
    dialog.resize(360, dialog.sizeHint().height())
    return dialog


def demo_result(given: tuple[int, ...]) -> FewLabels:
    """Return a made-up result for the demo, as if linear probes had been fitted on the samples with indices ``given``.

    The accuracies are near .85 for the trained network, .4 for the untrained network and .25 for the raw inputs.
    """
    from sslviz.window.demo.shapes import NAMES

    rng = np.random.default_rng(3)
    shares = np.clip(np.array([[0.85], [0.4], [0.25]]) + 0.1 * rng.normal(size=(3, 10)), 0, 1)
    return FewLabels(
        step=1200,
        labelled=given,
        names=NAMES,
        predictions=Array.of(rng.integers(0, 10, 2000).astype(np.int32)),
        test_counts=Array.of(np.full(10, 199)),
        representations=("trained", "untrained", "raw input"),
        accuracy=Array.of(shares.astype(np.float32)),
    )


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(FewLabelsPanel))
