"""What colours the points of the map: any label the data has, or what is known of the samples beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Clusters, FewLabels, Losses, Probe
from sslviz.core.wire import Frozen
from sslviz.window.latent.labels import Colours, colours, steps_of
from sslviz.window.runs.run_model import RunModel

CLUSTER, SAID, LOSS, ALIKE, TIME = "cluster", "said", "loss", "alike", "time"
BESIDE = {
    CLUSTER: ("cluster", "by k-means of h, whatever the labels; click one in the legend to see its most typical"),
    SAID: ("few labels", "what a probe takes each sample for that knows the few that are selected or named alone"),
    LOSS: ("loss", "what each sample costs now"),
    ALIKE: ("neighbours alike", "the share of a sample's nearest in the latent space that have its label"),
    TIME: ("time", "which part of its clip, sound or text a point is"),
}
"""by key: what it is called, and what it is"""
LABEL = "label:"
"""what the keys of labels begin with"""


def offered(run: RunModel) -> dict[str, str]:
    """By key, what the points of this run can be coloured by; labels first."""
    if run.probe is None:
        return {}
    found = {LABEL + entry.name: entry.name for entry in run.probe.label_entries}
    named = bool(run.probe.label_entries and run.probe.label_entries[0].names)
    timed = bool(times(run.probe).any()) and TIME not in found.values()
    there = {CLUSTER: True, SAID: True, LOSS: not run.recorded, ALIKE: named, TIME: timed}
    return found | {key: title for key, (title, _) in BESIDE.items() if there[key]}


def data_of_colours(key: str) -> tuple[type[Frozen], ...]:
    """Return the types of panel data that these colours are drawn from, beside the map and its probe."""
    data: dict[str, type[Frozen]] = {CLUSTER: Clusters, SAID: FewLabels, LOSS: Losses}
    return (data[key],) if key in data else ()


def colouring(run: RunModel, key: str) -> Colours:
    """The colours of the points; by the first label where the key is none of those offered, grey before it is known."""
    probe = run.probe
    if probe is None or key not in BESIDE:
        return colours(probe, key.removeprefix(LABEL))
    count = probe.ids.shape[0]
    if key == CLUSTER:
        return _clusters(run, count)
    if key == SAID:
        return _said(run, count)
    return steps_of(known_or_not({LOSS: losses, ALIKE: alike, TIME: _times}[key](run), count), "")


def _clusters(run: RunModel, count: int) -> Colours:
    if run.clusters is None or run.clusters.members.shape[0] != count:
        return Colours(np.full(count, -1, np.int32))
    members = np.asarray(run.clusters.members.numpy(), np.int32)
    return Colours(members, tuple(f"cluster {number + 1}" for number in range(int(members.max(initial=-1)) + 1)))


def _said(run: RunModel, count: int) -> Colours:
    told = run.named or run.selection.indices
    if not told or run.few_labels is None or run.few_labels.said.shape[0] != count:
        return Colours(np.full(count, -1, np.int32))
    return Colours(np.asarray(run.few_labels.said.numpy(), np.int32), run.few_labels.names)


def losses(run: RunModel) -> npt.NDArray[np.float64] | None:
    """float64[n], None where they are not known."""
    found: Losses | None = run.losses
    return None if found is None else np.asarray(found.values.numpy(), np.float64)


def alike(run: RunModel) -> npt.NDArray[np.float64] | None:
    """float64[n], the share of each sample's nearest in the latent space that have its first label."""
    latent_map, probe = run.latent_map, run.probe
    if probe is None or latent_map is None or latent_map.neighbours is None or not latent_map.neighbours.shape[1]:
        return None
    values = probe.labels[probe.label_entries[0].name].numpy()
    near = latent_map.neighbours.numpy()
    if len(near) != len(values):
        return None
    return np.asarray((values[near] == values[:, None]).mean(axis=1), np.float64)


def _times(run: RunModel) -> npt.NDArray[np.float64] | None:
    return None if run.probe is None else times(run.probe)


def times(probe: Probe) -> npt.NDArray[np.float64]:
    """float64[n], the how manieth segment of its sample each is: segments of a sample stand together."""
    ids = probe.ids.numpy()
    first = np.concatenate([[True], ids[1:] != ids[:-1]]) if len(ids) else np.zeros(0, bool)
    starts = np.maximum.accumulate(np.where(first, np.arange(len(ids)), 0))
    return np.asarray(np.arange(len(ids)) - starts, np.float64)


def known_or_not(values: npt.NDArray[np.float64] | None, count: int) -> npt.NDArray[np.float64]:
    """These values, or as many that are not known."""
    return values if values is not None and len(values) == count else np.full(count, np.nan)


def hardest(run: RunModel, index: int) -> str:
    """A sample's loss, of which step where that is not the map's, and where it stands among all; empty where it is not
    known.
    """
    found, latent_map = losses(run), run.latent_map
    if found is None or run.losses is None or not 0 <= index < len(found) or not np.isfinite(found[index]):
        return ""
    place = 1 + int((found > found[index]).sum())
    of_map = latent_map is None or latent_map.step == run.losses.step
    at = "" if of_map else f" at step {run.losses.step:,}"
    return f"loss {found[index]:.3g}{at}, {ordinal(place)} hardest of {len(found):,}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number:,}{ending}"
