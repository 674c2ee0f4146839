"""What the window asks of the engine beyond the types of panel data: parts of :class:`sslviz.core.messages.Watch`."""

from __future__ import annotations

from typing import Literal

import msgspec

from sslviz.core.panel_data import MapMethod


class ChosenSamples(msgspec.Struct, frozen=True, kw_only=True):
    """Samples of the map that the user has selected, pinned or named, by their index in the probe."""

    selected: tuple[int, ...] = ()
    """The selection: subject of SelectionFigures, and the labelled samples of FewLabels where none are named."""
    pinned: int | None = None
    """The sample kept in view: subject of Invariance and PinnedViews."""
    named: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Classes that the user has made, (name, samples) each; where there are any, FewLabels learns these instead."""


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
