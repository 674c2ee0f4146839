"""Looks for a panel alone, each taken only while somebody watches for its picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch

from sslviz.core.messages import Watch
from sslviz.core.pictures import (
    FewLabels,
    Invariance,
    SelectionFigures,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
)
from sslviz.core.wire import Array, Frozen
from sslviz.engine.evaluation import TRAINED, Evaluation
from sslviz.engine.looks import first_labels
from sslviz.engine.pace import Pace
from sslviz.engine.pictures import invariance_picture, matrix_of_pairs, similarity_picture
from sslviz.engine.prepare import Setup
from sslviz.engine.run_log import Listener
from sslviz.learning.diagnostics import in_common
from sslviz.learning.probes import few_label_predictions

PROBE_PAIRS = 64


class DrawnLook(ABC):
    """A look at the weights of each step; ``interval_s`` and ``share`` are those of its :class:`Pace`."""

    title: str
    kinds: ClassVar[tuple[type[Frozen], ...]]
    """the pictures it gives"""
    interval_s: ClassVar[float] = 1.0
    share: ClassVar[float] = 0.02

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        self.setup, self.trainer, self.evaluation = setup, setup.trainer, evaluation
        self._listener = listener
        self.pace = Pace(self.interval_s, self.share)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and what :meth:`about` says; None where nobody watches."""
        about = self.about(watch)
        watched = any(kind.__name__ in watch.kinds for kind in self.kinds)
        return (self.trainer.step_number, about) if watched and about is not None else None

    def about(self, watch: Watch) -> object | None:
        """What it would be of; the same is not drawn twice. None where there is nothing to draw."""
        return True

    def take(self, watch: Watch) -> None:
        """Draw it, and tell."""
        picture = self.picture(watch)
        if picture is not None:
            self._listener.send(picture)  # type: ignore[arg-type]

    @abstractmethod
    def picture(self, watch: Watch) -> Frozen | None:
        """What is seen; None where the objective gives none."""


class SimilarityLook(DrawnLook):
    """The matrix of the last batch, or of fixed samples."""

    title = "similarity matrix"
    kinds = (Similarity,)
    interval_s, share = 0.7, 0.01

    def about(self, watch: Watch) -> object:
        """Which samples, and which step ahead."""
        return watch.similarity_source, watch.step_ahead

    def picture(self, watch: Watch) -> Similarity | None:
        of_probe = self._of_probe() if watch.similarity_source == "probe" else None
        return of_probe or self._of_batch(watch)

    def _of_probe(self) -> Similarity | None:
        pairs = self.evaluation.pairs(PROBE_PAIRS)
        if pairs is None:
            return None
        labels = first_labels(self.evaluation.labels, self.evaluation.probe)[: len(pairs.z_a)]
        return similarity_picture(self.trainer.step_number, "probe", matrix_of_pairs(pairs), labels)

    def _of_batch(self, watch: Watch) -> Similarity | None:
        last = self.trainer.last
        if last is None:
            return None
        matrix = self.trainer.objective.matrix(last.output, self.trainer.data[last.indices], watch)
        if matrix is None:
            return None
        labels = first_labels(self.evaluation.labels, self.setup.split.train)[last.indices.cpu()]
        return similarity_picture(last.step, "batch", matrix, labels)


class PredictionLook(DrawnLook):
    """What the network makes of some held-out samples, always the same."""

    title = "prediction"
    kinds = (Strips, TokenPredictions)
    interval_s = 0.7

    def about(self, watch: Watch) -> object:
        """How far they are rolled out."""
        return watch.horizon

    def picture(self, watch: Watch) -> Strips | TokenPredictions | None:
        return self.evaluation.prediction(self.trainer.objective.predicted_samples, watch)


class StepsAheadLook(DrawnLook):
    """How well each step ahead is told."""

    title = "steps ahead"
    kinds = (StepsAhead,)
    interval_s = 2.5

    def picture(self, watch: Watch) -> StepsAhead | None:
        return self.evaluation.steps_ahead()


