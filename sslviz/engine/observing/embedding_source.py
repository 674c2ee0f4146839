"""What looks at a latent space ask for, whether a network gives it now or a file that was written while it learned."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from sslviz.core.entries import LabelEntry

TRAINED = "trained"
"""what the network gives now, among the representations of a sample"""


class EmbeddingSource(Protocol):
    """The map's samples at one step, and what they are called."""

    labels: tuple[LabelEntry, ...]

    @property
    def step(self) -> int:
        """How many steps had been done."""

    def probe_h(self) -> Tensor:
        """h of the map's segments: float32[n, H_DIM]."""

    def probe_labels(self, name: str) -> Tensor:
        """int64[n] or float32[n], what a label says of each."""

    def representations(self) -> dict[str, Tensor]:
        """Of the map's segments, float32[n, D] by name: :data:`TRAINED`, and what it is compared with."""

    def spectra(self) -> tuple[Tensor, Tensor] | None:
        """:func:`~sslviz.learning.evaluation.diagnostics.spectrum` of now and before the first step, None where there
        is none.
        """
