"""Panel data: messages with the content of panels, such as the latent map.

The engine computes most types of panel data only while a visible panel needs them. Of several messages of one type in
:data:`PANEL_DATA` that wait to be sent or drawn, only the newest is kept; no :class:`Probe` and no :class:`Health` is
left out. During a training, some of the latent maps are also stored in the run folder, as snapshots.
"""

from __future__ import annotations

from sslviz.core.panel_data.curation import Curation
from sslviz.core.panel_data.evaluation import FewLabels, Health, Spectrum
from sslviz.core.panel_data.latent_map import (
    MAX_HISTORY_BYTES,
    UMAP_LEARN,
    Clusters,
    EarlierMaps,
    LatentMap,
    Losses,
    MapMethod,
    MapSpace,
    Probe,
    SelectionFigures,
)
from sslviz.core.panel_data.patches import MAX_ATTENTION_PATCHES, MAX_PATCH_DIMS, Patches
from sslviz.core.panel_data.predictions import StepsAhead, Strips, TokenPredictions, WrittenText
from sslviz.core.panel_data.similarity import HISTOGRAM_BINS, WITHOUT_SAMPLES, FalseNegatives, Similarity
from sslviz.core.panel_data.views import Invariance, PinnedViews, Views
from sslviz.core.wire import Frozen

PANEL_DATA: tuple[type[Frozen], ...] = (
    Views,
    Similarity,
    Strips,
    TokenPredictions,
    WrittenText,
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
    Patches,
    Curation,
)
"""Types of panel data. If several messages of one of these types wait to be sent, only the newest is sent."""
WATCHED: tuple[type[Frozen], ...] = (*PANEL_DATA, Health)
"""Message types that a :class:`~sslviz.core.messages.Watch` may request."""

__all__ = [
    "HISTOGRAM_BINS",
    "MAX_ATTENTION_PATCHES",
    "MAX_HISTORY_BYTES",
    "MAX_PATCH_DIMS",
    "PANEL_DATA",
    "UMAP_LEARN",
    "WATCHED",
    "WITHOUT_SAMPLES",
    "Clusters",
    "Curation",
    "EarlierMaps",
    "FalseNegatives",
    "FewLabels",
    "Health",
    "Invariance",
    "LatentMap",
    "Losses",
    "MapMethod",
    "MapSpace",
    "Patches",
    "PinnedViews",
    "Probe",
    "SelectionFigures",
    "Similarity",
    "Spectrum",
    "StepsAhead",
    "Strips",
    "TokenPredictions",
    "Views",
    "WrittenText",
]
