"""Which samples of compared runs are the same, so that what is done to a sample in one map is done in all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sslviz.core.panel_data import Probe
from sslviz.window.latent.common_samples import Onto, common_samples
from sslviz.window.latent.points import NO_INDICES, Indices, points_of
from sslviz.window.runs.choices import Pin, Selected
from sslviz.window.runs.run_model import RunModel


class Links:
    """Finds the samples that runs have in common, once for each pair of runs until one of them has other samples."""

    def __init__(self) -> None:
        self._runs: tuple[RunModel, ...] = ()
        self._found: dict[tuple[RunModel, RunModel], tuple[Probe, Probe, Indices]] = {}

    def show_runs(self, runs: Sequence[RunModel]) -> None:
        """Link these runs from now on."""
        self._runs = tuple(runs)
        self._found = {pair: found for pair, found in self._found.items() if set(pair) <= set(runs)}

    def between(self, own: RunModel, other: RunModel) -> Indices:
        """Return for each sample of a run its index in another one, see :func:`common_samples`; empty if unknown."""
        if own.probe is None or other.probe is None:
            return NO_INDICES
        found = self._found.get((own, other))
        if found is None or found[0] is not own.probe or found[1] is not other.probe:
            found = own.probe, other.probe, common_samples(own.probe, other.probe)
            self._found[own, other] = found
        return found[2]

    def linked(self, own: RunModel, other: RunModel) -> bool:
        """Return whether two runs have samples in common."""
        return bool((self.between(own, other) >= 0).any())

    def reference(self) -> RunModel | None:
        """Return the run whose map all others are aligned with: the first that has a map."""
        return next((run for run in self._runs if run.latent_map is not None and run.probe is not None), None)

    def onto(self, run: RunModel) -> Onto | None:
        """Return what the map of a run is aligned with; None if that is itself, or has no samples in common with it."""
        first = self.reference()
        if first is None or first.latent_map is None or first is run or not self.linked(run, first):
            return None
        xy, indices = points_of(first.latent_map), self.between(run, first)
        count = run.latent_map.xy.shape[0] if run.latent_map is not None else 0
        fits = count == len(indices) and len(xy) > indices.max(initial=-1)
        return Onto(xy, indices) if fits else None

    def everywhere(self, run: RunModel, indices: Sequence[int]) -> list[tuple[RunModel, tuple[int, ...]]]:
        """Return for each run that is linked with ``run`` the indices there of those samples that it has too."""
        found = [(run, tuple(indices))]
        for other in self._runs:
            if other is not run and self.linked(run, other):
                there = self.between(run, other)[np.array(indices, np.intp)]
                found.append((other, tuple(there[there >= 0].tolist())))
        return found

    def selected(self, run: RunModel, selected: Selected) -> list[tuple[RunModel, Pin | Selected]]:
        """Return what is selected in each run when ``selected`` is in ``run``."""
        found = self.everywhere(run, selected.indices)
        return [(each, Selected(indices=indices, origin=selected.origin)) for each, indices in found]

    def pinned(self, run: RunModel, index: int | None) -> list[tuple[RunModel, Pin | Selected]]:
        """Return what is pinned in each run when the sample ``index`` is in ``run``."""
        found = self.everywhere(run, () if index is None else (index,))
        return [(each, Pin(index=next(iter(indices), None))) for each, indices in found]
