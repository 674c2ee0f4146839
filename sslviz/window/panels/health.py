"""Six small multiples: is the latent space worth something, and is it alive?"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from PySide6.QtWidgets import QGridLayout

from sslviz.core.messages import Frozen, Health, References, Scalars
from sslviz.window.history import Curve
from sslviz.window.panel import Panel, panels
from sslviz.window.run_model import RunModel
from sslviz.window.small_multiple import Line, SmallMultiple
from sslviz.window.table import Table


class Figure(NamedTuple):
    """One small multiple."""

    key: str
    title: str
    form: str
    help: str
    scalar: bool = False


FIGURES = (
    Figure(
        "knn",
        "k-NN",
        "{:.1%}",
        "How often the 20 nearest training samples, weighted, name the label of a held-out sample. Labels are only "
        "used here. Compare with the same on raw inputs and on the untrained network. Live it is taken of at most "
        "2,000 and 500 samples; sslviz train takes all in the end, which gives more.",
    ),
    Figure(
        "alignment",
        "Alignment",
        "{:.3f}",
        "Mean squared distance of the two views of a sample on the sphere; 0 is perfect (Wang & Isola 2020).",
    ),
    Figure(
        "uniformity",
        "Uniformity",
        "{:.2f}",
        "Log of the mean Gaussian potential of pairs on the sphere; lower is more evenly spread (Wang & Isola 2020).",
    ),
    Figure(
        "std_of_l2_normalized",
        "Std of z / ‖z‖",
        "{:.3f}",
        "Mean standard deviation of the normalised embedding's coordinates: 0 is collapsed, 1/√D is isotropic "
        "(Chen & He 2021).",
    ),
    Figure(
        "effective_rank",
        "Effective rank",
        "{:.1f}",
        "How many directions the embeddings use: exponential of the singular values' entropy (Garrido 2023). Judge "
        "it against the untrained network.",
    ),
    Figure(
        "grad_norm",
        "Gradient norm",
        "{:.2f}",
        "Euclidean norm of the whole gradient, averaged over about 15 steps. Sudden growth announces trouble.",
        scalar=True,
    ),
)


@panels.register
class HealthPanel(Panel):
    """Slow diagnostics of the run, each beside the level it should be compared with."""

    name: ClassVar[str] = "health"
    title: ClassVar[str] = "Health"
    help: ClassVar[str] = "Whether the latent space is becoming useful, and whether it is still alive."
    kinds: ClassVar[tuple[type[Frozen], ...]] = (Health, References, Scalars)
    min_interval_s = 0.9

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 2, 12, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        self.multiples = {figure.key: SmallMultiple(figure.title, figure.form, figure.help) for figure in FIGURES}
        for index, multiple in enumerate(self.multiples.values()):
            grid.addWidget(multiple, index // 3, index % 3)
        for index in range(3):
            grid.setColumnStretch(index, 1)

    def apply_theme(self) -> None:
        self.update()

    def empty_text(self, run: RunModel) -> str:
        return "" if self._has_content(run) else "Diagnostics of the latent space appear once training has begun."

    def refresh(self, run: RunModel) -> None:
        shown = self._has_content(run)
        for figure in FIGURES:
            multiple = self.multiples[figure.key]
            multiple.setVisible(shown)
            levels = [(line.value, line.label) for line in run.reference_lines(figure.key)]
            multiple.show_line(line_of(run, figure), levels, [line_of(other, figure) for other in self.others])

    def table(self) -> Table | None:
        """One row for each figure and step, since figures come at steps of their own."""
        rows = []
        for figure in FIGURES:
            curve = curve_of(self.run, figure)
            if curve is not None:
                rows += [(figure.key, *point) for point in zip(curve.steps, curve.values, curve.smoothed, strict=True)]
        if not rows:
            return None
        figures, steps, values, smoothed = zip(*rows, strict=True)
        floats = {"value": [float(value) for value in values], "smoothed": [float(value) for value in smoothed]}
        return {"figure": figures, "step": [int(step) for step in steps], **floats}

    @staticmethod
    def _has_content(run: RunModel) -> bool:
        return bool(run.health_curves) or "grad_norm" in run.curves


def curve_of(run: RunModel, figure: Figure) -> Curve | None:
    """All that is known of a figure."""
    return (run.curves if figure.scalar else run.health_curves).get(figure.key)


def line_of(run: RunModel, figure: Figure) -> Line:
    """A figure of one run over its steps; empty before there is one."""
    curve = curve_of(run, figure)
    if curve is None:
        return Line(np.empty(0), np.empty(0), run.colour)
    return Line(curve.steps, curve.smoothed, run.colour)


if __name__ == "__main__":
    from sslviz.window.demo import run_alone

    raise SystemExit(run_alone(HealthPanel))
