"""The observers of the map, of the health figures and of their reference lines, which also run without a window.

With a window, the map is computed only while it is visible, the other two whether or not a panel shows them. Observers
that never run without a visible panel are in :mod:`sslviz.engine.observing.latent_observers` and
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
from sslviz.core.rate_limit import RateLimit
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.requests import MapRequest
from sslviz.engine.observing.diagnosis_case import CONFIRMATIONS
from sslviz.engine.observing.embedding_source import MapPoints
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.evaluation_samples import EvaluationSamples
from sslviz.engine.observing.health import Figures
from sslviz.engine.observing.map_options import map_options
from sslviz.engine.observing.map_record import RECORD_S
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.learning.dataset import Samples

FIRST_MAP_S = 0.5
"""Minimum interval between the first two maps, in seconds."""
MAP_INTERVAL_GROWTH = 1.2
"""Factor by which the interval grows with each further map."""
MAP_S = 2.85
"""Upper bound of the interval between two maps, in seconds."""
HEALTH_S = MAP_S - 0.1
"""Minimum interval between two computations of the health figures, in seconds. It is slightly shorter than the interval
between maps, so that map and figures are due at the same step and share the embeddings."""
UNWATCHED_HEALTH_S = 10.0
"""Minimum interval between two computations of the health figures while no visible panel shows them, in seconds."""
MAP_SHARE, HEALTH_SHARE = 0.04, 0.04
"""Maximum fractions of the running time that maps and health figures may take."""
HASTY_SHARE = 0.25
"""The same for health figures after a change of settings, until the change is judged."""
MIN_HEALTH_STEPS = 200
"""Minimum number of steps between two computations of the health figures without a window."""
STEP_PASSES = 3
"""Cost of a step, in passes of a batch through the network: the backward pass takes as long as two forward passes."""

ReportFigures = Callable[[int, Figures], None]
"""Called with a step and the health figures at this step."""


class Observer(Protocol):
    """Computes data about a training and sends them. It runs between two optimiser steps, whenever it is due.

    It is due when its ``rate_limit`` allows another run, and its :meth:`subject` is not None and has changed since the
    last run. When the training is paused or over, only the minimum interval of ``rate_limit`` counts.
    """

    title: str
    """Name for the user, in notices and in the status bar."""
    rate_limit: RateLimit
    """Decides when the observer is due."""

    def subject(self, watch: Watch) -> object | None:
        """Return everything that the observer's data depends on, such as the step; None if the data is not needed now.

        An observer runs again only when its subject differs from the subject of its last run.
        """

    def observe(self, watch: Watch) -> None:
        """Compute the observer's data and send it."""


class MapObserver:
    """Requests maps from the reducer while the network trains.

    With a window, the minimum interval between two maps is 0.5 s after the first map and grows to 2.85 s. Without a
    window (``watched`` is False) maps are requested for the run folder only, every 10.5 s at most.
    """

    title = "map"

    def __init__(self, embeddings: MapPoints, maps: MapService, *, watched: bool = True) -> None:
        self._embeddings, self._maps = embeddings, maps
        self._watched = watched
        self.rate_limit = RateLimit(0.0, MAP_SHARE) if watched else RateLimit(1.05 * RECORD_S, MAP_SHARE, later=True)

    def subject(self, watch: Watch) -> object | None:
        """Return the step and the options of the layout: a new map is requested only if one of them has changed.

        Return None if a window is open but does not show the map.
        """
        wanted = "LatentMap" in watch.panel_data or not self._watched
        return (self._embeddings.step, map_options(watch.request(MapRequest))) if wanted else None

    def observe(self, watch: Watch) -> None:
        """Request a map of the current embeddings; the map is sent to the window later, once it is laid out."""
        self._maps.request_map(self._embeddings, map_options(watch.request(MapRequest)))
        if self._watched:
            longer_s = max(FIRST_MAP_S, self.rate_limit.interval_s * MAP_INTERVAL_GROWTH)
            self.rate_limit.interval_s = min(longer_s, MAP_S)


