"""The levels by which the health figures of a run are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sslviz.core.messages import ReferenceLine
from sslviz.engine.observing.evaluation import Figures
from sslviz.learning.losses.nt_xent import log_hyp0f1

NETWORK = "What the network gave before its first step."
RAW = "The same vote among the inputs themselves: what needs no learning."


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
