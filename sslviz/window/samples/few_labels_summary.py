"""What linear probes on a few labelled samples have found, as a sentence and as bars; and samples to label."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sslviz.core.panel_data import FewLabels
from sslviz.core.percentage import percent
from sslviz.window.latent.labels import class_names
from sslviz.window.plotting.bars import Row
from sslviz.window.runs.run_model import RunModel

TEN = 10
"""Number of samples that :func:`ten_at_random` selects."""


class Overall(NamedTuple):
    """The accuracy of one linear probe over all test samples; NaN without test samples."""

    name: str
    """What the probe was fitted on: "trained", "untrained" or "raw input"."""
    accuracy: float
    row: int
    """Index in :attr:`FewLabels.representations`."""


def overall(shown: FewLabels) -> list[Overall]:
    """Return the accuracy of each linear probe over all test samples.

    First is the probe on h of the trained network; the one on h of the untrained network is the last. Between them is
    the one on the raw inputs, if they are known.
    """
    tested = shown.test_counts.numpy().astype(float)
    correct = (np.nan_to_num(shown.accuracy.numpy()) * tested).sum(axis=1)
    shares = [float(count) / tested.sum() if tested.sum() else math.nan for count in correct]
    order = [0, *range(len(shares) - 1, 0, -1)] if shares else []
    return [Overall(shown.representations[row], shares[row], row) for row in order]


def sentence(shown: FewLabels) -> list[str]:
    """Return the parts of a sentence such as "10 labels: 83 %, raw input 65 %, untrained 51 %".

    The first part is the number of labels. Each further part is the accuracy of one linear probe, as in
    :func:`overall`; without test samples, there are no further parts.
    """
    labels = f"{len(shown.labelled):,} labels"
    if not shown.test_counts.numpy().any():
        return [labels]
    parts = [f"{'' if row == 0 else name + ' '}{percent(share)}" for name, share, row in overall(shown)]
    return [f"{labels}:", *(f"{part}," for part in parts[:-1]), *parts[-1:]]


def facts(shown: FewLabels) -> str:
    """Return a line of text: the number of samples that test the linear probes, and the training step of the result.

    Without test samples, the line says so.
    """
    tested = int(shown.test_counts.numpy().sum())
    tests = f"tested on {tested:,} others" if tested else "no other sample is known to be of these classes"
    return f"{tests}, step {shown.step:,}"


def rows_of(shown: FewLabels, colours: tuple[str, ...]) -> tuple[Row, ...]:
    """Return a row of the bar chart for each class.

    Usually a row has a bar for each linear probe, in the order of :func:`overall`: its accuracy for this class.
    ``colours`` are the colours of the bars by the index in :attr:`FewLabels.representations`. The row of a class
    without test samples has a single bar: the share of the map's samples that the linear probe on h of the trained
    network assigns to the class.
    """
    rows, predicted, order = [], shown.predictions.numpy(), [each.row for each in overall(shown)]
    for number, (name, accuracies) in enumerate(zip(shown.names, shown.accuracy.numpy().T.tolist(), strict=True)):
        count = int((predicted == number).sum())
        if shown.test_counts.numpy()[number]:
            bars = tuple(accuracies[row] for row in order), tuple(colours[row] for row in order)
            rows.append(Row(name, percent(accuracies[0]), *bars))
        else:
            rows.append(Row(name, f"{count:,}", (count / len(predicted),), colours[:1]))
    return tuple(rows)


def ten_at_random(run: RunModel, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the indices of ten random samples of the map, or of all samples of known class if they are fewer.

    Their classes, given by the first kind of label, are as balanced as possible: each class in turn gives one of its
    samples. There are no samples if the data have no classes.
    """
    if run.probe is None or not class_names(run):
        return ()
    labels = np.asarray(run.probe.labels[run.probe.label_entries[0].name].numpy())
    classes = rng.permutation(np.unique(labels[labels >= 0]))
    members = [rng.permutation(np.flatnonzero(labels == each)).tolist() for each in classes]
    turns = range(max(map(len, members), default=0))
    return tuple(index for turn in turns for group in members for index in group[turn : turn + 1])[:TEN]
