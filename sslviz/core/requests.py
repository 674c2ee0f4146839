"""Options of the panel data that the window requests: parts of :class:`sslviz.core.messages.Watch`."""

from __future__ import annotations

from typing import Literal

import msgspec

from sslviz.core.panel_data import MapMethod


class ChosenSamples(msgspec.Struct, frozen=True, kw_only=True):
    """Samples of the map that the user has selected, pinned or named, by their index in the probe."""

    selected: tuple[int, ...] = ()
    """Selected samples: those of SelectionFigures, and the labelled ones of FewLabels if ``named`` is empty."""
    pinned: int | None = None
    """The pinned sample, which Invariance and PinnedViews are about."""
    named: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Classes made by the user, each as (name, samples); if there are any, FewLabels learns these classes."""


class MapRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How the latent map is laid out."""

    method: MapMethod = "umap"
    neighbours: int = 15
    """UMAP's n_neighbors: how many neighbours of each sample, itself included, are kept together."""
    min_dist: float = 0.1
    """UMAP's min_dist: the minimum distance between points, on a map about ten units wide."""


class SimilarityRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Which pairs the similarity matrix shows."""

    source: Literal["batch", "probe"] = "batch"
    """The last training batch, or a fixed set of samples with two fixed views each."""
    step_ahead: int = 1
    """The step ahead whose scores are shown, counted from 1, where an objective predicts several."""


class PredictionRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How far the prediction of held-out samples goes."""

    horizon: int = 1
    """Number of steps that a prediction is rolled out."""


Request = MapRequest | SimilarityRequest | PredictionRequest
