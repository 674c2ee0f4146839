"""SimSiam: a predictor maps the embedding of a view to that of another view, through which no gradient flows.

Chen & He 2021, https://arxiv.org/abs/2011.10566. There are neither negatives nor a second network. As in the paper,
batch norm without trained scales and offsets ends the projection head.

The user can switch the stop-gradient off, and the predictor. In both cases, hardly more than one direction of z
is soon left, along which batch norm keeps samples apart.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, Values
from sslviz.learning.losses.cosine import negative_cosine
from sslviz.learning.losses.moments import BATCH_STD, batch_std, batch_std_lines
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.networks.heads import Predictor, mlp
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.outputs import Matrix, StepOutput
from sslviz.learning.view_objective import Comparison, ViewObjective, prediction_matrix
from sslviz.learning.views.augment import Augmentation


class StopGradient(Group, frozen=True):
    """Whether the gradient flows through what is predicted."""

    title: ClassVar[str] = "Target"

    stop_gradient: Annotated[
        bool,
        About(
            label="Stop-gradient",
            help="On: no gradient flows through the embedding that is predicted. Off: the encoder may make its task "
            "easy, and does: all samples become one.",
            live=True,
            guard=True,
        ),
    ] = True


@objectives.register
class SimSiam(ViewObjective):
    """The loss is the negative cosine of prediction and embedding, in both orders of the two views."""

    name: ClassVar[str] = "simsiam"
    family: ClassVar[str] = "distillation"
    title: ClassVar[str] = "SimSiam"
    help: ClassVar[str] = (
        "The embedding of one view is predicted from another, with no slower network and no negatives."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (Predictor, StopGradient, Augmentation, ImageNetwork)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "stop_gradient": "Without the stop-gradient a low loss says nothing: all samples may have become one.",
        "predictor": "Without the predictor a low loss says nothing: all samples may have become one.",
    }
    figures: ClassVar[tuple[FigureEntry, ...]] = (BATCH_STD,)
    head_norm: ClassVar[Literal["none", "affine", "plain"]] = "plain"

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        self.predictor = mlp((self.z_dim, max(self.z_dim // 2, 1), self.z_dim), batch_norm=True)

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.stop_gradient, self.predicts = StopGradient.of(values).stop_gradient, Predictor.of(values).predictor

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss (eq. 4); that of a sample is the mean over both orders of its views."""
        z = self.embed(views)
        p, count = self.predictor(z) if self.predicts else z, len(z) // 2
        targets = z.detach() if self.stop_gradient else z
        losses = negative_cosine(p, targets.roll(count, 0))
        kept = {"predictions": p[:count].detach(), "targets": z[count:].detach()}
        return Comparison(losses.mean(), lambda: losses.view(2, -1).mean(0), z, {"batch_std": batch_std(z)}, kept)

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return prediction_matrix(output)

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        return (
            reference_line(
                "loss", "unrelated", 0.0, "The loss where prediction and embedding have nothing to do with each other."
            ),
            reference_line(
                "loss",
                "best",
                -1.0,
                "The loss where each prediction comes true, which it also does where all samples have become "
                "one, or lie on one line, along which batch norm keeps them apart: look at the map.",
                "perfect or collapsed",
            ),
            *batch_std_lines(self.z_dim),
        )
