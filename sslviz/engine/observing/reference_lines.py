"""Reference lines of health figures: values that the figures of the network in training are compared with.

They are the values that a figure has for the raw inputs and other representations without learning, for the untrained
network, and for three simple kinds of embeddings: spread evenly on the unit sphere, independent of each other, or all
at one point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sslviz.core.reference_lines import ReferenceLine
from sslviz.engine.observing.health import RANKS, Figures
from sslviz.learning.losses.nt_xent import log_hyp0f1

UNTRAINED = "What the network gave before its first step."
RAW = "The same vote among the inputs themselves: what needs no learning."


def isotropic_std(dim: int) -> float:
    """Return the standard deviation of each coordinate of points spread evenly on the unit sphere, 1/√``dim``."""
    return 1 / math.sqrt(dim)


def uniform_uniformity(dim: int) -> float:
    """Return the uniformity of points spread evenly on the unit sphere: -3.88 in 64 dimensions.

    For unit vectors x and y, uniformity is ln E exp(-2 ||x - y||²) = -4 + ln E exp(4 x·y) (Wang & Isola 2020).
    """
    return -4 + log_hyp0f1(dim / 2, 4.0)


def health_lines(
    dim: int, raw: Mapping[str, Figures], untrained: Figures, *, pretrained: bool = False
) -> tuple[ReferenceLine, ...]:
    """Return the reference lines of the k-NN scores and of the figures of z.

    The objective's own figures have no lines here; :meth:`Objective.reference_lines` may give them some.

    Args:
        dim: dimension of z; 0 if the objective has no positive pairs.
        raw: k-NN figures of the raw inputs and of other representations without learning, by the name of the
            representation; the raw inputs are first.
        untrained: health figures of the untrained network, of which the k-NN scores and the effective ranks get lines.
        pretrained: whether that network is not untrained in fact, but began with weights that were trained before.
    """
    lines = [
        ReferenceLine(curve=key, label=name, value=value, help=RAW, role="baseline" if index else "raw_input")
        for index, (name, figures) in enumerate(raw.items())
        for key, value in figures.items()
    ]
    lines += [
        ReferenceLine(
            curve=key, label="pretrained" if pretrained else "untrained", value=value, help=UNTRAINED, role="untrained"
        )
        for key, value in untrained.items()
        if key.startswith("knn") or key in RANKS
    ]
    return (*lines, *(_sphere_lines(dim) if dim else ()))


def _sphere_lines(dim: int) -> tuple[ReferenceLine, ...]:
    std = "std_of_l2_normalized"
    return (
        ReferenceLine(
            curve="alignment",
            label="unrelated",
            value=2.0,
            help="Mean squared distance of two independent points on the sphere.",
            role="unrelated",
        ),
        ReferenceLine(
            curve="uniformity",
            label="uniform",
            value=uniform_uniformity(dim),
            help="Points spread evenly on the sphere.",
            role="isotropic",
        ),
        ReferenceLine(
            curve=std, label="isotropic", value=isotropic_std(dim), help="Points spread evenly: 1/√D.", role="isotropic"
        ),
        ReferenceLine(curve=std, label="collapsed", value=0.0, help="All samples at one point.", role="collapsed"),
    )
