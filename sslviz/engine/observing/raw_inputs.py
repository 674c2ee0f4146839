"""The raw inputs of the samples of the map, such as pixels, which the map shows before there is a trained network."""

from __future__ import annotations

from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.evaluation.projection import projected
from sslviz.learning.modality import Modality


class RawInputs:
    """The raw inputs of the segments on the map, in place of embeddings.

    It is a :class:`~sslviz.engine.observing.embedding_source.MapPoints`.
    """

    step = 0

    def __init__(self, modality: Modality, probe: Samples) -> None:
        self._modality, self._probe = modality, probe

    def probe_h(self) -> Tensor:
        """Return the raw inputs minus their mean, float32[n, D]; projected if they have more than 512 dimensions."""
        raw_inputs = next(iter(self._modality.raw_inputs(self._probe).values()))
        return projected(raw_inputs - raw_inputs.mean(0))
