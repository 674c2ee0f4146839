"""BYOL: a predictor maps the embedding of a view to the embedding that a slow target network has of another view.

Grill et al. 2020, https://arxiv.org/abs/2006.07733. There are no negatives: nothing in the loss says that different
samples are to have different embeddings. Unlike in the paper, the loss is the mean, not the sum, over the two orders of
the views. As in the paper's appendix, batch norm is within the heads; it also ends the projection head here.

The user can switch the stop-gradient off. Then the online network computes the targets too, with gradient. The user can
switch the predictor off as well. In both cases, all samples soon have the same embedding.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import Group, Value, Values
from sslviz.learning.losses.cosine import regression
from sslviz.learning.losses.moments import BATCH_STD, batch_std, batch_std_lines
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.networks.heads import Predictor, mlp
from sslviz.learning.networks.momentum_target import TARGET_MOVES, Target, follow, momentum_copy
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.outputs import Matrix, StepOutput
from sslviz.learning.view_objective import Comparison, ViewObjective, prediction_matrix
from sslviz.learning.views.augment import Augmentation


@objectives.register
class BYOL(ViewObjective):
    """The loss is the squared distance of prediction and target on the unit sphere, in both orders of the two views."""

    name: ClassVar[str] = "byol"
    family: ClassVar[str] = "distillation"
    title: ClassVar[str] = "BYOL"
    help: ClassVar[str] = "What a slower copy of the network makes of one view is predicted from another; no negatives."
    groups: ClassVar[tuple[type[Group], ...]] = (Predictor, Target, Augmentation, ImageNetwork)
    loss_note: ClassVar[str] = TARGET_MOVES
    loss_depends_on: ClassVar[dict[str, str]] = {
        "stop_gradient": "Without the stop-gradient a low loss says nothing: all embeddings may have become one.",
        "predictor": "Without the predictor a low loss says nothing: all embeddings may have become one.",
        "ema_momentum": "Losses before and after cannot be compared: the targets lag by another time.",
        "ema_rise_steps": "",
    }
    order: ClassVar[int] = 1
    defaults: ClassVar[dict[str, Value]] = {"ema_momentum": 0.97}
    figures: ClassVar[tuple[FigureEntry, ...]] = (BATCH_STD,)
    head_norm: ClassVar[Literal["none", "affine", "plain"]] = "affine"

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        hidden = ImageNetwork.of(values).head_hidden
        self.predictor = mlp((self.z_dim, hidden, self.z_dim), batch_norm=True)
        self.target = momentum_copy(self.online)

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.target_settings, self.predicts = Target.of(values), Predictor.of(values).predictor

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss; that of a sample is the mean over both orders of its views."""
        z = self.embed(views)
        predictions, targets = self.predictor(z) if self.predicts else z, self.targets(views, z)
        count = len(z) // 2
        losses = regression(predictions, targets.roll(count, 0))
        kept = {"predictions": predictions[:count].detach(), "targets": targets[count:].detach()}
        return Comparison(losses.mean(), lambda: losses.view(2, -1).mean(0), z, {"batch_std": batch_std(z)}, kept)

    def targets(self, views: Tensor, z: Tensor) -> Tensor:
        """Return what is to be predicted, float[2N, D]: the embeddings by the target network.

        Without stop-gradient they are ``z``, the embeddings of the views by the online network, with gradient.
        """
        if not self.target_settings.stop_gradient:
            return z
        with torch.no_grad():
            return self.target(views)  # type: ignore[no-any-return]

    def after_optimizer_step(self, output: StepOutput) -> None:
        follow(self.target, self.online, self.target_settings.momentum_at(self.step_number))

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return prediction_matrix(output)

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        return (
            reference_line(
                "loss",
                "unrelated",
                2.0,
                "The loss where prediction and target have nothing to do with each other.",
            ),
            reference_line(
                "loss",
                "best",
                0.0,
                "The loss where each prediction is its target, which it also is where all samples have become "
                "one: look at the deviation of z.",
                "perfect or collapsed",
            ),
            *batch_std_lines(self.z_dim),
        )
