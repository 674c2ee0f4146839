"""DINO: a student puts views on the prototypes on which a slow teacher puts other views of the same sample.

Caron, Touvron, Misra, Jégou, Mairal, Bojanowski, Joulin 2021, https://arxiv.org/abs/2104.14294, whose symbols are used
here: g_s and g_t are the outputs of student and teacher, τ_s and τ_t their temperatures, and c is the centre. There are
no negatives: nothing in the loss says that different samples are to have different prototypes. Centring keeps the
teacher from putting all samples on one prototype, and its low temperature keeps it from putting each on all of them.

The last layer of the network is linear with weights of unit length, as in the paper: an output is the cosine of the
embedding z with a prototype. Unlike in the paper, the projection head has batch norm, which also ends it.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, log_softmax, normalize

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.losses.moments import BATCH_STD, batch_std, batch_std_lines
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.networks.momentum_target import TARGET_MOVES, Ema, follow, momentum_copy
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.outputs import Matrix, StepOutput
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation, Extent, views_of

SHOWN_PROTOTYPES = 64
"""Maximum number of prototypes in the matrix."""


class Assignment(Group, frozen=True):
    """Settings of how views are put on prototypes."""

    title: ClassVar[str] = "Prototypes"

    prototypes: Annotated[
        int,
        About(label="Prototypes", help="Directions of z on which a view can be put.", low=2, high=65_536, log=True),
    ] = 256
    student_temperature: Annotated[
        float,
        About(
            label="Student τ",
            symbol="τ",
            help="Temperature of the student: its cosines are divided by it. High: it can hardly be sure.",
            low=0.02,
            high=1.0,
            log=True,
            live=True,
        ),
    ] = 0.1
    teacher_temperature: Annotated[
        float,
        About(
            label="Teacher τ",
            help="Temperature of the teacher. Above the student's, all prototypes become alike.",
            low=0.005,
            high=1.0,
            log=True,
            live=True,
        ),
    ] = 0.04
    centring: Annotated[
        bool,
        About(
            label="Centring",
            help="The teacher's mean output is subtracted from its outputs. Off: few prototypes take all samples.",
            live=True,
            guard=True,
        ),
    ] = True
    centre_momentum: Annotated[
        float,
        About(label="Centre EMA", help="Share of the old mean kept at each step.", low=0.0, high=1.0, live=True),
    ] = 0.9
    local_crops: Annotated[
        int,
        About(
            label="Local crops",
            help="Small views, a quarter of the area, that only the student sees: parts belong where wholes do.",
            low=0,
            high=8,
            live=True,
        ),
    ] = 2


class Prototypes(nn.Module):
    """The last layer: maps embeddings, float[n, D], to their cosines with K prototypes, float32[n, K]."""

    def __init__(self, dim: int, number: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(number, dim))

    def forward(self, z: Tensor) -> Tensor:
        with torch.autocast(device_type=z.device.type, enabled=False):
            return normalize(z.float(), dim=1) @ normalize(self.directions, dim=1).T


@objectives.register
class DINO(ViewObjective):
    """The loss is the cross-entropy between the teacher's prototypes of a view and the student's of another view."""

    name: ClassVar[str] = "dino"
    family: ClassVar[str] = "distillation"
    title: ClassVar[str] = "DINO"
    help: ClassVar[str] = "Views are put on prototypes as a slower copy of the network puts other views; no negatives."
    groups: ClassVar[tuple[type[Group], ...]] = (Assignment, Ema, Augmentation, ImageNetwork)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "student_temperature": "Losses before and after a change of temperature cannot be compared.",
        "teacher_temperature": "Losses before and after a change of temperature cannot be compared.",
        "centring": "Without centring a low loss says nothing: all samples may be on one prototype.",
        "centre_momentum": "Losses before and after cannot be compared: the centre lags by another time.",
        "ema_momentum": "Losses before and after cannot be compared: the teacher lags by another time.",
        "local_crops": "Losses before and after cannot be compared: small views are harder to put.",
        "ema_rise_steps": "",
        "prototypes": "",
    }
    loss_note: ClassVar[str] = TARGET_MOVES
    defaults: ClassVar[dict[str, Value]] = {"ema_momentum": 0.97}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="teacher_entropy",
            title="Teacher's entropy",
            help="How unsure the teacher is of a view's prototype, in nats: the lowest loss that it permits.",
            per_step=True,
            beside_loss=True,
        ),
        FigureEntry(
            key="prototypes_used",
            title="Prototypes in use",
            help="Over how many prototypes the teacher spreads a batch: e to the entropy of its mean assignment.",
            per_step=True,
        ),
        BATCH_STD,
    )
    head_norm: ClassVar[Literal["none", "affine", "plain"]] = "affine"

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        self.prototypes = Prototypes(self.z_dim, self.assignment.prototypes)
        self.teacher = momentum_copy(self.student)
        self.centre = nn.Parameter(torch.zeros(self.assignment.prototypes), requires_grad=False)

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.assignment, self.ema = Assignment.of(values), Ema.of(values)

    @property
    def student(self) -> nn.Sequential:
        """The network that learns: encoder, projection head and prototypes; the teacher is a slow copy."""
        return nn.Sequential(self.online, self.prototypes)

    # ------------------------------------------------------------------ the loss

    def compare_views_of(self, data: Tensor, generator: torch.Generator) -> tuple[Tensor, Comparison]:
        views = self.views(data, generator)
        return views, self.compare(views, generator, self.crops(data, generator))

    def crops(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """Return local crops of N samples, float32[local_crops · N, 3, side, side] in [0, 1]."""
        extent = Extent(share=0.25, side=max(min(data.shape[-2:]) // 2, 1))
        return views_of(data, self.augmentation, generator, self.assignment.local_crops, extent)

    def compare(self, views: Tensor, generator: torch.Generator, crops: Tensor | None = None) -> Comparison:
        """Compute the loss, for a sample the mean over all pairs of a view (teacher) and another view (student)."""
        z, count = self.embed(views), len(views) // 2
        outputs = self.prototypes(z)
        with torch.no_grad():
            teacher = self.teacher(views)
        targets = self.targets(teacher)
        if crops is not None and len(crops):  # in a pass of their own, as batch norm and sizes require
            outputs = torch.cat([outputs, self.student(crops)])
        log_predictions = log_softmax(outputs / self.assignment.student_temperature, dim=1)
        losses = cross_entropies(targets.view(2, count, -1), log_predictions.view(-1, count, targets.shape[1]))
        terms = {
            "teacher_entropy": torch.special.entr(targets).sum(1).mean(),
            "prototypes_used": torch.special.entr(targets.mean(0)).sum().exp(),
            "batch_std": batch_std(z),
        }
        kept = {"targets": targets, "predictions": log_predictions.detach()[: 2 * count], "mean": teacher.mean(0)}
        return Comparison(losses.mean(), lambda: losses, z, terms, kept)

    def targets(self, outputs: Tensor) -> Tensor:
        """Return the teacher's probabilities of the prototypes, of its ``outputs``; both are float32[n, K]."""
        centred = outputs - self.centre if self.assignment.centring else outputs
        return (centred / self.assignment.teacher_temperature).softmax(1)

    @torch.no_grad()
    def after_optimizer_step(self, output: StepOutput) -> None:
        """Move the teacher towards the student, and the centre towards the teacher's mean output (eq. 4)."""
        follow(self.teacher, self.student, self.ema.momentum_at(self.step_number))
        self.centre.lerp_(output.kept["mean"], 1 - self.assignment.centre_momentum)

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        rows, crops = super().preview(data, generator), self.crops(data, generator)
        enlarged = interpolate(crops, data.shape[-2:]).chunk(len(crops) // len(data)) if len(crops) else ()
        return rows | {f"local crop {number}": crop for number, crop in enumerate(enlarged, 1)}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return prototype_matrix(output.kept["targets"], output.kept["predictions"])

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        number = self.assignment.prototypes
        nothing = "ln K: all prototypes are alike to the teacher."
        one = "All samples are on one prototype; or the teacher is sure of each."
        return (
            reference_line("loss", "chance", math.log(number), f"{nothing} {TARGET_MOVES}", "teacher says nothing"),
            reference_line("loss", "collapsed", 0.0, one, "one prototype"),
            reference_line("teacher_entropy", "chance", math.log(number), nothing, "says nothing"),
            reference_line("teacher_entropy", "collapsed", 0.0, one, "one prototype"),
            reference_line("prototypes_used", "isotropic", float(number), "All are used alike.", "all prototypes"),
            reference_line("prototypes_used", "collapsed", 1.0, "All samples are on one prototype.", "one prototype"),
            *batch_std_lines(self.z_dim),
        )


def cross_entropies(targets: Tensor, log_predictions: Tensor) -> Tensor:
    """Return the loss of each of N samples, float32[N]: the mean of H(P_t, P_s) over pairs of different views (eq. 3).

    ``targets``: float32[T, N, K], P_t of the T views that the teacher sees. ``log_predictions``: float32[S, N, K],
    ln P_s of the S ≥ T views that the student sees, of which the first T are the same. The loss is computed in float32,
    also under autocast.
    """
    teacher_views, student_views = len(targets), len(log_predictions)
    with torch.autocast(device_type=targets.device.type, enabled=False):
        entropies = -torch.einsum("tnk,snk->tsn", targets, log_predictions)
    other = 1 - torch.eye(teacher_views, student_views, device=targets.device)
    return (other[:, :, None] * entropies).sum((0, 1)) / (teacher_views * (student_views - 1))


def prototype_matrix(targets: Tensor, log_predictions: Tensor) -> Matrix:
    """Return how often the student puts a view on a prototype (column), given the one of the other view by the teacher.

    The cells are conditional probabilities; a row is 0 if the teacher never uses its prototype. Rows and columns begin
    with those that it uses most. Both arguments are float32[2N, K], of the first and then of the second views.
    """
    use, order = targets.mean(0).sort(descending=True)
    use, shown = use[:SHOWN_PROTOTYPES], order[:SHOWN_PROTOTYPES]
    joint = targets[:, shown].T @ log_predictions[:, shown].exp().roll(len(targets) // 2, 0) / len(targets)
    shares = zip(shown.tolist(), use.tolist(), strict=True)
    names = tuple(f"prototype {index + 1}, {100 * share:.1f} % of the views" for index, share in shares)
    return Matrix("prototypes", joint / use[:, None].clamp(min=1e-30), limit=1, shift=0, texts=names)
