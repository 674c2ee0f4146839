"""The base class of objectives that compare random views of each image.

A subclass is one file: it declares its settings, and computes its loss from the embeddings of the views.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import Values
from sslviz.learning.evaluation.invariance import Invariances, invariances
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import Matrix, Pairs, StepOutput
from sslviz.learning.views.augment import Augmentation, unit_images, views_of


@dataclass(frozen=True)
class Comparison:
    """The loss of a batch of N samples, computed from the embeddings of their views.

    Attributes:
        loss: float32 scalar with gradient.
        losses: returns the loss of each sample, float32[N], whose mean is ``loss``. It is called only for panels.
        z: float[V·N, D], the embeddings of the V views per sample, from which the loss was computed.
        terms: further results, as in :attr:`StepOutput.terms`.
    """

    loss: Tensor
    losses: Callable[[], Tensor]
    z: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)


class ViewObjective(Objective):
    """An encoder maps a view to its representation h, and a projection head maps h to the embedding z.

    A batch of N samples has V·N views, V per sample. A subclass computes the loss in :meth:`compare`; its ``groups``
    include Augmentation and ImageNetwork.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    num_views: int = 2
    """V, the number of views of each sample that a step compares, at least 2. Panels of pairs show the first two."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = ImageNetwork.of(values)
        self.encoder = network.build_encoder(sample_shape, values)
        self.projection_head = network.build_head(self.encoder.h_dim)
        self.z_dim = network.head_dim

    def configure(self, values: Values) -> None:
        self.augmentation = Augmentation.of(values)

    @abstractmethod
    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss of a batch of N samples, in float32 also under autocast.

        ``views``: float32[V·N, 3, H, W] in [0, 1], the first views of all samples, then their second views, and so on.
        Random numbers are drawn from ``generator``, after those of the views.
        """

    def views(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """Return random views of N samples, float32[V·N, 3, H, W] in [0, 1], in the order of :meth:`compare`."""
        return views_of(data, self.augmentation, generator, self.num_views)

    def embed(self, views: Tensor) -> Tensor:
        """Return the embeddings z of views, float[n, D], not normalised; ``views``: float32[n, 3, H, W] in [0, 1]."""
        return self.projection_head(self.encoder(views))  # type: ignore[no-any-return]

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        views = self.views(data, generator)
        found = self.compare(views, generator)
        return StepOutput(found.loss, found.terms, {"z": found.z.detach(), "views": views})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        return self.compare(self.views(data, generator), generator).losses()

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        return self.encoder(unit_images(data)).float()  # type: ignore[no-any-return]

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs:
        views = self.views(data, generator)[: 2 * len(data)]
        return Pairs(*self.embed(views).float().chunk(2), *views.chunk(2))

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int) -> Invariances:
        return invariances(sample, self.encoder, generator, seed, self.augmentation)

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        views = self.views(data, generator).chunk(self.num_views)
        return {
            "original": data,
            **{f"view {letter}": view for letter, view in zip(ascii_lowercase, views, strict=False)},
        }

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        pairs = slice(2 * len(data))
        cosines = cosine_similarity_matrix(output.kept["z"][pairs])
        return Matrix("views", cosines, shift=len(data), rows=output.kept["views"][pairs], of="z")
