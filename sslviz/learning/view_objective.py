"""The base class of objectives that compare random views of each image.

A subclass is one file: it declares its settings, and computes its loss from the embeddings of the views.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from sslviz.core.settings import Values
from sslviz.learning.encoder_objective import EncoderObjective
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.outputs import Matrix, Pairs, StepOutput


@dataclass(frozen=True)
class Comparison:
    """The loss of a batch of N samples, computed from the embeddings of their views.

    Attributes:
        loss: float32 scalar with gradient.
        losses: returns the loss of each sample, float32[N], whose mean is ``loss``. It is called only for panels.
        z: float[V·N, D], the embeddings of the V views per sample, from which the loss was computed.
        terms: further results, as in :attr:`StepOutput.terms`.
        kept: further tensors for the matrix or the hook after the step, detached, as in :attr:`StepOutput.kept`.
    """

    loss: Tensor
    losses: Callable[[], Tensor]
    z: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)
    kept: Mapping[str, Tensor] = field(default_factory=dict)


class ViewObjective(EncoderObjective):
    """An encoder maps a view to its representation h, and a projection head maps h to the embedding z.

    A batch of N samples has V·N views, V per sample, at least 2. A subclass computes the loss in :meth:`compare`; its
    ``groups`` include Augmentation and ImageNetwork.
    """

    head_norm: ClassVar[Literal["none", "affine", "plain"]] = "none"
    """Whether batch norm ends the projection head, with ("affine") or without ("plain") trained scales and offsets."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = ImageNetwork.of(values)
        self.encoder = network.build_encoder(sample_shape, values)
        self.projection_head = network.build_head(self.encoder.h_dim, self.head_norm)
        self.z_dim = network.head_dim

    @abstractmethod
    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss of a batch of N samples, in float32 also under autocast.

        ``views``: float32[V·N, 3, H, W] in [0, 1], the first views of all samples, then their second views, and so on.
        Random numbers are drawn from ``generator``, after those of the views.
        """

    @property
    def online(self) -> nn.Sequential:
        """Encoder and projection head as one network; a target network is a copy of it."""
        return nn.Sequential(self.encoder, self.projection_head)

    def embed(self, views: Tensor) -> Tensor:
        """Return the embeddings z of views, float[n, D], not normalised; ``views``: float32[n, 3, H, W] in [0, 1]."""
        return self.projection_head(self.encoder(views))  # type: ignore[no-any-return]

    def compare_views_of(self, data: Tensor, generator: torch.Generator) -> tuple[Tensor, Comparison]:
        """Draw views of N samples, and compare them; return the views and the result of :meth:`compare`."""
        views = self.views(data, generator)
        return views, self.compare(views, generator)

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        views, found = self.compare_views_of(data, generator)
        return StepOutput(found.loss, found.terms, {**found.kept, "z": found.z.detach(), "views": views})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        return self.compare_views_of(data, generator)[1].losses()

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs:
        views = self.views(data, generator)[: 2 * len(data)]
        return Pairs(*self.embed(views).float().chunk(2), *views.chunk(2))

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        pairs = slice(2 * len(data))
        cosines = cosine_similarity_matrix(output.kept["z"][pairs])
        return Matrix("views", cosines, shift=len(data), rows=output.kept["views"][pairs], of="z")


def prediction_matrix(output: StepOutput) -> Matrix:
    """Return the cosines of N predictions (rows), made from the first views, with N targets (columns).

    ``output`` keeps "predictions" and "targets", float[N, D]; target i is that of the second view of sample i.
    """
    predictions, targets = (normalize(output.kept[key].float(), dim=1) for key in ("predictions", "targets"))
    view_a, view_b = output.kept["views"].chunk(2)
    return Matrix("predictions", predictions @ targets.T, shift=0, rows=view_a, columns=view_b, of="z")
