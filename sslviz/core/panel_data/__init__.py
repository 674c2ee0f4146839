"""Panel data: messages that the engine computes for panels, each only while a visible panel needs it.

A newer message of a type replaces an older one that was not yet sent or drawn. The run folder keeps some as snapshots.
"""

from __future__ import annotations

from sslviz.core.panel_data.evaluation import FewLabels, Health, Spectrum
from sslviz.core.panel_data.latent_map import Clusters, LatentMap, Losses, MapMethod, Probe, SelectionFigures
from sslviz.core.panel_data.predictions import StepsAhead, Strips, TokenPredictions
from sslviz.core.panel_data.similarity import HISTOGRAM_BINS, FalseNegatives, Similarity
from sslviz.core.panel_data.views import Invariance, PinnedViews, Views
from sslviz.core.wire import Frozen

PANEL_DATA: tuple[type[Frozen], ...] = (
    Views,
    Similarity,
    Strips,
    TokenPredictions,
    StepsAhead,
    LatentMap,
    SelectionFigures,
    Invariance,
    FewLabels,
    Spectrum,
    Losses,
    Clusters,
    PinnedViews,
    FalseNegatives,
)
"""Message types of which only the newest one waiting is sent."""
WATCHED: tuple[type[Frozen], ...] = (*PANEL_DATA, Health)
"""Message types that a :class:`~sslviz.core.messages.Watch` may request."""

__all__ = [
    "HISTOGRAM_BINS",
    "PANEL_DATA",
    "WATCHED",
    "Clusters",
    "FalseNegatives",
    "FewLabels",
    "Health",
    "Invariance",
    "LatentMap",
    "Losses",
    "MapMethod",
    "PinnedViews",
    "Probe",
    "SelectionFigures",
    "Similarity",
    "Spectrum",
    "StepsAhead",
    "Strips",
    "TokenPredictions",
    "Views",
]
