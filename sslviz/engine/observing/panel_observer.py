"""Base class of the observers that run only while a panel that shows their data is visible."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.messages import Watch
from sslviz.core.rate_limit import RateLimit
from sslviz.core.wire import Frozen
from sslviz.engine.observing.embedding_source import EmbeddingSource
from sslviz.engine.training.run_log import Listener


class PanelObserver(ABC):
    """Base class of observers that compute panel data from the current weights, or from snapshots of a recorded run.

    Args:
        embeddings: the embeddings to observe.
        listener: receives the panel data.
    """

    title: str
    message_types: ClassVar[tuple[type[Frozen], ...]]
    """Types of the panel data; the observer runs while a visible panel shows data of one of them."""
    interval_s: ClassVar[float] = 1.0
    """Minimum interval of the :class:`~sslviz.core.rate_limit.RateLimit`, in seconds."""
    share: ClassVar[float] = 0.02
    """Maximum fraction of the running time that the observer may take."""

    def __init__(self, embeddings: EmbeddingSource, listener: Listener) -> None:
        self.embeddings = embeddings
        self._listener = listener
        self.rate_limit = RateLimit(self.interval_s, self.share)

    def subject(self, watch: Watch) -> object | None:
        """Return the optimiser step and the result of :meth:`request`; if one changes, the data is computed again.

        Return None if no visible panel shows the data or :meth:`request` returns None.
        """
        request = self.request(watch)
        watched = any(message_type.__name__ in watch.panel_data for message_type in self.message_types)
        return (self.embeddings.step, request) if watched and request is not None else None

    def request(self, watch: Watch) -> object | None:
        """Return the part of ``watch`` that the panel data depends on, or None if there is nothing to compute.

        The panel data is computed again when this part changes, even at the same step.
        """
        return True

    def observe(self, watch: Watch) -> None:
        """Compute the panel data and send it, unless :meth:`panel_data` returns None."""
        data = self.panel_data(watch)
        if data is not None:
            self._listener.send(data)  # type: ignore[arg-type]

    @abstractmethod
    def panel_data(self, watch: Watch) -> Frozen | None:
        """Return the message with the panel data, or None if there is none, such as if the objective provides none."""


def valid_indices(indices: tuple[int, ...], count: int) -> Tensor:
    """Return those of ``indices`` that are at least 0 and less than ``count``: int64[m]."""
    return torch.tensor([index for index in indices if 0 <= index < count], dtype=torch.int64)
