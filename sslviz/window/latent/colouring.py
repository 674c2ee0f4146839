"""Colours of the map's points: by a label of the data, by cluster, by predicted class, or by a number."""

from __future__ import annotations

import numpy as np

from sslviz.core.entries import UNKNOWN
from sslviz.core.panel_data import Clusters, FewLabels, Losses
from sslviz.core.wire import Frozen
from sslviz.window.latent.colours import Colours, colours_by_class, colours_by_label, colours_by_number
from sslviz.window.latent.labels import class_names, known_of_selection
from sslviz.window.latent.sample_figures import Figures, neighbour_agreement, sample_losses, segment_numbers
from sslviz.window.runs.run_model import ENDED, RunModel

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
NEWEST_ONLY = "Neighbours are known for the newest map only: Live shows it."
NOTHING_TO_LEARN_FROM = "Nothing to learn from yet: select about ten samples, or take ten at random in Few labels."
WAITING = {
    CLUSTER: "Finding clusters …",
    LOSS: "Computing the loss of each sample …",
    AGREEMENT: "Neighbours come with the next map …",
}
"""Texts, by key, about colours whose data the engine has not sent yet."""


def colour_choices(run: RunModel) -> dict[str, str]:
    """Return the ways to colour the points of a run, as a dictionary from the key of each way to its title.

    The labels of the data come first. The dictionary is empty if the run has no probe.
    """
    if run.probe is None:
        return {}
    labels = {LABEL + entry.name: entry.name for entry in run.probe.label_entries}
    has_time = bool(segment_numbers(run.probe).any()) and TIME not in labels.values()
    available = {
        CLUSTER: True,
        FEW_LABELS: True,
        LOSS: not run.recorded,
        AGREEMENT: bool(class_names(run)),
        TIME: has_time,
    }
    return labels | {key: title for key, (title, _) in BESIDE_LABELS.items() if available[key]}


def data_of_colours(key: str) -> tuple[type[Frozen], ...]:
    """Return which type of message the colours by ``key`` are computed from, as a tuple of one class.

    The tuple is empty if no message is needed besides those with the map and the probe.
    """
    data: dict[str, type[Frozen]] = {CLUSTER: Clusters, FEW_LABELS: FewLabels, LOSS: Losses}
    return (data[key],) if key in data else ()


def colouring(run: RunModel, key: str) -> Colours:
    """Return the colours of the points by ``key``, a key of :func:`colour_choices`.

    With an unknown key, the points are coloured by the first label of the data. All points are grey until the clusters,
    predictions or numbers, such as the losses, have been received; with the key :data:`FEW_LABELS` also while no points
    are selected or named. :attr:`Colours.missing` then says what is missing.
    On a map of an earlier step, :attr:`Colours.note` says which colours are of now.
    """
    probe = run.probe
    if probe is None or key not in BESIDE_LABELS:
        return colours_by_label(probe, key.removeprefix(LABEL))
    count = probe.ids.shape[0]
    of = {CLUSTER: _by_cluster, FEW_LABELS: _by_few_labels}.get(key)
    colours = of(run, count) if of is not None else _by_figures(run, key, count)
    if colours is not None:
        return colours._replace(note=_of_now(run, key))
    return Colours(np.full(count, UNKNOWN, np.int32), missing=_missing(run, key))


def _by_cluster(run: RunModel, count: int) -> Colours | None:
    if run.clusters is None or run.clusters.members.shape[0] != count:
        return None
    members = np.asarray(run.clusters.members.numpy(), np.int32)
    return Colours(members, tuple(f"cluster {number + 1}" for number in range(int(members.max(initial=-1)) + 1)))


def _by_few_labels(run: RunModel, count: int) -> Colours | None:
    labelled = run.named or run.selection.indices
    if not labelled or run.few_labels is None or run.few_labels.predictions.shape[0] != count:
        return None
    colours = colours_by_class(np.asarray(run.few_labels.predictions.numpy(), np.int32), run.few_labels.names)
    return colours._replace(learned_from_selection=not run.named)


def _by_figures(run: RunModel, key: str, count: int) -> Colours | None:
    figures = {LOSS: sample_losses, AGREEMENT: neighbour_agreement, TIME: _times}[key](run)
    return colours_by_number(figures, "") if figures is not None and len(figures) == count else None


def _times(run: RunModel) -> Figures | None:
    return None if run.probe is None else segment_numbers(run.probe)


def _of_now(run: RunModel, key: str) -> str:
    """Return a sentence that says so if colours of another step are on the map; else an empty text."""
    step = next(map(run.step_of, data_of_colours(key)), None)
    if run.latent_map is None or run.cursor_step is None or step in (None, run.latent_map.step):
        return ""
    return f"Colours of step {step:,} on the map of step {run.latent_map.step:,}."


def _missing(run: RunModel, key: str) -> str:
    """Return a sentence that says what the colours by ``key`` wait for, or that they cannot be computed any more."""
    labels = sum(map(len, run.named.values())) if run.named else len(known_of_selection(run))
    if key == FEW_LABELS and not labels:
        return NOTHING_TO_LEARN_FROM
    if key == AGREEMENT and run.shows_kept_map:
        return NEWEST_ONLY
    if run.out_of_reach:
        return ENDED
    return run.why_empty or WAITING.get(key, f"Fitting a probe on {labels:,} labels …")
