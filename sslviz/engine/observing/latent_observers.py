"""Observers of the latent space, each run only while a panel that shows its data is visible."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import name_of
from sslviz.core.messages import Watch
from sslviz.core.panel_data import Clusters, FewLabels, SelectionFigures, Spectrum
from sslviz.core.requests import ChosenSamples
from sslviz.core.wire import Array, Frozen
from sslviz.engine.observing.embedding_source import TRAINED, EmbeddingSource
from sslviz.engine.observing.rate_limit import RateLimit
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.clustering import clusters
from sslviz.learning.evaluation.diagnostics import common_direction
from sslviz.learning.evaluation.probes import few_label_predictions

DEFAULT_CLUSTERS = 10
"""Number of clusters for data without classes."""
UNKNOWN_CLASS = -2
"""Class index of a name that is not a class of the data; -1 marks samples without a label."""


class PanelObserver(ABC):
    """Base class of observers that compute panel data from the current weights.

    Args:
        embeddings: the embeddings to observe.
        listener: receives the panel data.
    """

    title: str
    message_types: ClassVar[tuple[type[Frozen], ...]]
    """Types of the panel data; the observer runs while the window watches any of them."""
    interval_s: ClassVar[float] = 1.0
    """Minimum interval of the :class:`~sslviz.engine.observing.rate_limit.RateLimit`, in seconds."""
    share: ClassVar[float] = 0.02
    """Maximum fraction of the running time that the observer may take."""

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        self.embeddings = embeddings
        self._listener = listener
        self.rate_limit = RateLimit(self.interval_s, self.share)

    def subject(self, watch: Watch) -> object | None:
        """Return the step and the :meth:`request`, or None if no visible panel shows the data."""
        request = self.request(watch)
        watched = any(message_type.__name__ in watch.panel_data for message_type in self.message_types)
        return (self.embeddings.step, request) if watched and request is not None else None

    def request(self, watch: Watch) -> object | None:
        """Return the part of ``watch`` that the panel data depends on, or None if there is nothing to compute.

        The data is computed again when it changes, even at the same step.
        """
        return True

    def observe(self, watch: Watch) -> None:
        """Compute the panel data and send it."""
        data = self.panel_data(watch)
        if data is not None:
            self._listener.send(data)  # type: ignore[arg-type]

    @abstractmethod
    def panel_data(self, watch: Watch) -> Frozen | None:
        """Return the panel data, or None if the objective has none."""


class SpectrumObserver(PanelObserver):
    """Computes the singular values of z, now and before the first step."""

    title = "spectrum"
    message_types = (Spectrum,)

    def panel_data(self, watch: Watch) -> Spectrum | None:
        spectra = self.embeddings.spectra()
        if spectra is None:
            return None
        values, untrained = (Array.of(spectrum.cpu().numpy()) for spectrum in spectra)
        return Spectrum(step=self.embeddings.step, values=values, untrained=untrained)


class SelectionObserver(PanelObserver):
    """Computes how similar the selected samples of the map are to each other."""

    title = "figures of the selection"
    message_types = (SelectionFigures,)
    interval_s = 0.5

    def request(self, watch: Watch) -> object | None:
        """Return the selected samples."""
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


class FewLabelsObserver(PanelObserver):
    """Trains a linear probe on a few labelled samples and computes its accuracy on the others of the same classes.

    The labels are those of the selected samples in the data, or names that the user gives to samples.
    """

    title = "probe on few labels"
    message_types = (FewLabels,)
    share = 0.04

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._cached_request: object = None
        self._cached_predictions: dict[str, Tensor] = {}

    def request(self, watch: Watch) -> object | None:
        """Return the labelled samples, or None if the samples have no classes."""
        return watch.samples.named or (watch.samples.selected if self._classes() else ()) or None

    def _classes(self) -> tuple[str, ...]:
        """Return the class names of the first label of the data; empty if that is a number."""
        return self.embeddings.labels[0].names if self.embeddings.labels else ()

    def panel_data(self, watch: Watch) -> FewLabels | None:
        count, request = len(self.embeddings.probe_h()), self.request(watch)
        named, selected = watch.samples.named, watch.samples.selected
        labelled = valid_indices(tuple(index for _, indices in named for index in indices) or selected, count)
        if not len(labelled):
            return None
        names, true = self._true_classes(watch.samples, count)
        labels = name_numbers(named, count) if named else true[labelled]
        others = torch.ones(count, dtype=torch.bool)
        others[labelled] = False
        scored = (true[:, None] == torch.arange(len(names))) & others[:, None]  # [n, classes]
        representations = self.embeddings.representations()
        predictions = {
            name: self._predictions(name, h, labelled, labels, request) for name, h in representations.items()
        }
        accuracies = [(scored & (each == true)[:, None]).sum(0) / scored.sum(0) for each in predictions.values()]
        return FewLabels(
            step=self.embeddings.step,
            given=tuple(labelled.tolist()),
            names=names,
            said=Array.of(predictions[TRAINED].to(torch.int32).numpy()),
            others=Array.of(scored.sum(0).numpy()),
            representations=tuple(representations),
            accuracy=Array.of(torch.stack(accuracies).float().numpy()),
        )

    def _true_classes(self, samples: ChosenSamples, count: int) -> tuple[tuple[str, ...], Tensor]:
        """Return the names of the classes, and the true class of each sample: int64[n], -1 if none or unknown.

        A name given by the user stands for the class of the data with the same name (ignoring case), if any.
        """
        classes = self._classes()
        values = self.embeddings.probe_labels(self.embeddings.labels[0].name) if classes else torch.full((count,), -1)
        if samples.named:
            names = tuple(name for name, _ in samples.named)
            known = {name.casefold(): index for index, name in reversed(tuple(enumerate(classes)))}
            indices = torch.tensor([known.get(name.casefold(), UNKNOWN_CLASS) for name in names])
        else:
            indices = torch.unique(values[valid_indices(samples.selected, count)])
            names = tuple(name_of(classes, int(index)) for index in indices)
        matches = values[:, None] == indices
        return names, torch.where(matches.any(1), matches.int().argmax(1), -1)

    def _predictions(self, representation: str, h: Tensor, labelled: Tensor, labels: Tensor, request: object) -> Tensor:
        """Return the predicted class of every sample, int64[n].

        Only the representation by the network in training changes with the step; predictions from the others are
        cached until the request changes.
        """
        if self._cached_request != request:
            self._cached_request, self._cached_predictions = request, {}
        predictions = self._cached_predictions.get(representation)
        if predictions is None:
            predictions = few_label_predictions(h.cpu(), labelled, labels)
            if representation != TRAINED:
                self._cached_predictions[representation] = predictions
        return predictions


class ClustersObserver(PanelObserver):
    """Clusters the samples of the map by their embeddings, without their labels."""

    title = "clusters"
    message_types = (Clusters,)
    share = 0.04

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._centres: Tensor | None = None

    def panel_data(self, watch: Watch) -> Clusters:
        """Return the cluster of each sample. K-means starts from the last centres, so clusters keep their numbers."""
        names = self.embeddings.labels[0].names if self.embeddings.labels else ()
        h = self.embeddings.probe_h()
        members, self._centres = clusters(h, len(names) or DEFAULT_CLUSTERS, self._centres)
        return Clusters(step=self.embeddings.step, members=Array.of(members.to(torch.int32).numpy()))


LATENT: tuple[type[PanelObserver], ...] = (SelectionObserver, FewLabelsObserver, SpectrumObserver, ClustersObserver)


def valid_indices(indices: tuple[int, ...], count: int) -> Tensor:
    """Return those of the indices that are below ``count`` and not negative, int64[m]."""
    return torch.tensor([index for index in indices if 0 <= index < count], dtype=torch.int64)


def name_numbers(named: tuple[tuple[str, tuple[int, ...]], ...], count: int) -> Tensor:
    """Return for each named sample the position of its name among the names, int64[m]."""
    numbers = [torch.full((len(valid_indices(indices, count)),), number) for number, (_, indices) in enumerate(named)]
    return torch.cat(numbers)
