"""Numbers about the selected samples: counts by class, purity, and mean cosine similarity.

Purity is the share of the largest class among the samples whose class is known.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sslviz.core.entries import UNKNOWN, name_of
from sslviz.core.panel_data import Probe
from sslviz.window.latent.colours import colours_by_label
from sslviz.window.plotting.bars import Row
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.theme import theme


class ClassCount(NamedTuple):
    """Name of a class, number of selected samples in it, and colour of the class on the map.

    The classes are the values of the samples' first label. If its values are numbers, the range from the 1st to the
    99th percentile is divided into intervals, and each interval counts as a class; numbers outside the range belong to
    the first or the last interval.
    """

    name: str
    samples: int
    colour: str


def class_counts(probe: Probe, indices: tuple[int, ...]) -> tuple[ClassCount, ...]:
    """Count the samples ``indices`` of the map in each class of the first label; return the largest class first.

    Samples whose class is unknown are counted together, in an entry at the end. The result is empty if the samples have
    no labels, or if the first label has numbers as values and all are unknown.
    """
    colours, chosen = colours_by_label(probe, ""), list(indices)
    if not colours.names:
        return ()
    entry = probe.label_entries[0]
    names, values = (entry.names, probe.labels[entry.name].numpy()) if entry.names else (colours.names, colours.labels)
    labels, first, counts = np.unique(values[chosen], return_index=True, return_counts=True)
    shown = (colours.styles.of(int(label), theme().palette)[0] for label in colours.labels[chosen][first])
    classes = [
        ClassCount(name_of(names, int(label)), int(count), colour)
        for label, count, colour in zip(labels, counts, shown, strict=True)
    ]
    unknown = int(bool(len(labels)) and labels[0] == UNKNOWN)
    return (*sorted(classes[unknown:], key=lambda each: -each.samples), *classes[:unknown])


def bar_rows(classes: tuple[ClassCount, ...]) -> tuple[Row, ...]:
    """Return the rows of a bar chart: for each class its name, its number of samples as text, and a bar.

    The lengths of the bars are proportional to the numbers; the longest bar has length 1.
    """
    most = max((each.samples for each in classes), default=0)
    return tuple(Row(c.name, f"{c.samples:,}", (c.samples / most,), (c.colour,)) for c in classes)


def most_typical_first(run: RunModel) -> tuple[int, ...]:
    """Return the indices of the selected samples, most typical first.

    The engine ranks the samples. A sample is the more typical, the larger the cosine is between its representation h,
    the output of the encoder, and the mean direction of h of all selected samples. Until the ranking has arrived, the
    indices are in ascending order.
    """
    figures = run.selection_figures
    if figures is None or not _figures_are_current(run):
        return run.selection.indices
    return tuple(figures.typical.numpy().tolist())


def summary(run: RunModel) -> str:
    """Return a line of text about the selection: its size, its purity, and the mean cosine similarity of its samples.

    The training step at which the engine computed the cosine follows. What is unknown is left out, and so is the purity
    if the values of the first label are numbers. The result is empty if nothing is selected.
    """
    selection, probe, figures = run.selection, run.probe, run.selection_figures
    if probe is None or not selection.indices:
        return ""
    parts = [f"{len(selection.indices):,} of {probe.ids.shape[0]:,}"]
    classes = class_counts(probe, selection.indices)
    known = int(probe.known(probe.label_entries[0])[list(selection.indices)].sum()) if classes else 0
    if known and probe.label_entries[0].names:
        parts.append(f"purity {classes[0].samples / known:.0%}")
    if figures is not None and not math.isnan(figures.mean_cosine) and _figures_are_current(run):
        parts.append(f"mean cosine {figures.mean_cosine:.2f}")
        parts.append(f"step {figures.step:,}")
    return "   ".join(parts)


def _figures_are_current(run: RunModel) -> bool:
    """Return whether the engine's newest numbers are about the present selection, not about an earlier one."""
    figures = run.selection_figures
    return figures is not None and np.array_equal(np.sort(figures.typical.numpy()), run.selection.indices)
