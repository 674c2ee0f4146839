"""What the selected samples of a map are: how their labels are spread, and which samples a search finds."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sslviz.core.entries import name_of
from sslviz.core.panel_data import Probe
from sslviz.window.latent.colours import colours_by_label
from sslviz.window.latent.labels import label_line
from sslviz.window.plotting.bars import Row
from sslviz.window.runs.run_model import RunModel, Selected
from sslviz.window.style.palette import point_style


class Share(NamedTuple):
    """A class, how many samples are of it, and its colour on the map."""

    name: str
    samples: int
    colour: str


def shares_of(probe: Probe, indices: tuple[int, ...]) -> tuple[Share, ...]:
    """The first label of these samples, the most frequent class first; steps where it is a number."""
    shown = colours_by_label(probe, "")
    if not shown.names:
        return ()
    labels, counts = np.unique(shown.labels[list(indices)], return_counts=True)
    found = [
        Share(name_of(shown.names, int(label)), int(count), point_style(int(label), shown.shades)[0])
        for label, count in zip(labels, counts, strict=True)
    ]
    return tuple(sorted(found, key=lambda share: -share.samples))


def rows_of(shares: tuple[Share, ...]) -> tuple[Row, ...]:
    """As bars, the fullest class all the way."""
    return tuple(Row(s.name, f"{s.samples:,}", (s.samples / shares[0].samples,), (s.colour,)) for s in shares)


def search(probe: Probe, text: str) -> Selected:
    """The samples that a person asks for: of this number, of a label that contains the text, or whose text does."""
    wanted = text.strip().lower()
    ids = probe.ids.numpy()
    if not wanted:
        return Selected(indices=())
    number = wanted.removeprefix("sample").strip().removeprefix("#").replace(",", "")
    if number.isdecimal():
        found = np.flatnonzero(ids == int(number))
    else:
        texts = [each.lower() for each in probe.texts] or [""] * len(ids)
        hits = [wanted in label_line(probe, index).lower() or wanted in texts[index] for index in range(len(ids))]
        found = np.flatnonzero(hits)
    return Selected(indices=tuple(found.tolist()), origin=search_origin(text))


def search_origin(text: str) -> str:
    """Where a selection comes from that was searched for."""
    return f"search for {text.strip()}"


def in_order(run: RunModel) -> tuple[int, ...]:
    """The selected samples, most typical first where the engine has said so of this selection."""
    figures = run.selection_figures
    return tuple(figures.typical.numpy().tolist()) if figures is not None and _is_of(run) else run.selection.indices


def summary(run: RunModel) -> str:
    """How many, how pure, how alike."""
    chosen, probe, figures = run.selection, run.probe, run.selection_figures
    if probe is None or not chosen.indices:
        return ""
    parts = [f"{len(chosen.indices):,} of {probe.ids.shape[0]:,}"]
    shares = shares_of(probe, chosen.indices)
    if shares and probe.label_entries[0].names:
        parts.append(f"purity {shares[0].samples / len(chosen.indices):.0%}")
    if figures is not None and not math.isnan(figures.mean_cosine) and _is_of(run):
        parts.append(f"mean cosine {figures.mean_cosine:.2f}")
        parts.append(f"step {figures.step:,}")
    return "   ".join(parts)


def _is_of(run: RunModel) -> bool:
    """Whether the figures that came are of what is selected now."""
    figures = run.selection_figures
    return figures is not None and np.array_equal(np.sort(figures.typical.numpy()), run.selection.indices)
