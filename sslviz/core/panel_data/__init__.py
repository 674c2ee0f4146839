"""What the engine draws of a run, each made only while somebody looks at it; newer ones replace those before."""

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
"""a newer one takes the place of one that waits"""
WATCHED: tuple[type[Frozen], ...] = (*PANEL_DATA, Health)
"""what :class:`~sslviz.core.messages.Watch` may ask for"""

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