class ReferenceLinesObserver:
    """Computes the reference lines of the health figures once, from the untrained network and the raw inputs.

    In a run, the observer runs after the first step and not before, so that the training starts sooner.

    Args:
        evaluation: evaluates the network.
        report: receives the health figures of the untrained network, as those of step 0.
        on_lines: receives the reference lines.
        after: number of steps after which the observer runs.
    """

    title = "reference lines"

    def __init__(
        self,
        evaluation: Evaluation,
        report: ReportFigures,
        on_lines: Callable[[tuple[ReferenceLine, ...]], None],
        *,
        after: int = 1,
    ) -> None:
        self._evaluation, self._report, self._on_lines, self._after = evaluation, report, on_lines, after
        self.rate_limit = RateLimit(0.0, 1.0)

    def subject(self, watch: Watch) -> object | None:
        """Return None before step ``after`` and a constant from then on, so that the observer runs just once."""
        return "untrained" if self._evaluation.networks.step >= self._after else None

    def observe(self, watch: Watch) -> None:
        """Report the health figures of the untrained network for step 0, then report the reference lines.

        If nothing is trained, there are no lines of the untrained network, since the figures are its own.
        """
        evaluation, health, networks = self._evaluation, self._evaluation.health, self._evaluation.networks
        evaluation.own_scores.compute_baselines()
        untrained = health.untrained() if networks.trains else health.trained()
        self._report(0, untrained)
        z_dim, lines_of = evaluation.embeddings.z_dim, untrained if networks.trains else {}
        self._on_lines(health_lines(z_dim, health.raw_inputs(), lines_of, pretrained=networks.begins_trained))


class HealthObserver:
    """Computes the health figures of the network in training.

    With a window, they are computed more often while a visible panel shows them, and after :meth:`hasten`. Without a
    window, they are computed after the first step and whenever the number of steps is a multiple of N, where
    :func:`health_steps` returns N. Neither N nor the figures and the diagnosis then depend on the speed of the machine.
    """

    title = "health figures"

    def __init__(self, evaluation: Evaluation, report: ReportFigures, batch_size: int, *, watched: bool = True) -> None:
        self._evaluation, self._report, self._watched = evaluation, report, watched
        self._steps = health_steps(evaluation.samples, batch_size) if not watched else 1
        self._hasty = 0
        self.rate_limit = RateLimit(HEALTH_S, HEALTH_SHARE) if watched else RateLimit(0.0, 1.0)

    def hasten(self) -> None:
        """With a window, compute the next :data:`CONFIRMATIONS` figures sooner: they judge a change of settings."""
        self._hasty = CONFIRMATIONS if self._watched else 0

    def subject(self, watch: Watch) -> object | None:
        """Return a number that changes whenever the health figures may be computed again; None before the first step.

        With a window, this number is the step; as a side effect, this method then sets the minimum interval between two
        computations, which is shorter while a panel shows the figures, and the share of time that they may take.
        Without a window, the number changes only when the number of steps is a multiple of :func:`health_steps`.
        """
        step = self._evaluation.networks.step
        if not self._watched:
            return 1 + step // self._steps if step else None
        self.rate_limit.interval_s = HEALTH_S if self._hasty or "Health" in watch.panel_data else UNWATCHED_HEALTH_S
        self.rate_limit.share = HASTY_SHARE if self._hasty else HEALTH_SHARE
        return step or None

    def observe(self, watch: Watch) -> None:
        """Compute and report the health figures of the network in training."""
        self._hasty = max(0, self._hasty - 1)
        self._report(self._evaluation.networks.step, self._evaluation.health.trained())


def health_steps(samples: EvaluationSamples, batch_size: int) -> int:
    """Return the number of steps between two computations of the health figures in a run without a window.

    It is at least :data:`MIN_HEALTH_STEPS`. It is also large enough that encoding the samples for the figures costs at
    most :data:`HEALTH_SHARE` (a fraction) of what these steps cost, counted in passes through the network.
    """
    encoded = len(samples.bank) + len(samples.queries) + 2 * samples.num_pairs
    return max(MIN_HEALTH_STEPS, math.ceil(encoded / (HEALTH_SHARE * STEP_PASSES * batch_size)))


def first_labels(labels: tuple[LabelEntry, ...], samples: Samples) -> Tensor:
    """Return the class of each of the n samples by the data set's first label: int64[n].

    The class of a sample is that of its last segment. All are 0 if there are no labels or the first one has numbers
    instead of classes.
    """
    if not labels or not labels[0].names:
        return torch.zeros(len(samples), dtype=torch.int64)
    return samples.labels[labels[0].name][:, -1]
