"""The colours of the map's points: one colour for each class, or for each interval of a number such as the loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import UNKNOWN
from sslviz.core.panel_data import Probe
from sslviz.window.latent.labels import with_unit
from sslviz.window.style.palette import BY_CLASS, PointStyles

SHADES = 9
"""Number of intervals, each with a colour, into which the range of a number is divided."""
MAX_CLASSES, LARGEST = 10, 8
"""Maximum number of classes that all have a colour of their own, and number of those that have one if there are more:
the others are shown together."""
BY_NUMBER = PointStyles(SHADES)
"""The styles of points that are coloured by a number."""


class Colours(NamedTuple):
    """What determines the colours of n points: a label for each point; and the text of each label for the legend.

    Attributes:
        labels: int32[n], the class of each point, or its interval if the points are coloured by a number such as the
            loss. If there are many classes, only the largest have a label of their own, and one label stands for all
            others, see :func:`colours_by_class`. Points with the label -1 (unknown) are grey.
        names: the text of each label: the name of the class, or the number in the middle of the interval. The index
            in the tuple is the label.
        styles: the colours and markers of the labels.
        ends: the lower end of the lowest interval and the upper end of the highest interval, as texts; the first is
            empty if all values are equal, and both are if there are no intervals or no known values.
        missing: what the colours wait for, in a sentence; all points are grey then. Empty if the colours are known.
        note: what else the user has to know of the colours, in a sentence; usually empty.
        learned_from_selection: whether the labels are predictions that were learned from the selected points, so that
            the other points are what the user wants to see.
    """

    labels: npt.NDArray[np.int32] = np.empty(0, np.int32)
    names: tuple[str, ...] = ()
    styles: PointStyles = BY_CLASS
    ends: tuple[str, str] = ("", "")
    missing: str = ""
    note: str = ""
    learned_from_selection: bool = False

    @property
    def shades(self) -> int:
        """The number of intervals if the points are coloured by a number, otherwise 0."""
        return self.styles.shades

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes that have a label of their own; empty if the points are coloured by a number."""
        return () if self.shades else self.names[: self.styles.others]

    @property
    def has_unknown(self) -> bool:
        """Whether the class or the number of some points is unknown."""
        return bool((self.labels < 0).any())


def colours_by_label(probe: Probe | None, name: str) -> Colours:
    """Return the colours of the points by the labels ``name`` of the probe, for example by "digit".

    If the probe has no such labels, its first labels are used; without any labels, all points have the same colour.
    """
    if probe is None or not probe.label_entries:
        return Colours(np.zeros(probe.ids.shape[0] if probe is not None else 0, np.int32))
    entry = next((each for each in probe.label_entries if each.name == name), probe.label_entries[0])
    values = probe.labels[entry.name].numpy()
    if entry.names:
        return colours_by_class(np.asarray(values, np.int32), entry.names, entry.colours)
    return colours_by_number(np.asarray(values, np.float64), entry.unit)


def colours_by_class(labels: npt.NDArray[np.int32], names: tuple[str, ...], own: tuple[str, ...] = ()) -> Colours:
    """Return the colours of n points by their class, ``labels`` int32[n], an index in ``names`` or -1 (unknown).

    If there are points of more than :data:`MAX_CLASSES` classes, the :data:`LARGEST` classes with the most points come
    first, largest first, and all other points have one further label, such as "others (35)". ``own`` are the colours of
    the classes if they are colours themselves, or empty; classes with own colours all keep their label.
    """
    counts = np.bincount(labels[labels >= 0], minlength=len(names))[: len(names)]
    present = int((counts > 0).sum())
    if present <= MAX_CLASSES or own:
        return Colours(labels, names, PointStyles(own=own))
    largest = np.argsort(-counts, kind="stable")[:LARGEST]
    new_labels = np.full(len(labels), LARGEST, np.int32)
    new_labels[labels < 0] = UNKNOWN
    for new_label, label in enumerate(largest.tolist()):
        new_labels[labels == label] = new_label
    shown = (*(names[label] for label in largest.tolist()), f"others ({present - LARGEST:,})")
    return Colours(new_labels, shown, PointStyles(others=LARGEST))


def colours_by_number(values: npt.NDArray[np.float64], unit: str) -> Colours:
    """Return the colours of n points by their ``values``, float64[n].

    The range from the 1st to the 99th percentile is divided into :data:`SHADES` intervals of equal width. Values
    outside this range belong to the lowest or the highest interval; values that are not finite are unknown.
    ``unit`` is the unit of the numbers in the legend.
    """
    finite = np.isfinite(values)
    labels = np.full(len(values), UNKNOWN, np.int32)
    if not finite.any():
        return Colours(labels, (), BY_NUMBER)
    low, high = np.quantile(values[finite], [0.01, 0.99]).tolist()
    labels[finite] = 0
    if high == low:
        return Colours(labels, (with_unit(low, unit),), BY_NUMBER, ("", with_unit(low, unit)))
    steps = (values[finite] - low) / (high - low) * SHADES
    labels[finite] = np.clip(steps, 0, SHADES - 1).astype(np.int32)
    middles = (low + (high - low) * (step + 0.5) / SHADES for step in range(SHADES))
    names = tuple(with_unit(middle, unit) for middle in middles)
    return Colours(labels, names, BY_NUMBER, (with_unit(low, unit), with_unit(high, unit)))
