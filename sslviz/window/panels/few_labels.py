"""What is it good for? A linear probe on few labels alone, the data's or a person's, asked about all others."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QVBoxLayout, QWidget

from sslviz.core.panel_data import FewLabels, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.bars import Bars, Row
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import ENDED, Named, RunModel, Selected
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.theme import theme
from sslviz.window.style.title_controls import hide_in_place, offer

ONE_CLASS = "These are all of one class, and a probe tells classes apart: select samples of another too."
ONE_NAME = "One class is named so far: select samples of another and name them too."
HERE = (
    "Click about ten points of the latent map with Ctrl held down: their labels alone are learned from. Or select some "
    "and name them yourself, class by class."
)
NO_CLASS = "The first label of these data is no class: name the selected samples yourself, class by class."
BARS_HELP = (
    "How often the probe is right: on the trained network, the untrained one, the inputs. Where no other sample is "
    "known to be of a class: how many it calls so."
)
LONGEST = 40


@panels.register
class FewLabelsPanel(Panel):
    """Ten labels, and what they are worth on this network."""

    name: ClassVar[str] = "few_labels"
    title: ClassVar[str] = "Few labels"
    help: ClassVar[str] = (
        "A linear probe (logistic regression) that knows the labels of the selected samples alone, asked about all "
        "other samples of the map that are of their classes: how often it is right, class by class, on what the "
        "network gives, on what it gave before training, and on the inputs themselves. Ctrl and click selects one "
        "sample more. Samples that you name are learned from instead; of names the data do not know, it tells how "
        "many it calls so, and the map shows which, coloured by few labels."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (FewLabels, Probe, Selected, Named)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars()
        self.bars.setToolTip(BARS_HELP)
        self._swatches = [label("■") for _ in range(3)]
        self._key = [label(role="small", numbers=True) for _ in range(3)]
        self._facts = label(role="small", numbers=True)
        self._name = small_action("name", "Name the selected samples: a class of your own to learn from")
        self._name.clicked.connect(self._ask_name)
        hide_in_place(self._name)
        self._forget = small_action(
            "forget", "Forget all names, and learn from the labels of the data again (Ctrl+Z brings them back)"
        )
        self._forget.clicked.connect(self._forget_names)
        self._forget.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 8)
        layout.setSpacing(4)
        top = nested(layout, QHBoxLayout())
        top.setSpacing(4)
        for swatch, name in zip(self._swatches, self._key, strict=True):
            top.addWidget(swatch)
            top.addWidget(name)
            top.addSpacing(10)
        top.addStretch(1)
        top.addWidget(self._facts)
        layout.addWidget(self.bars, 1)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Ten samples, one of each class."""
        panel = super().demo(run)
        panel.run.take(Selected(indices=tuple(range(10))))
        panel.run.take(made_up(tuple(range(10))))
        panel.draw()
        return panel

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._forget, self._name)

    def empty_text(self, run: RunModel) -> str:
        if len(run.named) == 1:
            return ONE_NAME
        if not run.selection.indices and not run.named:
            return HERE
        found = self._shown(run)
        if found is not None:
            return "" if len(found.names) > 1 else ONE_CLASS
        if not run.named and not class_names(run):
            return NO_CLASS
        return ENDED if run.ended else "A probe is fitted …"

    def refresh(self, run: RunModel) -> None:
        offer(self._name, offered=bool(run.selection.indices))
        offer(self._forget, offered=bool(run.named))
        found, palette = self._shown(run), theme().palette
        shown = found if found is not None and len(found.names) > 1 else None
        colours = (palette.run(run.colour), palette.reference, palette.likely)
        known = shown is not None and shown.others.numpy().any()  # else nobody knows what is right
        told = [f"{name} {percent(share)}" for name, share in overall(shown)] if shown is not None and known else []
        for number, (swatch, line) in enumerate(zip(self._swatches, self._key, strict=True)):
            swatch.setVisible(number < len(told))
            swatch.setStyleSheet(f"color: {colours[number]}")
            line.setText(told[number] if number < len(told) else "")
        self._facts.setText(facts(shown) if shown is not None else "")
        self.bars.show_rows(rows_of(shown, colours) if shown is not None else ())

    @staticmethod
    def _shown(run: RunModel) -> FewLabels | None:
        """What came, where it is of the present names or, without any, of the present selection."""
        found = run.few_labels
        given = {index for indices in run.named.values() for index in indices} or set(run.selection.indices)
        fits = found is not None and set(found.given) == given and set(run.named) <= set(found.names)
        return found if fits else None

    def table(self) -> Table | None:
        """One row a class, how many samples are called so, and how many it was asked about."""
        shown = self._shown(self.run)
        if shown is None:
            return None
        accuracy = zip(shown.representations, shown.accuracy.numpy().tolist(), strict=True)
        called = [int((shown.said.numpy() == number).sum()) for number in range(len(shown.names))]
        asked = shown.others.numpy().tolist()
        return {"class": list(shown.names), "called_so": called, "asked": asked, **dict(accuracy)}

    # ------------------------------------------------------------------ what a person does

    def _ask_name(self) -> None:
        offered = list(dict.fromkeys(["", *self.run.named, *class_names(self.run)]))
        count = len(self.run.selection.indices)
        dialog = name_dialog(self, count, offered)
        well = dialog.exec()
        name = " ".join(dialog.textValue().split())[:LONGEST]
        dialog.deleteLater()
        if well and name:
            self.named.emit(Named(indices=self.run.selection.indices, name=name))

    def _forget_names(self) -> None:
        everything = tuple(index for indices in self.run.named.values() for index in indices)
        self.named.emit(Named(indices=everything, name=""))


