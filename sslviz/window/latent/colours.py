"""The colours of the map's points: one colour for each class of a label, or for each step of a number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Probe
from sslviz.window.latent.labels import with_unit

SHADES = 9
"""Number of steps, each with its own colour, into which the range of a number is divided."""


class Colours(NamedTuple):
    """The colours of all points, as one label for each point, with the names of the labels for the legend.

    ``labels`` is int32[n]. With ``shades`` = 0 a label is a class, or -1 for grey; with ``shades`` > 0 a label is
    a step of a number, from 0 to ``shades`` - 1. ``names[label]`` is the name of the class, or the value in the
    middle of the step. ``ends`` are the values at the lower end of the lowest step and the upper end of the highest.
    """

    labels: npt.NDArray[np.int32] = np.empty(0, np.int32)
    names: tuple[str, ...] = ()
    shades: int = 0
    ends: tuple[str, str] = ("", "")


def colours_by_label(probe: Probe | None, name: str) -> Colours:
    """Return the colours by the label called ``name``, or by the first label if no label has that name."""
    if probe is None or not probe.label_entries:
        return Colours(np.zeros(probe.ids.shape[0] if probe is not None else 0, np.int32))
    entry = next((each for each in probe.label_entries if each.name == name), probe.label_entries[0])
    values = probe.labels[entry.name].numpy()
    if entry.names:
        return Colours(np.asarray(values, np.int32), entry.names)
    return colours_by_number(np.asarray(values, np.float64), entry.unit)


def colours_by_number(values: npt.NDArray[np.float64], unit: str) -> Colours:
    """Return the colours of n values: :data:`SHADES` steps of equal width between their 1st and 99th percentile.

    Values beyond these percentiles belong to the outermost steps, values that are not finite to the lowest step.
    """
    finite = np.isfinite(values)
    labels = np.zeros(len(values), np.int32)
    if not finite.any():
        return Colours(labels, (), SHADES)
    low, high = np.quantile(values[finite], [0.01, 0.99]).tolist()
    if high == low:
        return Colours(labels, (with_unit(low, unit),), SHADES, ("", with_unit(low, unit)))
    steps = (values[finite] - low) / (high - low) * SHADES
    labels[finite] = np.clip(steps, 0, SHADES - 1).astype(np.int32)
    middles = (low + (high - low) * (step + 0.5) / SHADES for step in range(SHADES))
    names = tuple(with_unit(middle, unit) for middle in middles)
    return Colours(labels, names, SHADES, (with_unit(low, unit), with_unit(high, unit)))
