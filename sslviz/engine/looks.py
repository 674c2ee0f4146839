"""The single looks that are taken while training goes on: the similarity matrix, the map, the health figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import ReferenceLine, Watch
from sslviz.core.pictures import (
    FewLabels,
    Invariance,
    SelectionFigures,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
)
from sslviz.core.wire import Array
from sslviz.engine.evaluation import Evaluation, Figures
from sslviz.engine.levels import health_lines
from sslviz.engine.map_record import RECORD_S
from sslviz.engine.mapping import Maps
from sslviz.engine.pace import Pace
from sslviz.engine.pictures import invariance_picture, matrix_of_pairs, similarity_picture
from sslviz.engine.prepare import Setup
from sslviz.engine.recorder import Listener
from sslviz.learning.dataset import Samples
from sslviz.learning.diagnostics import in_common
from sslviz.reduction.history import Options

MAP_S, FIRST_MAP_S, MAP_SHARE = 2.85, 0.5, 0.04
HEALTH_S, HEALTH_SHARE = MAP_S - 0.1, 0.05
"""a little less than the map's, so that the figures come with it and share its encoding"""
UNSEEN_HEALTH_S = 10.0
SIMILARITY_S, SIMILARITY_SHARE = 0.7, 0.01
PREDICTION_S, PREDICTION_SHARE = 0.7, 0.02
STEPS_AHEAD_S, STEPS_AHEAD_SHARE = 2.5, 0.02
SELECTION_S, SELECTION_SHARE = 0.5, 0.02
MICROSCOPE_S, MICROSCOPE_SHARE = 1.0, 0.04
SPECTRUM_S, SPECTRUM_SHARE = 1.0, 0.02
FEW_LABELS_S, FEW_LABELS_SHARE = 1.0, 0.04
FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 3, 200
PROBE_PAIRS = 64


Tell = Callable[[int, Figures], None]
"""Passes on the health figures of a step."""


class Look(Protocol):
    """``title`` names it to the person; ``pace`` says when it is due."""

    title: str
    pace: Pace

    def subject(self, watch: Watch) -> object | None:
        """What would be looked at now: the same is not looked at twice. None where nobody wants to see it."""

    def take(self, watch: Watch) -> None:
        """Look, and tell."""


class MapLook:
    """Snapshots for the latent map, more often at first; where nobody ``watches`` rarely, for the record alone."""

    title = "map"

    def __init__(self, setup: Setup, evaluation: Evaluation, maps: Maps, *, watched: bool) -> None:
        self._trainer, self._evaluation, self._maps = setup.trainer, evaluation, maps
        self._watched = watched
        self.pace = Pace(FIRST_MAP_S, MAP_SHARE) if watched else Pace(1.05 * RECORD_S, MAP_SHARE, later=True)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and how they are to be laid out."""
        wanted = "LatentMap" in watch.kinds or not self._watched
        return (self._trainer.step_number, map_options(watch)) if wanted else None

    def take(self, watch: Watch) -> None:
        """Ask the reducer."""
        self._maps.snapshot(self._trainer.step_number, self._evaluation, map_options(watch))
        if self._watched:
            self.pace.interval_s = min(self.pace.interval_s * 1.2, MAP_S)


def map_options(watch: Watch) -> Options:
    """Within what UMAP can do; a window that asks for more is given the nearest."""
    neighbours = min(max(watch.map_neighbours, FEWEST_NEIGHBOURS), MOST_NEIGHBOURS)
    min_dist = min(max(watch.map_min_dist, 0.0), 0.99) if watch.map_min_dist == watch.map_min_dist else 0.1
    return Options(watch.map_method, neighbours, min_dist)


class SimilarityLook:
    """The matrix of the last batch, or of fixed samples."""

    title = "similarity matrix"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._setup, self._evaluation, self._listener = setup, evaluation, listener
        self.pace = Pace(SIMILARITY_S, SIMILARITY_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and which samples."""
        what = (self._setup.trainer.step_number, watch.similarity_source, watch.step_ahead)
        return what if "Similarity" in watch.kinds else None

    def take(self, watch: Watch) -> None:
        """Draw it."""
        picture = self._of_probe() if watch.similarity_source == "probe" else None
        picture = picture or self._of_batch(watch)
        if picture is not None:
            self._listener.send(picture)

    def _of_probe(self) -> Similarity | None:
        pairs = self._evaluation.pairs(PROBE_PAIRS)
        if pairs is None:
            return None
        labels = first_labels(self._evaluation.labels, self._evaluation.probe)[: len(pairs.z_a)]
        return similarity_picture(self._setup.trainer.step_number, "probe", matrix_of_pairs(pairs), labels)

    def _of_batch(self, watch: Watch) -> Similarity | None:
        trainer, last = self._setup.trainer, self._setup.trainer.last
        if last is None:
            return None
        matrix = trainer.objective.matrix(last.output, trainer.data[last.indices], watch)
        if matrix is None:
            return None
        labels = first_labels(self._evaluation.labels, self._setup.split.train)[last.indices.cpu()]
        return similarity_picture(last.step, "batch", matrix, labels)


