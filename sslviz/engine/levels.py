"""The health figures of a run, and the levels to judge them by."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.messages import ReferenceLine
from sslviz.engine.evaluation import Figures, label_figure
from sslviz.learning.losses import log_hyp0f1
from sslviz.learning.objective import Objective

NETWORK = "What the network gave before its first step."
RAW = "The same vote among the inputs themselves: what needs no learning."

ON_THE_SPHERE = (
    FigureEntry(
        key="alignment",
        title="Alignment",
        form="small",
        help="Mean squared distance of the two views of a sample on the sphere; 0 is perfect (Wang & Isola 2020).",
    ),
    FigureEntry(
        key="uniformity",
        title="Uniformity",
        help="Log of the mean Gaussian potential of pairs on the sphere; lower is more evenly spread "
        "(Wang & Isola 2020).",
    ),
    FigureEntry(
        key="std_of_l2_normalized",
        title="Std of z / ‖z‖",
        form="small",
        help="Mean standard deviation of the normalised embedding's coordinates: 0 is collapsed, 1/√D is isotropic "
        "(Chen & He 2021).",
    ),
    FigureEntry(
        key="effective_rank",
        title="Effective rank",
        form="large",
        help="How many directions the embeddings use: exponential of the singular values' entropy (Garrido 2023). "
        "Judge it against the untrained network.",
    ),
)
GRADIENT = FigureEntry(
    key="grad_norm",
    title="Gradient norm",
    help="Euclidean norm of the whole gradient, averaged over about 15 steps. Sudden growth announces trouble.",
    per_step=True,
)


def label_entries(labels: tuple[LabelEntry, ...]) -> tuple[FigureEntry, ...]:
    """How well every label is read off h."""
    alone = len(labels) == 1
    return tuple(
        FigureEntry(
            key=label_figure(index, label.name),
            title="k-NN" if alone else f"k-NN, {label.name}",
            form="share" if label.names else "small",
            help=(_vote(label.name) if label.names else _mean(label.name))
            + " Labels are only used here. Compare with the same on raw inputs and on the untrained network. Live it "
            "is taken of at most 2,000 and 500 samples; sslviz train takes all in the end, which gives more.",
        )
        for index, label in enumerate(labels)
    )


def _vote(name: str) -> str:
    return f"How often the 20 nearest training samples, weighted, name the {name} of a held-out sample."


def _mean(name: str) -> str:
    return f"R² of the {name} of a held-out sample by the weighted mean of its 20 nearest training samples; 1 is exact."


def figure_entries(labels: tuple[LabelEntry, ...], objective: Objective) -> tuple[FigureEntry, ...]:
    """All figures of a run, in the order in which they are shown."""
    on_the_sphere = ON_THE_SPHERE if objective.has_pairs else ()
    return (*label_entries(labels), *objective.figures, *on_the_sphere, GRADIENT)


def isotropic_std(dim: int) -> float:
    """Deviation of each coordinate of points spread evenly on the sphere."""
    return 1 / math.sqrt(dim)


def uniform_uniformity(dim: int) -> float:
    """ln E exp(-2 ||x - y||²) = -4 + ln E exp(4 x·y) of points spread evenly on the sphere: -3.88 at 64 dimensions."""
    return -4 + log_hyp0f1(dim / 2, 4.0)


def health_lines(dim: int, raw: Mapping[str, Figures], untrained: Figures) -> tuple[ReferenceLine, ...]:
    """All lines that belong to health figures; ``dim`` is that of z, 0 where there are no positive pairs."""
    lines = [
        ReferenceLine(curve=key, label=name, value=value, help=RAW)
        for name, found in raw.items()
        for key, value in found.items()
    ]
    lines += [
        ReferenceLine(curve=key, label="untrained", value=value, help=NETWORK)
        for key, value in untrained.items()
        if key.startswith("knn") or key == "effective_rank"
    ]
    return (*lines, *(_sphere_lines(dim) if dim else ()))


def _sphere_lines(dim: int) -> tuple[ReferenceLine, ...]:
    def line(curve: str, label: str, value: float, text: str) -> ReferenceLine:
        return ReferenceLine(curve=curve, label=label, value=value, help=text)

    return (
        line("alignment", "unrelated", 2.0, "Mean squared distance of two independent points on the sphere."),
        line("uniformity", "uniform", uniform_uniformity(dim), "Points spread evenly on the sphere."),
        line("std_of_l2_normalized", "isotropic", isotropic_std(dim), "Points spread evenly: 1/√D."),
        line("std_of_l2_normalized", "collapsed", 0.0, "All samples at one point."),
    )
