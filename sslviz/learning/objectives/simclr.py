"""SimCLR: the embeddings of two views of a sample are made similar, those of different samples dissimilar.

Chen, Kornblith, Norouzi, Hinton 2020, https://arxiv.org/abs/2002.05709.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Group, Values
from sslviz.learning.losses.nt_xent import Contrastive, nt_xent, nt_xent_chance, nt_xent_uniform
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation


@objectives.register
class SimCLR(ViewObjective):
    """The loss is NT-Xent over the embeddings of the 2N views of a batch."""

    name: ClassVar[str] = "simclr"
    family: ClassVar[str] = "contrastive"
    order: ClassVar[int] = 1
    title: ClassVar[str] = "SimCLR"
    help: ClassVar[str] = "Two views of a sample are made alike, and those of different samples different."
    groups: ClassVar[tuple[type[Group], ...]] = (Contrastive, Augmentation, ImageNetwork)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "temperature": "Losses before and after a change of temperature cannot be compared.",
        "batch_size": "",
    }

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.contrastive = Contrastive.of(values)

    @property
    def temperature(self) -> float:
        return self.contrastive.temperature

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute NT-Xent; the loss of a sample is the mean of those of its two views.

        The negatives of a view are all views of the other samples.
        """
        z = self.embed(views)
        z_a, z_b = z.chunk(2)
        found = nt_xent(z_a, z_b, self.temperature)
        return Comparison(found.loss, lambda: found.losses.view(2, -1).mean(0), z, {"top1": found.top1})

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