class PredictionLook:
    """What the network makes of some held-out samples, always the same."""

    title = "prediction"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._trainer, self._evaluation, self._listener = setup.trainer, evaluation, listener
        self._kinds = {kind.__name__ for kind in (Strips, TokenPredictions)}
        self.pace = Pace(PREDICTION_S, PREDICTION_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and how far they are rolled out."""
        return (self._trainer.step_number, watch.horizon) if self._kinds & set(watch.kinds) else None

    def take(self, watch: Watch) -> None:
        """Draw it."""
        picture = self._evaluation.prediction(self._trainer.objective.predicted_samples, watch)
        if picture is not None:
            self._listener.send(picture)


class StepsAheadLook:
    """How well each step ahead is told."""

    title = "steps ahead"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._trainer, self._evaluation, self._listener = setup.trainer, evaluation, listener
        self.pace = Pace(STEPS_AHEAD_S, STEPS_AHEAD_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step."""
        return self._trainer.step_number if StepsAhead.__name__ in watch.kinds else None

    def take(self, watch: Watch) -> None:
        """Score it."""
        picture = self._evaluation.steps_ahead()
        if picture is not None:
            self._listener.send(picture)


class SelectionLook:
    """What the selected samples of the map have in common."""

    title = "figures of the selection"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._trainer, self._evaluation, self._listener = setup.trainer, evaluation, listener
        self.pace = Pace(SELECTION_S, SELECTION_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and which samples; a fresh selection is not kept waiting."""
        if SelectionFigures.__name__ not in watch.kinds or not watch.selected:
            return None
        return self._trainer.step_number, watch.selected

    def take(self, watch: Watch) -> None:
        """Compare them."""
        h = self._evaluation.probe_h()
        selected = torch.tensor([index for index in watch.selected if 0 <= index < len(h)], dtype=torch.int64)
        mean_cosine, order, typicality = in_common(h[selected.to(h.device)])
        told = SelectionFigures(
            step=self._trainer.step_number,
            mean_cosine=mean_cosine,
            typical=Array.of(selected[order.cpu()].to(torch.int32).numpy()),
            typicality=Array.of(typicality.cpu().numpy()),
        )
        self._listener.send(told)


class FewLabelsLook:
    """What the labels of the selected samples are good for."""

    title = "probe on few labels"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._trainer, self._evaluation, self._listener = setup.trainer, evaluation, listener
        self.pace = Pace(FEW_LABELS_S, FEW_LABELS_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and which samples."""
        wanted = FewLabels.__name__ in watch.kinds and watch.selected
        return (self._trainer.step_number, watch.selected) if wanted else None

    def take(self, watch: Watch) -> None:
        """Fit and ask."""
        found = self._evaluation.few_labels(watch.selected)
        if found is not None:
            self._listener.send(found)


class MicroscopeLook:
    """What the network has become invariant to, on one sample."""

    title = "microscope"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._trainer, self._evaluation, self._listener = setup.trainer, evaluation, listener
        self.pace = Pace(MICROSCOPE_S, MICROSCOPE_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and which sample."""
        there = 0 <= watch.pinned < len(self._evaluation.probe)
        wanted = there and Invariance.__name__ in watch.kinds
        return (self._trainer.step_number, watch.pinned) if wanted else None

    def take(self, watch: Watch) -> None:
        """Augment and encode it."""
        found = self._evaluation.invariance(watch.pinned)
        if found is not None:
            self._listener.send(invariance_picture(self._trainer.step_number, watch.pinned, found))


class SpectrumLook:
    """How many directions the embeddings use."""

    title = "spectrum"

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self._trainer, self._evaluation, self._listener = setup.trainer, evaluation, listener
        self.pace = Pace(SPECTRUM_S, SPECTRUM_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step."""
        return self._trainer.step_number if Spectrum.__name__ in watch.kinds else None

    def take(self, watch: Watch) -> None:
        """Both, of now and before."""
        found = self._evaluation.spectra()
        if found is not None:
            now, untrained = (Array.of(values.cpu().numpy()) for values in found)
            self._listener.send(Spectrum(step=self._trainer.step_number, values=now, untrained=untrained))


class LevelsLook:
    """What the untrained network and the raw inputs give: once, after the first step, which so comes sooner."""

    title = "reference levels"

    def __init__(
        self, setup: Setup, evaluation: Evaluation, tell: Tell, on_levels: Callable[[tuple[ReferenceLine, ...]], None]
    ) -> None:
        self._trainer, self._evaluation, self._tell, self._on_levels = setup.trainer, evaluation, tell, on_levels
        self.pace = Pace(0.0, 1.0)

    def subject(self, watch: Watch) -> object | None:
        """Always the same, so that it is looked at once."""
        return "untrained" if self._trainer.step_number else None

    def take(self, watch: Watch) -> None:
        """Compute and tell."""
        self._evaluation.take_baselines()
        untrained = self._evaluation.health_untrained()
        self._tell(0, untrained)
        judged_by = untrained | self._evaluation.rank_untrained()
        self._on_levels(health_lines(self._evaluation.z_dim, self._evaluation.raw_levels(), judged_by))


class HealthLook:
    """The figures of the weights of now."""

    title = "health figures"

    def __init__(self, setup: Setup, evaluation: Evaluation, tell: Tell) -> None:
        self._trainer, self._evaluation, self._tell = setup.trainer, evaluation, tell
        self.pace = Pace(HEALTH_S, HEALTH_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step; rarely where nobody looks."""
        self.pace.interval_s = HEALTH_S if "Health" in watch.kinds else UNSEEN_HEALTH_S
        return self._trainer.step_number or None

    def take(self, watch: Watch) -> None:
        """Compute and tell."""
        self._tell(self._trainer.step_number, self._evaluation.health())


def first_labels(labels: tuple[LabelEntry, ...], samples: Samples) -> Tensor:
    """int64[n], what the first label says of each sample's last piece; zeros where it is a number."""
    if not labels or not labels[0].names:
        return torch.zeros(len(samples), dtype=torch.int64)
    return samples.labels[labels[0].name][:, -1]
