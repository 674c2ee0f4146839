"""What is it good for? A linear probe on the labels of the selected samples alone, asked about all others."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from sslviz.core.pictures import FewLabels, Probe
from sslviz.core.wire import Frozen
from sslviz.window.bars import Bars, Row
from sslviz.window.panel import Panel, panels
from sslviz.window.run_model import ENDED, RunModel, Selected
from sslviz.window.selecting import name_of
from sslviz.window.table import Table
from sslviz.window.theme import theme
from sslviz.window.widgets import label, nested

ONE_CLASS = "These are all of one class, and nothing is told from anything: select samples of another too."
HERE = "Click about ten points of the latent map with Ctrl held down: their labels alone are learned from."


@panels.register
class FewLabelsPanel(Panel):
    """Ten labels, and what they are worth on this network."""

    name: ClassVar[str] = "few_labels"
    title: ClassVar[str] = "Few labels"
    help: ClassVar[str] = (
        "A linear probe (logistic regression) that knows the labels of the selected samples alone, asked about all "
        "other samples of the map that are of their classes: how often it is right, class by class, on what the "
        "network gives, on what it gave before training, and on the inputs themselves. Ctrl and click selects one "
        "sample more."
    )
    kinds: ClassVar[tuple[type[Frozen], ...]] = (FewLabels, Probe, Selected)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars()
        self.bars.setToolTip("How often the probe is right: on the trained network, the untrained one, the inputs")
        self._swatches = [label("■") for _ in range(3)]
        self._key = [label(role="small", numbers=True) for _ in range(3)]
        self._facts = label(role="small", numbers=True)
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
    def demo(cls, story: str = "") -> Self:
        """Ten samples, one of each class."""
        panel = super().demo(story)
        panel.run.take(Selected(indices=tuple(range(10))))
        panel.run.take(made_up(tuple(range(10))))
        panel.draw()
        return panel

    def empty_text(self, run: RunModel) -> str:
        if not run.selection.indices:
            return HERE
        found = self._shown(run)
        if found is not None:
            return "" if len(found.classes.numpy()) > 1 else ONE_CLASS
        entries = run.probe.label_entries if run.probe is not None else ()
        if not entries or not entries[0].names:
            return "The first label of these data is no class, so there is nothing to tell by a few of them."
        return ENDED if run.ended else "A probe is fitted …"

    def refresh(self, run: RunModel) -> None:
        found, palette = self._shown(run), theme().palette
        shown = found if found is not None and len(found.classes.numpy()) > 1 else None
        colours = (palette.run(run.colour), palette.reference, palette.likely)
        told = [f"{name} {percent(share)}" for name, share in overall(shown)] if shown is not None else []
        for number, (swatch, line) in enumerate(zip(self._swatches, self._key, strict=True)):
            swatch.setVisible(number < len(told))
            swatch.setStyleSheet(f"color: {colours[number]}")
            line.setText(told[number] if number < len(told) else "")
        self._facts.setText(facts(shown) if shown is not None else "")
        self.bars.show_rows(rows_of(run, shown, colours) if shown is not None else ())

    @staticmethod
    def _shown(run: RunModel) -> FewLabels | None:
        """What came, where it is of the present selection."""
        found = run.few_labels
        return found if found is not None and set(found.given) == set(run.selection.indices) else None

    def table(self) -> Table | None:
        """One row a class, and how many it was asked about."""
        shown = self._shown(self.run)
        if shown is None:
            return None
        names = [class_name(self.run, shown, int(each)) for each in shown.classes.numpy()]
        accuracy = zip(shown.representations, shown.accuracy.numpy().tolist(), strict=True)
        return {"class": names, "asked": shown.others.numpy().tolist(), **dict(accuracy)}


def overall(shown: FewLabels) -> list[tuple[str, float]]:
    """The share of all samples asked about, by representation; NaN where there was none."""
    counts = shown.others.numpy().astype(float)
    right = (np.nan_to_num(shown.accuracy.numpy()) * counts).sum(axis=1)
    return [
        (name, float(each) / counts.sum() if counts.sum() else math.nan)
        for name, each in zip(shown.representations, right, strict=True)
    ]


def rows_of(run: RunModel, shown: FewLabels, colours: tuple[str, ...]) -> tuple[Row, ...]:
    """A class each, with the figure of the trained network."""
    columns = shown.accuracy.numpy().T.tolist()
    names = [class_name(run, shown, int(label)) for label in shown.classes.numpy()]
    return tuple(Row(n, percent(each[0]), tuple(each), colours) for n, each in zip(names, columns, strict=True))


def percent(share: float) -> str:
    """A whole number of percent, or a dash."""
    return f"{share:.0%}" if math.isfinite(share) else "–"


def class_name(run: RunModel, shown: FewLabels, value: int) -> str:
    """What a class is called."""
    entries = run.probe.label_entries if run.probe is not None else ()
    return name_of(next((entry.names for entry in entries if entry.name == shown.label), ()), value)


def facts(shown: FewLabels) -> str:
    """How many it was told, and how many it was asked about."""
    return f"{len(shown.given):,} labels, {int(shown.others.numpy().sum()):,} others   step {shown.step:,}"


def made_up(given: tuple[int, ...]) -> FewLabels:
    """For the demo: the network is worth something."""
    from sslviz.core.wire import Array

    rng = np.random.default_rng(3)
    shares = np.clip(np.array([[0.85], [0.4], [0.25]]) + 0.1 * rng.normal(size=(3, 10)), 0, 1)
    return FewLabels(
        step=1200,
        label="shape",
        given=given,
        classes=Array.of(np.arange(10, dtype=np.int32)),
        others=Array.of(np.full(10, 199)),
        representations=("trained", "untrained", "raw input"),
        accuracy=Array.of(shares.astype(np.float32)),
    )


if __name__ == "__main__":
    from sslviz.window.demo import run_alone

    raise SystemExit(run_alone(FewLabelsPanel))
