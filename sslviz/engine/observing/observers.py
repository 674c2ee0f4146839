"""Observers that run whether or not anybody watches: the map, the health figures and their reference levels.

What is drawn for a panel alone is in :mod:`sslviz.engine.observing.latent_observers` and
:mod:`sslviz.engine.observing.network_observers`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import Watch
from sslviz.core.reference_lines import ReferenceLine
from sslviz.engine.observing.embedding_source import EmbeddingSource
from sslviz.engine.observing.evaluation import Evaluation, Figures
from sslviz.engine.observing.map_record import RECORD_S
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.rate_limit import RateLimit
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.engine.training.setup import Setup
from sslviz.learning.dataset import Samples
from sslviz.reduction.reducer import Options

MAP_S, FIRST_MAP_S, MAP_SHARE = 2.85, 0.5, 0.04
HEALTH_S, HEALTH_SHARE = MAP_S - 0.1, 0.04
"""a little less than the map's, so that the figures come with it and share its encoding"""
UNSEEN_HEALTH_S = 10.0
FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 3, 200


Tell = Callable[[int, Figures], None]
"""Passes on the health figures of a step."""


class Observer(Protocol):
    """``title`` names it to the person; ``pace`` says when it is due."""

    title: str
    rate_limit: RateLimit

    def subject(self, watch: Watch) -> object | None:
        """What would be looked at now: the same is not looked at twice. None where nobody wants to see it."""

    def observe(self, watch: Watch) -> None:
        """Observe, and send what was observed."""


class MapObserver:
    """Snapshots for the latent map, more often at first; where nobody ``watches`` rarely, for the record alone."""

    title = "map"

    def __init__(self, embeddings: EmbeddingSource, maps: MapService, *, watched: bool = True) -> None:
        self._embeddings, self._maps = embeddings, maps
        self._watched = watched
        self.rate_limit = (
            RateLimit(FIRST_MAP_S, MAP_SHARE) if watched else RateLimit(1.05 * RECORD_S, MAP_SHARE, later=True)
        )

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and how they are to be laid out."""
        wanted = "LatentMap" in watch.panel_data or not self._watched
        return (self._embeddings.step, map_options(watch)) if wanted else None

    def observe(self, watch: Watch) -> None:
        """Ask the reducer."""
        self._maps.request_map(self._embeddings, map_options(watch))
        if self._watched:
            self.rate_limit.interval_s = min(self.rate_limit.interval_s * 1.2, MAP_S)


def map_options(watch: Watch) -> Options:
    """Within what UMAP can do; a window that asks for more is given the nearest."""
    neighbours = min(max(watch.map_neighbours, FEWEST_NEIGHBOURS), MOST_NEIGHBOURS)
    min_dist = Options().min_dist if math.isnan(watch.map_min_dist) else min(max(watch.map_min_dist, 0.0), 0.99)
    return Options(watch.map_method, neighbours, min_dist)


class ReferenceLevelsObserver:
    """What the untrained network and the raw inputs give: once, after the first step, which so comes sooner."""

    title = "reference levels"

    def __init__(
        self, setup: Setup, evaluation: Evaluation, tell: Tell, on_levels: Callable[[tuple[ReferenceLine, ...]], None]
    ) -> None:
        self._trainer, self._evaluation, self._tell, self._on_levels = setup.trainer, evaluation, tell, on_levels
        self.rate_limit = RateLimit(0.0, 1.0)

    def subject(self, watch: Watch) -> object | None:
        """Always the same, so that it is looked at once."""
        return "untrained" if self._trainer.step_number else None

    def observe(self, watch: Watch) -> None:
        """Compute and tell."""
        self._evaluation.take_baselines()
        untrained = self._evaluation.health_untrained()
        self._tell(0, untrained)
        judged_by = untrained | self._evaluation.rank_untrained()
        self._on_levels(health_lines(self._evaluation.z_dim, self._evaluation.raw_levels(), judged_by))


class HealthObserver:
    """The figures of the weights of now."""

    title = "health figures"

    def __init__(self, setup: Setup, evaluation: Evaluation, tell: Tell) -> None:
        self._trainer, self._evaluation, self._tell = setup.trainer, evaluation, tell
        self.rate_limit = RateLimit(HEALTH_S, HEALTH_SHARE)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step; rarely where nobody looks."""
        self.rate_limit.interval_s = HEALTH_S if "Health" in watch.panel_data else UNSEEN_HEALTH_S
        return self._trainer.step_number or None

    def observe(self, watch: Watch) -> None:
        """Compute and tell."""
        self._tell(self._trainer.step_number, self._evaluation.health())


def first_labels(labels: tuple[LabelEntry, ...], samples: Samples) -> Tensor:
    """int64[n], what the first label says of each sample's last segment; zeros where it is a number."""
    if not labels or not labels[0].names:
        return torch.zeros(len(samples), dtype=torch.int64)
    return samples.labels[labels[0].name][:, -1]
