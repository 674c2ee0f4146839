"""Observers that compute panel data from embeddings; each works only while a panel that shows its data is visible."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.core.messages import Watch
from sslviz.core.panel_data import Clusters, Curation, SelectionFigures, Spectrum
from sslviz.core.wire import Array
from sslviz.engine.observing.embedding_source import EmbeddingSource
from sslviz.engine.observing.few_labels_observer import FewLabelsObserver
from sslviz.engine.observing.panel_observer import PanelObserver, valid_indices
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.clustering import clusters
from sslviz.learning.evaluation.geometry import common_direction
from sslviz.learning.evaluation.near_duplicates import NearDuplicates, near_duplicates
from sslviz.learning.evaluation.outliers import outliers

DEFAULT_CLUSTERS = 10
"""Number of clusters for data without classes."""


class SpectrumObserver(PanelObserver):
    """Computes the singular values of z by the network in training and by the untrained network."""

    title = "spectrum"
    message_types = (Spectrum,)

    def panel_data(self, watch: Watch) -> Spectrum | None:
        spectra = self.embeddings.spectra()
        if spectra is None:
            return None
        values, untrained, of = spectra
        return Spectrum(
            step=self.embeddings.step,
            values=Array.of(values.cpu().numpy()),
            untrained=None if untrained is None else Array.of(untrained.cpu().numpy()),
            of=of,
        )


class SelectionObserver(PanelObserver):
    """Computes how similar the h of the selected segments are.

    The figures are the mean cosine over all pairs of segments, and the cosine of each segment with their mean
    direction.
    """

    title = "figures of the selection"
    message_types = (SelectionFigures,)
    interval_s = 0.5

    def request(self, watch: Watch) -> object | None:
        """Return the indices of the selected segments, or None if there is no selection."""
        return watch.samples.selected or None

    def panel_data(self, watch: Watch) -> SelectionFigures:
        h = self.embeddings.probe_h()
        selected = valid_indices(watch.samples.selected, len(h))
        mean_cosine, order, typicality = common_direction(h[selected.to(h.device)])
        return SelectionFigures(
            step=self.embeddings.step,
            mean_cosine=mean_cosine,
            typical=Array.of(selected[order.cpu()].to(torch.int32).numpy()),
            typicality=Array.of(typicality.cpu().numpy()),
        )


class ClustersObserver(PanelObserver):
    """Clusters the segments on the map by k-means on their h, each divided by its norm.

    The number of clusters is the number of classes of the data set's first label, or :data:`DEFAULT_CLUSTERS` if there
    are no classes; at most :data:`~sslviz.learning.evaluation.clustering.MAX_CLUSTERS`. The classes of the segments are
    not used.
    """

    title = "clusters"
    message_types = (Clusters,)
    share = 0.04

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._centres: Tensor | None = None

    def panel_data(self, watch: Watch) -> Clusters:
        """Return the cluster of each segment on the map.

        K-means starts from the centres of the last call, so that clusters keep their numbers, unless the number of
        clusters has changed.
        """
        names = self.embeddings.labels[0].names if self.embeddings.labels else ()
        h = self.embeddings.probe_h()
        members, self._centres = clusters(h, len(names) or DEFAULT_CLUSTERS, self._centres)
        return Clusters(step=self.embeddings.step, members=Array.of(members.to(torch.int32).numpy()))


class CurationObserver(PanelObserver):
    """Finds near-duplicates among the images on the map, once, and the outliers by h."""

    title = "duplicates and outliers"
    message_types = (Curation,)
    interval_s = 3.0

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._found: tuple[int, NearDuplicates] | None = None
        """The number of images that were compared, and what was found."""

    def panel_data(self, watch: Watch) -> Curation:
        if self._found is None:
            images = self.embeddings.images()
            images = torch.empty(0, 3, 1, 1) if images is None else images
            self._found = len(images), near_duplicates(images)
        compared, (samples, groups, similarities) = self._found
        h = self.embeddings.probe_h()
        unit = normalize(h.float(), dim=1).cpu()
        first = samples[torch.searchsorted(groups, groups)]
        far = outliers(h)
        return Curation(
            step=self.embeddings.step,
            compared=compared,
            duplicates=Array.of(samples.int().numpy()),
            groups=Array.of(groups.int().numpy()),
            similarities=Array.of(similarities.numpy()),
            cosines=Array.of((unit[samples] * unit[first]).sum(1).numpy()),
            outliers=Array.of(far.samples.int().numpy()),
            distances=Array.of(far.distances.numpy()),
            typical_distance=far.typical,
        )


LATENT: tuple[type[PanelObserver], ...] = (
    SelectionObserver,
    FewLabelsObserver,
    SpectrumObserver,
    ClustersObserver,
    CurationObserver,
)
