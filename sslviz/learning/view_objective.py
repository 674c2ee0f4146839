"""The base class of objectives that compare random views of each image.

A subclass is one file: it declares its settings, and computes its loss from the embeddings of the views.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from sslviz.core.settings import Value, Values
from sslviz.learning.evaluation.invariance import Invariances, invariances
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.encoder_settings import ImageNetwork, patch_encoders
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import Matrix, Pairs, PatchFeatures, StepOutput
from sslviz.learning.views.augment import Augmentation, unit_images, views_of


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


class ViewObjective(Objective):
    """An encoder maps a view to its representation h, and a projection head maps h to the embedding z.

    A batch of N samples has V·N views, V per sample. A subclass computes the loss in :meth:`compare`; its ``groups``
    include Augmentation and ImageNetwork.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    num_views: int = 2
    """V, the number of views of each sample that a step compares, at least 2. Panels of pairs show the first two."""
    head_norm: ClassVar[Literal["none", "affine", "plain"]] = "none"
    """Whether batch norm ends the projection head, with ("affine") or without ("plain") trained scales and offsets."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = ImageNetwork.of(values)
        self.encoder = network.build_encoder(sample_shape, values)
        self.projection_head = network.build_head(self.encoder.h_dim, self.head_norm)
        self.z_dim = network.head_dim

    @classmethod
    def panel_data_if(cls) -> dict[str, dict[str, tuple[Value, ...]]]:
        return {"Patches": {"encoder": patch_encoders()}}

    @classmethod
    def needs_download(cls, values: Values) -> bool:
        return ImageNetwork.of(values).needs_download(values)

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

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        return self.encoder(unit_images(data)).float()  # type: ignore[no-any-return]

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs:
        views = self.views(data, generator)[: 2 * len(data)]
        return Pairs(*self.embed(views).float().chunk(2), *views.chunk(2))

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int) -> Invariances:
        return invariances(sample, self.encoder, generator, seed, self.augmentation)

    def patches(self, data: Tensor) -> PatchFeatures | None:
        return self.encoder.patch_features(unit_images(data))

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


def prediction_matrix(output: StepOutput) -> Matrix:
    """Return the cosines of N predictions (rows), made from the first views, with N targets (columns).

    ``output`` keeps "predictions" and "targets", float[N, D]; target i is that of the second view of sample i.
    """
    predictions, targets = (normalize(output.kept[key].float(), dim=1) for key in ("predictions", "targets"))
    view_a, view_b = output.kept["views"].chunk(2)
    return Matrix("predictions", predictions @ targets.T, shift=0, rows=view_a, columns=view_b, of="z")