def name_dialog(parent: QWidget, count: int, offered: list[str]) -> QInputDialog:
    """What so many samples are called: one of these or anything else."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle("Name the samples")
    dialog.setLabelText(f"The {count:,} selected are")
    dialog.setComboBoxItems(offered)
    dialog.setComboBoxEditable(True)
    box = dialog.findChild(QComboBox)
    assert box is not None
    box.setCompleter(None)  # type: ignore[arg-type]  # it would make a "triangle" of "tri"
    dialog.resize(360, dialog.sizeHint().height())
    return dialog


def overall(shown: FewLabels) -> list[tuple[str, float]]:
    """The share of all samples asked about, by representation; NaN where there was none."""
    counts = shown.others.numpy().astype(float)
    right = (np.nan_to_num(shown.accuracy.numpy()) * counts).sum(axis=1)
    return [
        (name, float(each) / counts.sum() if counts.sum() else math.nan)
        for name, each in zip(shown.representations, right, strict=True)
    ]


def rows_of(shown: FewLabels, colours: tuple[str, ...]) -> tuple[Row, ...]:
    """A class each: how often the trained network is right or, where nobody knows, how many it calls so."""
    rows, said = [], shown.said.numpy()
    for number, (name, each) in enumerate(zip(shown.names, shown.accuracy.numpy().T.tolist(), strict=True)):
        called = int((said == number).sum())
        if shown.others.numpy()[number]:
            rows.append(Row(name, percent(each[0]), tuple(each), colours))
        else:
            rows.append(Row(name, f"{called:,}", (called / len(said),), colours[:1]))
    return tuple(rows)


def percent(share: float) -> str:
    """A whole number of percent, or a dash."""
    return f"{share:.0%}" if math.isfinite(share) else "–"


def class_names(run: RunModel) -> tuple[str, ...]:
    """The data's own classes; none where their first label is a number."""
    entries = run.probe.label_entries if run.probe is not None else ()
    return entries[0].names if entries else ()


def facts(shown: FewLabels) -> str:
    """How many it was told, and how many it was asked about."""
    others = len(shown.said.numpy()) - len(shown.given)
    return f"{len(shown.given):,} labels, {int(shown.others.numpy().sum()) or others:,} others   step {shown.step:,}"


def made_up(given: tuple[int, ...]) -> FewLabels:
    """For the demo: the network is worth something."""
    from sslviz.window.demo.shapes import NAMES

    rng = np.random.default_rng(3)
    shares = np.clip(np.array([[0.85], [0.4], [0.25]]) + 0.1 * rng.normal(size=(3, 10)), 0, 1)
    return FewLabels(
        step=1200,
        given=given,
        names=NAMES,
        said=Array.of(rng.integers(0, 10, 2000).astype(np.int32)),
        others=Array.of(np.full(10, 199)),
        representations=("trained", "untrained", "raw input"),
        accuracy=Array.of(shares.astype(np.float32)),
    )


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(FewLabelsPanel))
