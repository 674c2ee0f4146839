"""The two lines below the map: method, samples, step and age of the map, and how faithful the map is."""

from __future__ import annotations

import math
import time

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.core.panel_data import UMAP_LEARN, LatentMap, Probe
from sslviz.window.plotting.rendering import IN_PICTURES
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label

AGE_MS = 1000
"""Interval between two updates of the map's age, in milliseconds."""
TRUST_HELP = (
    "Trustworthiness: 1 where all neighbours on the map are neighbours in the latent space too, about ½ for a random "
    "map. Neighbours kept: the share of a sample's nearest neighbours in the latent space that are its nearest on the "
    "map. Moved: the median distance that points moved since the previous map, as a share of its width."
)


class MapCaption(QWidget):
    """Two lines about the map: method, samples, step and age in the first line, three figures in the second.

    The figures are the trustworthiness of the map, the fraction of nearest neighbours in the latent space that are also
    nearest neighbours on the map ("neighbours kept"), and how far the points moved since the previous map.
    """

    def __init__(self) -> None:
        super().__init__()
        self._run = RunModel()
        self._title, self._trust = (label(role="small", numbers=True, elided=True) for _ in range(2))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for line in (self._title, self._trust):
            line.setMinimumWidth(1)
            line.setContentsMargins(6, 0, 0, 0)
            layout.addWidget(line)
        self._trust.setToolTip(TRUST_HELP)
        self._timer = QTimer(self)
        self._timer.setInterval(AGE_MS)
        self._timer.timeout.connect(self._update_title)
        self._timer.start()

    @property
    def title(self) -> str:
        """Text of the first line, see :func:`lasting_text` and :func:`passing_text`."""
        return self._title.text()

    def show_run(self, run: RunModel) -> None:
        """Describe the map that is in view in a run, and from now on update its age every second."""
        self._run = run
        self._update_title()
        self._trust.setText(trust_text(run.latent_map) if run.latent_map is not None else "")

    def _update_title(self) -> None:
        lasting = lasting_text(self._run)
        self._title.setText(lasting + passing_text(self._run, time.monotonic()))
        self._title.setProperty(IN_PICTURES, lasting)


def lasting_text(run: RunModel) -> str:
    """Return the method, the number of samples and the step of the map.

    A map of the raw inputs has no step, nor has any where nothing is trained. The text is empty before there is a map.
    """
    if run.latent_map is None or run.probe is None:
        return ""
    samples = samples_text(run.probe)
    if run.latent_map.space == "raw_input":
        return f"Raw inputs by {run.latent_map.method.upper()}, {samples}   " + (
            "before training: no network yet" if run.learns else "not the encoder yet"
        )
    method = method_text(run.latent_map, live=not (run.recorded or run.map_view.is_kept))
    return f"{method} of {samples}" + (f"   step {run.latent_map.step:,}" if run.learns else "")


def passing_text(run: RunModel, now: float) -> str:
    """Return what follows :func:`lasting_text` on the screen: the age of the map, and the status of the reducer.

    ``now`` is the present value of :func:`time.monotonic`, in seconds. The text is empty before there is a map.
    """
    if run.latent_map is None or run.probe is None:
        return ""
    age = age_text(run, now) if run.latent_map.space == "latent" else ""
    status = "" if run.pulse is None or run.out_of_reach or run.shows_kept_map else run.pulse.map_status
    return f"{age}   {status}" if status else age


def samples_text(probe: Probe) -> str:
    """Return how many samples the map shows, and of how many, for instance "426 of 4,000 samples, 4 moments each".

    A moment is a segment. Where every sample is a single segment, segments are not mentioned.
    """
    segments = np.unique(probe.ids.numpy(), return_counts=True)[1]
    each = int(segments.max(initial=1))
    shown, total = len(segments), probe.split_size // each
    samples = f"{shown:,} of {total:,} samples" if shown < total else f"{total:,} samples"
    return f"{samples}, {each:,} moments each" if each > 1 else samples


def method_text(latent_map: LatentMap, *, live: bool = True) -> str:
    """Return the method by which a map was laid out, as text.

    The text is "UMAP (live)" or "PCA" for maps of the reducer, "UMAP" for a map that is not ``live`` but recorded or
    kept, and for example "umap-learn 0.5.7, exact," for a map by the library umap-learn.
    """
    if latent_map.method == UMAP_LEARN:
        return f"{latent_map.library or latent_map.method}, exact,"
    return {"umap": "UMAP (live)" if live else "UMAP", "pca": "PCA"}[latent_map.method]


def age_text(run: RunModel, now: float) -> str:
    """Return the age of the embeddings on the map, as ", 5 s ago"; empty for a recorded run and for a kept map."""
    if run.latent_map is None or run.recorded or run.map_view.is_kept:
        return ""
    seconds = max(0.0, now - run.map_arrived + run.latent_map.age_s)
    return f", {seconds:.0f} s ago" if seconds < 120 else f", {seconds / 60:.0f} min ago"


def trust_text(latent_map: LatentMap) -> str:
    """Return a line with figures of a map: trustworthiness, neighbours kept, and movement since the previous map.

    Neighbours kept is the fraction of nearest neighbours in the latent space that are also nearest neighbours on the
    map. Figures that are NaN are left out.
    """
    figures = (
        ("trustworthiness", latent_map.trustworthiness, "{:.3f}"),
        ("neighbours kept", latent_map.agreement, "{:.0%}"),
        ("moved", latent_map.movement, "{:.1%}"),
    )
    return "   ".join(f"{name} {form.format(value)}" for name, value, form in figures if not math.isnan(value))
