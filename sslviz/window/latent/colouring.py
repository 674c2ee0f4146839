"""Colours of the map's points: by a label of the data, by cluster, by predicted class, or by a number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Clusters, FewLabels, Losses
from sslviz.core.wire import Frozen
from sslviz.window.latent.colours import Colours, colours_by_label, colours_by_number
from sslviz.window.latent.sample_figures import Figures, neighbour_agreement, sample_losses, segment_numbers
from sslviz.window.runs.run_model import RunModel

CLUSTER, FEW_LABELS, LOSS, AGREEMENT, TIME = "cluster", "said", "loss", "alike", "time"
BESIDE_LABELS = {
    CLUSTER: ("cluster", "by k-means of h, whatever the labels; click one in the legend to see its most typical"),
    FEW_LABELS: ("few labels", "the prediction of a probe trained only on the samples that are selected or named"),
    LOSS: ("loss", "the loss of each sample now"),
    AGREEMENT: (
        "neighbours alike",
        "the share of a sample's nearest neighbours in the latent space that have its label",
    ),
    TIME: ("time", "the position of each point in its clip, sound or text"),
}
"""Title and tooltip, by key, of each way to colour the points that is not a label."""
LABEL = "label:"
"""Prefix of a key that means a label of the data."""


def colour_choices(run: RunModel) -> dict[str, str]:
    """Return the ways to colour the points of a run, as a dictionary from the key of each way to its title.

    The labels of the data come first. The dictionary is empty if the run has no probe.
    """
    if run.probe is None:
        return {}
    labels = {LABEL + entry.name: entry.name for entry in run.probe.label_entries}
    has_classes = bool(run.probe.label_entries and run.probe.label_entries[0].names)
    has_time = bool(segment_numbers(run.probe).any()) and TIME not in labels.values()
    available = {CLUSTER: True, FEW_LABELS: True, LOSS: not run.recorded, AGREEMENT: has_classes, TIME: has_time}
    return labels | {key: title for key, (title, _) in BESIDE_LABELS.items() if available[key]}


def data_of_colours(key: str) -> tuple[type[Frozen], ...]:
    """Return which type of message the colours by ``key`` are computed from, as a tuple of one class.

    The tuple is empty if no message is needed besides those with the map and the probe.
    """
    data: dict[str, type[Frozen]] = {CLUSTER: Clusters, FEW_LABELS: FewLabels, LOSS: Losses}
    return (data[key],) if key in data else ()


def colouring(run: RunModel, key: str) -> Colours:
    """Return the colours of the points by ``key``, a key of :func:`colour_choices`.

    With an unknown key, the points are coloured by the first label of the data. All points are grey until
    the clusters, predictions or numbers, such as the losses, have been received; with the key :data:`FEW_LABELS` also
    while no points are selected or named.
    """
    probe = run.probe
    if probe is None or key not in BESIDE_LABELS:
        return colours_by_label(probe, key.removeprefix(LABEL))
    count = probe.ids.shape[0]
    if key == CLUSTER:
        return _by_cluster(run, count)
    if key == FEW_LABELS:
        return _by_few_labels(run, count)
    figures = {LOSS: sample_losses, AGREEMENT: neighbour_agreement, TIME: _times}[key](run)
    return colours_by_number(figures if figures is not None and len(figures) == count else _unknown(count), "")


def _by_cluster(run: RunModel, count: int) -> Colours:
    if run.clusters is None or run.clusters.members.shape[0] != count:
        return _grey(count)
    members = np.asarray(run.clusters.members.numpy(), np.int32)
    return Colours(members, tuple(f"cluster {number + 1}" for number in range(int(members.max(initial=-1)) + 1)))


def _by_few_labels(run: RunModel, count: int) -> Colours:
    labelled = run.named or run.selection.indices
    if not labelled or run.few_labels is None or run.few_labels.predictions.shape[0] != count:
        return _grey(count)
    return Colours(np.asarray(run.few_labels.predictions.numpy(), np.int32), run.few_labels.names)


def _grey(count: int) -> Colours:
    return Colours(np.full(count, -1, np.int32))


def _unknown(count: int) -> npt.NDArray[np.float64]:
    return np.full(count, np.nan)


def _times(run: RunModel) -> Figures | None:
    return None if run.probe is None else segment_numbers(run.probe)
