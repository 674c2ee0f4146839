"""SimCLR: the embeddings of two views of a sample are made similar, those of different samples dissimilar.

Chen, Kornblith, Norouzi, Hinton 2020, https://arxiv.org/abs/2002.05709.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import About, Group, Values
from sslviz.learning.evaluation.invariance import Invariances, invariances
from sslviz.learning.losses.nt_xent import nt_xent, nt_xent_chance, nt_xent_uniform
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import Objective, Scores, objectives
from sslviz.learning.outputs import Matrix, Pairs, StepOutput
from sslviz.learning.views.augment import Augmentation, two_views, unit_images


class Contrastive(Group, frozen=True):
    """Settings of the contrastive loss NT-Xent."""

    title: ClassVar[str] = "Contrastive loss"

    temperature: Annotated[
        float,
        About(
            label="Temperature",
            symbol="τ",
            help="Similarities are divided by it. Low: the most similar negatives push hardest; high: all push alike.",
            low=0.02,
            high=2.0,
            log=True,
            live=True,
        ),
    ] = 0.2


@objectives.register
class SimCLR(Objective):
    """An encoder maps a view to its representation h, and a projection head maps h to the embedding z.

    A batch of N samples has 2N views, two per sample. The loss is NT-Xent over the embeddings of the 2N views.
    """

    name: ClassVar[str] = "simclr"
    family: ClassVar[str] = "contrastive"
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    title: ClassVar[str] = "Contrastive (SimCLR)"
    help: ClassVar[str] = "Two views of a sample are made alike, and those of different samples different."
    groups: ClassVar[tuple[type[Group], ...]] = (Contrastive, Augmentation, ImageNetwork)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "temperature": "Losses before and after a change of temperature cannot be compared.",
        "batch_size": "",
    }

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = ImageNetwork.of(values)
        self.encoder = network.build_encoder(channels=sample_shape[0])
        self.projection_head = network.build_head(self.encoder.h_dim)
        self.z_dim = network.head_dim

    def configure(self, values: Values) -> None:
        self.contrastive = Contrastive.of(values)
        self.augmentation = Augmentation.of(values)

    @property
    def temperature(self) -> float:
        return self.contrastive.temperature

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        views = two_views(data, self.augmentation, generator)
        z = self.projection_head(self.encoder(views))
        z_a, z_b = z.chunk(2)
        result = nt_xent(z_a, z_b, self.contrastive.temperature)
        return StepOutput(result.loss, {"top1": result.top1}, {"similarity": result.similarity, "views": views})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """Return the loss of each of the N samples of a batch, float32[N]: the mean of the losses of its two views.

        The negatives of a view are all views of the other samples.
        """
        pairs = self.pairs(data, generator)
        return nt_xent(pairs.z_a, pairs.z_b, self.contrastive.temperature).losses.view(2, -1).mean(0)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        return self.encoder(unit_images(data)).float()  # type: ignore[no-any-return]

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs:
        views = two_views(data, self.augmentation, generator)
        z_a, z_b = self.projection_head(self.encoder(views)).float().chunk(2)
        return Pairs(z_a, z_b, *views.chunk(2))

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int) -> Invariances:
        return invariances(sample, self.encoder, generator, seed, self.augmentation)

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        view_a, view_b = two_views(data, self.augmentation, generator).chunk(2)
        return {"original": data, "view a": view_a, "view b": view_b}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return Matrix("views", output.kept["similarity"], shift=len(data), rows=output.kept["views"], of="z")

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        temperature = self.contrastive.temperature
        return (
            ReferenceLine(
                curve="loss",
                label="chance",
                value=nt_xent_chance(batch_size),
                help="The loss when all similarities are equal: a network that tells nothing apart.",
                role="chance",
            ),
            ReferenceLine(
                curve="loss",
                label="aligned and uniform",
                value=nt_xent_uniform(batch_size, self.z_dim, temperature),
                help="The loss when the two views of each sample coincide and all else is spread evenly, for very many "
                "samples. Few samples can lie farther apart, so that the loss can fall below.",
                role="aligned_uniform",
            ),
            ReferenceLine(
                curve="top1",
                label="chance",
                value=1 / (2 * batch_size - 1),
                help="The share of views that find their partner among all others by luck.",
                role="chance",
            ),
        )