class SpectrumLook(DrawnLook):
    """How many directions the embeddings use, now and before the first step."""

    title = "spectrum"
    kinds = (Spectrum,)

    def picture(self, watch: Watch) -> Spectrum | None:
        found = self.evaluation.spectra()
        if found is None:
            return None
        now, untrained = (Array.of(values.cpu().numpy()) for values in found)
        return Spectrum(step=self.trainer.step_number, values=now, untrained=untrained)


class SelectionLook(DrawnLook):
    """What the selected samples of the map have in common."""

    title = "figures of the selection"
    kinds = (SelectionFigures,)
    interval_s = 0.5

    def about(self, watch: Watch) -> object | None:
        """Which samples."""
        return watch.selected or None

    def picture(self, watch: Watch) -> SelectionFigures:
        h = self.evaluation.probe_h()
        selected = there(watch.selected, len(h))
        mean_cosine, order, typicality = in_common(h[selected.to(h.device)])
        return SelectionFigures(
            step=self.trainer.step_number,
            mean_cosine=mean_cosine,
            typical=Array.of(selected[order.cpu()].to(torch.int32).numpy()),
            typicality=Array.of(typicality.cpu().numpy()),
        )


class FewLabelsLook(DrawnLook):
    """What the labels of the selected samples are good for: right answers of a linear probe, by class."""

    title = "probe on few labels"
    kinds = (FewLabels,)
    share = 0.04

    def __init__(self, setup: Setup, evaluation: Evaluation, listener: Listener) -> None:
        super().__init__(setup, evaluation, listener)
        self._of: list[int] = []
        self._kept: dict[str, torch.Tensor] = {}

    def about(self, watch: Watch) -> object | None:
        """Which samples, where they have classes."""
        labels = self.evaluation.labels
        return watch.selected or None if labels and labels[0].names else None

    def picture(self, watch: Watch) -> FewLabels | None:
        name, probe = self.evaluation.labels[0].name, self.evaluation.probe
        labels = probe.labels[name].flatten().cpu()
        rows = there(watch.selected, len(labels))
        if not len(rows):
            return None
        others = torch.ones(len(labels), dtype=torch.bool)
        others[rows] = False
        classes = torch.unique(labels[rows])
        asked = (labels[:, None] == classes) & others[:, None]
        shares, read = [], self.evaluation.representations()
        for representation, h in read.items():
            right = self._predicted(representation, h, rows, labels[rows]) == labels
            shares.append((asked & right[:, None]).sum(0) / asked.sum(0))
        return FewLabels(
            step=self.trainer.step_number,
            label=name,
            given=tuple(rows.tolist()),
            classes=Array.of(classes.to(torch.int32).numpy()),
            others=Array.of(asked.sum(0).numpy()),
            representations=tuple(read),
            accuracy=Array.of(torch.stack(shares).float().numpy()),
        )

    def _predicted(
        self, representation: str, h: torch.Tensor, rows: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Only what the network gives changes as it learns; the rest is kept as long as the selection stays."""
        if self._of != rows.tolist():
            self._of, self._kept = rows.tolist(), {}
        found = self._kept.get(representation)
        if found is None:
            found = few_label_predictions(h.cpu(), rows, labels)
            if representation != TRAINED:
                self._kept[representation] = found
        return found


class MicroscopeLook(DrawnLook):
    """What the network has become invariant to, on the sample in view."""

    title = "microscope"
    kinds = (Invariance,)
    share = 0.04

    def about(self, watch: Watch) -> object | None:
        """Which sample."""
        return watch.pinned if 0 <= watch.pinned < len(self.evaluation.probe) else None

    def picture(self, watch: Watch) -> Invariance | None:
        found = self.evaluation.invariance(watch.pinned)
        return invariance_picture(self.trainer.step_number, watch.pinned, found) if found is not None else None


DRAWN: tuple[type[DrawnLook], ...] = (
    SimilarityLook,
    PredictionLook,
    StepsAheadLook,
    SelectionLook,
    FewLabelsLook,
    MicroscopeLook,
    SpectrumLook,
)


def there(indices: tuple[int, ...], count: int) -> torch.Tensor:
    """int64[m], those of the samples asked about that there are."""
    return torch.tensor([index for index in indices if 0 <= index < count], dtype=torch.int64)
