"""Observers of the latent space, each run only while a panel that shows its data is visible."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import name_of
from sslviz.core.messages import CLUSTER, SAID, Watch
from sslviz.core.panel_data import Clusters, FewLabels, SelectionFigures, Spectrum
from sslviz.core.wire import Array, Frozen
from sslviz.engine.observing.embedding_source import TRAINED, EmbeddingSource
from sslviz.engine.observing.rate_limit import RateLimit
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.clustering import clusters
from sslviz.learning.evaluation.diagnostics import in_common
from sslviz.learning.evaluation.probes import few_label_predictions

SOME = 10
"""clusters where labels do not say how many there may be"""
NOBODY_KNOWS = -2
"""the data's number of a class that they do not have: no sample's, an unlabelled one's neither"""


class PanelObserver(ABC):
    """A look at the weights of each step; ``interval_s`` and ``share`` are those of its :class:`RateLimit`."""

    title: str
    message_types: ClassVar[tuple[type[Frozen], ...]]
    """the pictures it gives"""
    interval_s: ClassVar[float] = 1.0
    share: ClassVar[float] = 0.02

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        self.embeddings = embeddings
        self._listener = listener
        self.rate_limit = RateLimit(self.interval_s, self.share)

    def subject(self, watch: Watch) -> object | None:
        """The weights of this step, and what :meth:`about` says; None where nobody watches."""
        about = self.about(watch)
        watched = any(message_type.__name__ in watch.panel_data for message_type in self.message_types)
        return (self.embeddings.step, about) if watched and about is not None else None

    def about(self, watch: Watch) -> object | None:
        """What it would be of; the same is not drawn twice. None where there is nothing to draw."""
        return True

    def observe(self, watch: Watch) -> None:
        """Draw it, and tell."""
        data = self.panel_data(watch)
        if data is not None:
            self._listener.send(data)  # type: ignore[arg-type]

    @abstractmethod
    def panel_data(self, watch: Watch) -> Frozen | None:
        """What is seen; None where the objective gives none."""


class SpectrumObserver(PanelObserver):
    """How many directions the embeddings use, now and before the first step."""

    title = "spectrum"
    message_types = (Spectrum,)

    def panel_data(self, watch: Watch) -> Spectrum | None:
        found = self.embeddings.spectra()
        if found is None:
            return None
        now, untrained = (Array.of(values.cpu().numpy()) for values in found)
        return Spectrum(step=self.embeddings.step, values=now, untrained=untrained)


class SelectionObserver(PanelObserver):
    """What the selected samples of the map have in common."""

    title = "figures of the selection"
    message_types = (SelectionFigures,)
    interval_s = 0.5

    def about(self, watch: Watch) -> object | None:
        """Which samples."""
        return watch.selected or None

    def panel_data(self, watch: Watch) -> SelectionFigures:
        h = self.embeddings.probe_h()
        selected = there(watch.selected, len(h))
        mean_cosine, order, typicality = in_common(h[selected.to(h.device)])
        return SelectionFigures(
            step=self.embeddings.step,
            mean_cosine=mean_cosine,
            typical=Array.of(selected[order.cpu()].to(torch.int32).numpy()),
            typicality=Array.of(typicality.cpu().numpy()),
        )


