"""The features of patches in the snapshots of a recorded run, as a training sends those of its network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslviz.core.messages import Watch
from sslviz.core.panel_data import Patches
from sslviz.engine.observing.network_observers import PATCH_SAMPLES
from sslviz.engine.observing.panel_data import patches_message
from sslviz.engine.observing.panel_observer import PanelObserver
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.serving.sample_order import Order
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.patch_colours import ColourBasis, colour_basis
from sslviz.learning.outputs import PatchFeatures

BLANK = 128
"""Grey level of the images of samples without images."""


class RecordedPatches(PanelObserver):
    """Sends the features of the patches that a script has recorded, of the image in view and of eight others.

    The image in view is that of the pinned sample, or that of the first of the others if no sample is pinned or if the
    patches of the pinned one are not recorded. The others are those of the recorded ones that come first on the map.

    Args:
        embeddings: the embeddings of the snapshot that the window shows.
        listener: receives the panel data.
        order: the order of the samples on the map, as indices of the samples in the file.
    """

    title = "patches"
    message_types = (Patches,)
    embeddings: RecordedEmbeddings

    def __init__(self, embeddings: RecordedEmbeddings, listener: Listener, order: Order) -> None:
        super().__init__(embeddings, listener)
        self._places = np.argsort(order)
        """Index on the map of each sample in the file."""
        self._basis: ColourBasis | None = None

    def request(self, watch: Watch) -> int:
        """Return the index of the pinned sample on the map, -1 if none is pinned."""
        return -1 if watch.samples.pinned is None else watch.samples.pinned

    def panel_data(self, watch: Watch) -> Patches | None:
        found = self.embeddings.now.patches
        if found is None:
            return None
        rows = self._rows(len(found), self.request(watch))
        tokens, samples = torch.from_numpy(found[rows]), self._places[rows]
        self._basis = self._next_basis(tokens[1:].flatten(0, 2))
        images = self._images(samples, found.shape[1:3])
        step = self.embeddings.step
        return patches_message(step, torch.from_numpy(samples), images, PatchFeatures(tokens), self._basis)

    def _rows(self, count: int, pinned: int) -> npt.NDArray[np.intp]:
        """Return which of the ``count`` samples with patches are shown, the one in view first."""
        places = self._places[:count]
        others = np.argsort(places)[:PATCH_SAMPLES]
        in_view = np.flatnonzero(places == pinned)
        return np.concatenate([in_view if len(in_view) else others[:1], others])

    def _next_basis(self, features: Tensor) -> ColourBasis:
        """Return the basis of the colours; its scales are its own, since the snapshot before may be far away."""
        before = self._basis if self._basis is not None and len(self._basis.scores) == len(features) else None
        return colour_basis(features, before, following=1.0)

    def _images(self, samples: npt.NDArray[np.intp], grid: tuple[int, ...]) -> Tensor:
        """Return the images of samples, uint8[m, 3, h, w]; without images, grey ones with one pixel for each patch."""
        images = self.embeddings.probe.images.numpy()
        if not images.size:
            return torch.full((len(samples), 3, *grid), BLANK, dtype=torch.uint8)
        return torch.from_numpy(images[samples, 0]).permute(0, 3, 1, 2)
