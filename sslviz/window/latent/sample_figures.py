"""Numbers by which the points of the map can be coloured, such as the loss; and texts with a sample's loss and rank."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Probe
from sslviz.window.runs.run_model import RunModel

Figures = npt.NDArray[np.float64]


def sample_losses(run: RunModel) -> Figures | None:
    """Return the loss of each of the n samples of the probe, float64[n], or None before the engine has sent losses."""
    return None if run.losses is None else np.asarray(run.losses.values.numpy(), np.float64)


def neighbour_agreement(run: RunModel) -> Figures | None:
    """Return for each sample the share of its nearest neighbours in the latent space that have the sample's class.

    If the data have several labels for each sample, the class is the first of them. Neighbours of unknown class do not
    count. The result is float64[n] in [0, 1] for n samples. It is NaN for a sample of unknown class, and for a sample
    all of whose neighbours are of unknown class. The result is None before there is a map of the probe's samples.
    """
    latent_map, probe = run.latent_map, run.probe
    if probe is None or latent_map is None or latent_map.neighbours is None or not latent_map.neighbours.shape[1]:
        return None
    entry = probe.label_entries[0]
    labels, known = probe.labels[entry.name].numpy(), probe.known(entry)
    neighbours = latent_map.neighbours.numpy()
    if len(neighbours) != len(labels):
        return None
    counted = known[neighbours] & known[:, None]
    alike = (labels[neighbours] == labels[:, None]) & counted
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN
        return np.asarray(alike.sum(axis=1) / counted.sum(axis=1), np.float64)


def segment_numbers(probe: Probe) -> Figures:
    """Return for each of the n rows of the probe the number of its segment within the sample, float64[n].

    The probe has one row for each segment, and the segments of one sample are consecutive rows. Within each sample
    they are numbered 0, 1, 2 …
    """
    ids = probe.ids.numpy()
    first = np.concatenate([[True], ids[1:] != ids[:-1]]) if len(ids) else np.zeros(0, bool)
    starts = np.maximum.accumulate(np.where(first, np.arange(len(ids)), 0))
    return np.asarray(np.arange(len(ids)) - starts, np.float64)


def loss_rank(run: RunModel, index: int) -> str:
    """Return a text with the loss of sample ``index`` and its rank among all samples, the highest loss first.

    For example, "loss 4, 1st hardest of 10" means that the loss is 4, the highest of 10 samples. If the loss and the
    map were computed at different steps, the text also contains the step of the loss. The text is empty if the loss
    is unknown.
    """
    losses, latent_map = sample_losses(run), run.latent_map
    if losses is None or run.losses is None or not 0 <= index < len(losses) or not np.isfinite(losses[index]):
        return ""
    rank = 1 + int((losses > losses[index]).sum())
    same_step = latent_map is None or latent_map.step == run.losses.step
    step = "" if same_step else f" at step {run.losses.step:,}"
    return f"loss {losses[index]:.3g}{step}, {ordinal(rank)} hardest of {len(losses):,}"


def ordinal(number: int) -> str:
    """Return a number as an English ordinal: 1st, 2nd, 3rd, 4th …"""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number:,}{ending}"
