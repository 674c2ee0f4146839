"""Options of panel data that the window sends to the engine.

They are parts of the message :class:`sslviz.core.messages.Watch`; a :class:`MapRequest` may also be a part of a
:class:`sslviz.core.exact_map.LayOut`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from sslviz.core.panel_data import MapMethod


class ChosenSamples(msgspec.Struct, frozen=True, kw_only=True):
    """What the user has chosen on the map: selected segments, a pinned one, and classes that the user has made.

    A class is a name with some segments. A segment is given by its index on the map. The attributes call segments
    samples, as the panels do.
    """

    selected: tuple[int, ...] = ()
    """Selected samples: SelectionFigures describes them, and FewLabels uses their labels if ``named`` is empty."""
    pinned: int | None = None
    """The pinned sample, which Invariance, Patches and PinnedViews are computed for; None if no sample is pinned."""
    named: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Classes that the user has made, as pairs (name, samples). FewLabels learns these classes if there are any."""


class MapRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Method and parameters of the layout of the latent map."""

    method: MapMethod = "umap"
    """In a Watch "umap" or "pca", for the maps that follow the run; "umap-learn" only in a LayOut, for a single map."""
    neighbours: int = 15
    """UMAP's n_neighbors: number of neighbours of each sample that UMAP keeps near it, the sample itself included."""
    min_dist: float = 0.1
    """UMAP's min_dist: the minimum distance between points, on a map about ten units wide."""


class SimilarityRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Options of the similarity matrix.

    They select the samples to compare. If the objective predicts the next frames of a sample, they also select one of
    these frames.
    """

    source: Literal["batch", "probe"] = "batch"
    """The last training batch, or a fixed set of samples with two fixed views each. It is always the batch if the
    objective has no positive pairs; a recorded run ignores this option."""
    step_ahead: int = 1
    """Which of the predicted frames the shown scores are for, counted from 1; replaced by the nearest possible number,
    and ignored unless the objective scores several frames of a sample."""


class PredictionRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Options of the predictions that are shown for held-out samples, such as the next frames of clips."""

    horizon: int = 1
    """Number of frames that are predicted after the last frame that the network is given; fewer if the clips are too
    short. Objectives that cannot continue from frames that they have predicted ignore it."""


Request = MapRequest | SimilarityRequest | PredictionRequest