class FewLabelsObserver(PanelObserver):
    """What the labels of a few samples are good for, the data's or a person's: answers of a linear probe, by class."""

    title = "probe on few labels"
    message_types = (FewLabels,)
    share = 0.04

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._of: object = None
        self._kept: dict[str, torch.Tensor] = {}

    def about(self, watch: Watch) -> object | None:
        """Which samples, where they have classes."""
        if not (watch.few_labels or watch.coloured_by == SAID):
            return None
        return watch.named or (watch.selected if self._classes() else ()) or None

    def _classes(self) -> tuple[str, ...]:
        """Names of the data's own, those of the first label; none where that is a number."""
        return self.embeddings.labels[0].names if self.embeddings.labels else ()

    def panel_data(self, watch: Watch) -> FewLabels | None:
        count, about = len(self.embeddings.probe_h()), self.about(watch)
        rows = there(tuple(index for _, indices in watch.named for index in indices) or watch.selected, count)
        if not len(rows):
            return None
        names, true = self._asked(watch, count)
        told = numbered(watch.named, count) if watch.named else true[rows]
        others = torch.ones(count, dtype=torch.bool)
        others[rows] = False
        asked = (true[:, None] == torch.arange(len(names))) & others[:, None]
        read = self.embeddings.representations()
        said = {name: self._predicted(name, h, rows, told, about) for name, h in read.items()}
        shares = [(asked & (each == true)[:, None]).sum(0) / asked.sum(0) for each in said.values()]
        return FewLabels(
            step=self.embeddings.step,
            given=tuple(rows.tolist()),
            names=names,
            said=Array.of(said[TRAINED].to(torch.int32).numpy()),
            others=Array.of(asked.sum(0).numpy()),
            representations=tuple(read),
            accuracy=Array.of(torch.stack(shares).float().numpy()),
        )

    def _asked(self, watch: Watch, count: int) -> tuple[tuple[str, ...], torch.Tensor]:
        """The classes, and which of them each sample is known to be: int64[n], -1 where it is of none or nobody knows.

        A person's class is the data's where they are called alike.
        """
        classes = self._classes()
        values = self.embeddings.probe_labels(self.embeddings.labels[0].name) if classes else torch.full((count,), -1)
        if watch.named:
            names = tuple(name for name, _ in watch.named)
            known = [name.casefold() for name in classes]
            among = torch.tensor([known.index(n.casefold()) if n.casefold() in known else NOBODY_KNOWS for n in names])
        else:
            among = torch.unique(values[there(watch.selected, count)])
            names = tuple(name_of(classes, int(value)) for value in among)
        same = values[:, None] == among
        return names, torch.where(same.any(1), same.int().argmax(1), -1)

    def _predicted(
        self, representation: str, h: torch.Tensor, rows: torch.Tensor, told: torch.Tensor, about: object
    ) -> torch.Tensor:
        """Only what the network gives changes as it learns; the rest is kept as long as the labels stay."""
        if self._of != about:
            self._of, self._kept = about, {}
        found = self._kept.get(representation)
        if found is None:
            found = few_label_predictions(h.cpu(), rows, told)
            if representation != TRAINED:
                self._kept[representation] = found
        return found


class ClustersObserver(PanelObserver):
    """Which samples lie together, whatever their labels."""

    title = "clusters"
    message_types = (Clusters,)
    share = 0.04

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        super().__init__(embeddings, listener)
        self._centres: Tensor | None = None

    def about(self, watch: Watch) -> object | None:
        """All of them."""
        return watch.coloured_by == CLUSTER or None

    def panel_data(self, watch: Watch) -> Clusters:
        """Begun where the clusters before lay, so that each keeps its number."""
        names = self.embeddings.labels[0].names if self.embeddings.labels else ()
        members, self._centres = clusters(self.embeddings.probe_h(), len(names) or SOME, self._centres)
        return Clusters(step=self.embeddings.step, members=Array.of(members.to(torch.int32).numpy()))


LATENT: tuple[type[PanelObserver], ...] = (SelectionObserver, FewLabelsObserver, SpectrumObserver, ClustersObserver)


def there(indices: tuple[int, ...], count: int) -> torch.Tensor:
    """int64[m], those of the samples asked about that there are."""
    return torch.tensor([index for index in indices if 0 <= index < count], dtype=torch.int64)


def numbered(named: tuple[tuple[str, tuple[int, ...]], ...], count: int) -> torch.Tensor:
    """int64[m], which name each of the named samples has."""
    numbers = [torch.full((len(there(indices, count)),), number) for number, (_, indices) in enumerate(named)]
    return torch.cat(numbers)
