"""The observer that trains a linear probe on a few labelled samples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.core.entries import name_of
from sslviz.core.messages import Watch
from sslviz.core.panel_data import FewLabels
from sslviz.core.requests import ChosenSamples
from sslviz.core.wire import Array
from sslviz.engine.observing.embedding_source import TRAINED, EmbeddingSource
from sslviz.engine.observing.panel_observer import PanelObserver, valid_indices
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.probes import few_label_predictions

UNKNOWN_CLASS = -2
"""Class index of a name that is not a class of the data; -1 marks samples without a label."""


@dataclass(frozen=True)
class FewLabelTask:
    """A classification task on the segments on the map, of which a few are labelled and used for training.

    They are called samples here, since most samples have one segment; n is the number of segments on the map.

    Attributes:
        names: names of the classes.
        true: int64[n], index in ``names`` of the true class of each sample of the map. It is -1 if the true class is
            not known or is not in ``names``.
        labelled: int64[m], indices of the samples to train on.
        labels: int64[m], index in ``names`` of the class of each sample to train on.
    """

    names: tuple[str, ...]
    true: Tensor
    labelled: Tensor
    labels: Tensor

    @property
    def scored(self) -> Tensor:
        """For each sample and class, whether the sample counts for the accuracy of the class: bool[n, classes].

        A sample counts for its true class, unless it is one of the samples to train on.
        """
        others = torch.ones(len(self.true), dtype=torch.bool)
        others[self.labelled] = False
        return (self.true[:, None] == torch.arange(len(self.names))) & others[:, None]

    def accuracy(self, predictions: Tensor) -> Tensor:
        """Return the accuracy of ``predictions``, int64[n], for each class: float32[classes].

        It is the fraction of correct predictions among the samples that count for the class, see :attr:`scored`. It is
        NaN if no samples count.
        """
        scored = self.scored
        return (scored & (predictions == self.true)[:, None]).sum(0) / scored.sum(0)


class FewLabelsObserver(PanelObserver):
    """Trains a linear probe on a few labelled samples, and computes its accuracy on other samples of the same classes.

    "Samples" are the segments on the map here, as in :class:`FewLabelTask`.

    If the user has given names to samples, the linear probe is trained on these samples, with the names as classes.
    Otherwise it is trained on the selected samples, with their classes in the data set. If the data set has several
    labels, the classes are always those of the first label.
    """

    title = "probe on few labels"
    message_types = (FewLabels,)
    share = 0.04

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._cached_request: object = None
        self._cached_predictions: dict[str, Tensor] = {}

    def request(self, watch: Watch) -> object | None:
        """Return the samples to train on: pairs of a name that the user has given and the samples with this name.

        If the user has given no names, return the selected samples. Return None if no samples are selected either, or
        if the selected samples have no classes, since the data set has no labels or its first label has numbers.
        """
        return watch.samples.named or (watch.samples.selected if self._classes() else ()) or None

    def panel_data(self, watch: Watch) -> FewLabels | None:
        task = self._task(watch.samples)
        if task is None:
            return None
        request, representations = self.request(watch), self.embeddings.representations()
        predictions = {name: self._predictions(name, h, task, request) for name, h in representations.items()}
        accuracies = [task.accuracy(each) for each in predictions.values()]
        return FewLabels(
            step=self.embeddings.step,
            labelled=tuple(task.labelled.tolist()),
            names=task.names,
            predictions=Array.of(predictions[TRAINED].to(torch.int32).numpy()),
            test_counts=Array.of(task.scored.sum(0).numpy()),
            representations=tuple(representations),
            accuracy=Array.of(torch.stack(accuracies).float().numpy()),
        )

    def _task(self, samples: ChosenSamples) -> FewLabelTask | None:
        """Return a task that learns from the named samples, or from the selected ones if none are named.

        Return None if there are no samples to learn from.
        """
        count = len(self.embeddings.probe_h())
        labelled = tuple(index for _, indices in samples.named for index in indices) or samples.selected
        if not len(valid_indices(labelled, count)):
            return None
        return self._named_task(samples.named, count) if samples.named else self._selected_task(samples.selected, count)

    def _named_task(self, named: tuple[tuple[str, tuple[int, ...]], ...], count: int) -> FewLabelTask:
        """Return a task that trains on the samples that the user has named; its classes are the user's names.

        The true class of any sample is known if the name of its class in the data is one of the user's names, ignoring
        case.
        """
        groups = [valid_indices(indices, count) for _, indices in named]
        names = tuple(name for name, _ in named)
        classes = {name.casefold(): index for index, name in reversed(tuple(enumerate(self._classes())))}
        indices = torch.tensor([classes.get(name.casefold(), UNKNOWN_CLASS) for name in names])
        labels = torch.cat([torch.full((len(group),), number) for number, group in enumerate(groups)])
        return FewLabelTask(names, position_of(self._class_indices(count), indices), torch.cat(groups), labels)

    def _selected_task(self, selected: tuple[int, ...], count: int) -> FewLabelTask | None:
        """Return a task that learns from the selected samples whose class in the data is known.

        Its classes are the classes to which these samples belong. Return None if there are no such samples.
        """
        labelled, class_indices = valid_indices(selected, count), self._class_indices(count)
        labelled = labelled[class_indices[labelled] >= 0]
        if not len(labelled):
            return None
        indices = torch.unique(class_indices[labelled])
        names = tuple(name_of(self._classes(), int(index)) for index in indices)
        true = position_of(class_indices, indices)
        return FewLabelTask(names, true, labelled, true[labelled])

    def _classes(self) -> tuple[str, ...]:
        """Return the names of the classes of the data set's first label.

        The result is empty if there are no labels or the first one has numbers instead of classes.
        """
        return self.embeddings.labels[0].names if self.embeddings.labels else ()

    def _class_indices(self, count: int) -> Tensor:
        """Return the class of each of the n samples of the map by the data set's first label: int64[n].

        All are -1 if there are no labels or the first one has numbers instead of classes.
        """
        if not self._classes():
            return torch.full((count,), -1)
        return self.embeddings.probe_labels(self.embeddings.labels[0].name)

    def _predictions(self, representation: str, h: Tensor, task: FewLabelTask, request: object) -> Tensor:
        """Train a linear probe on ``h`` of the task's labelled samples; return the class it predicts for every sample.

        The result is int64[n], indices in ``task.names``; all are -1 if ``h`` has NaN or infinite values. For fixed
        representations, such as the raw inputs, it is cached until ``request`` (the named or selected samples) changes.
        For the representation :data:`TRAINED` it is computed in every call, since this one changes.
        """
        if self._cached_request != request:
            self._cached_request, self._cached_predictions = request, {}
        predictions = self._cached_predictions.get(representation)
        if predictions is None:
            predictions = few_label_predictions(h.cpu(), task.labelled, task.labels)
            if representation != TRAINED:
                self._cached_predictions[representation] = predictions
        return predictions


def position_of(values: Tensor, among: Tensor) -> Tensor:
    """Return the index in ``among`` of every element of ``values``, as int64; -1 if ``among`` lacks the element."""
    matches = values[:, None] == among
    return torch.where(matches.any(1), matches.int().argmax(1), -1)
