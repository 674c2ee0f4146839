"""Contrastive Predictive Coding: the context so far is to tell what comes later from what does not.

van den Oord, Li, Vinyals 2018, https://arxiv.org/abs/1807.03748. Letters as there: g_enc gives z_t of each frame, g_ar
the context c_t, W_k predicts z_{t+k}; scores are log-bilinear, without temperature.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Group, SettingError, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.retrieval import first_ranked, ranked_first_images
from sslviz.learning.losses.info_nce import OTHER, Contrast, InfoNCE, candidate_scores, draw_negatives, info_nce, nats
from sslviz.learning.networks.encoder_settings import FrameNetwork
from sslviz.learning.objective import Objective, Scores, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, StepOutput, StepsAheadScores

CANDIDATES = 64
"""of which one is right, where held-out predictions are scored"""
SHOWN = 8
"""held-out samples whose predictions are shown"""
CHUNK, SCORED_ANCHORS = 256, 8
"""held-out samples scored at once, and at how many timesteps of each"""
LONG_ENOUGH = 6
"""a context is at least this part of a sample: one sixth"""


@objectives.register
class CPC(Objective):
    """A frame encoder, a GRU, one linear predictor per step ahead, InfoNCE; h is c_t. No batch norm."""

    name: ClassVar[str] = "cpc"
    family: ClassVar[str] = "cpc"
    modalities: ClassVar[tuple[str, ...]] = ("video", "sound")
    title: ClassVar[str] = "Contrastive Predictive Coding"
    help: ClassVar[str] = "What comes next is to be told from what comes elsewhere."
    groups: ClassVar[tuple[type[Group], ...]] = (Contrast, FrameNetwork)
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 64}
    predicted_samples: ClassVar[int] = CANDIDATES

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = FrameNetwork.of(values)
        self.steps = self.contrast.prediction_steps
        self.encoder = network.build_encoder(sample_shape)
        self.context_network = nn.GRU(network.z_dim, network.context_dim, batch_first=True)
        self.step_predictors = nn.Linear(network.context_dim, self.steps * network.z_dim, bias=False)
        frames, gap = self.encoder.num_frames(sample_shape[0]), self.encoder.gap
        first, end = frames // LONG_ENOUGH, frames - gap - self.steps
        if end <= first:
            text = f"{frames} frames of a sample are too few to predict {self.steps} steps ahead."
            raise SettingError("prediction_steps", text)
        self.possible_anchors = range(first, end)

    def configure(self, values: Values) -> None:
        self.contrast = Contrast.of(values)

    def contexts(self, data: Tensor) -> tuple[Tensor, Tensor]:
        """z, float[n, F, Z], and c, float[n, F, C], of every frame; c knows of no later one."""
        z = self.encoder(data)
        c, _ = self.context_network(z)
        return z, c

    def predictions(self, c: Tensor, anchors: Tensor) -> Tensor:
        """W_k c_t for int64[A] frames t: float[n, A, K, Z]."""
        return self.step_predictors(c[:, anchors]).unflatten(2, (self.steps, -1))  # type: ignore[no-any-return]

    def targets(self, anchors: Tensor) -> Tensor:
        """The frames that are predicted: int64[A, K]."""
        return anchors[:, None] + self.encoder.gap + torch.arange(1, self.steps + 1, device=anchors.device)

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        z, c = self.contexts(data)
        anchors = self._drawn_anchors(generator, data.device)
        predicted, targets = self.predictions(c, anchors), self.targets(anchors)
        result = info_nce(self._scored(predicted, z, targets, len(data) - 1, generator))
        kept = {"predicted": predicted[:, -1].detach(), "z": z[:, targets[-1]].detach(), "anchor": anchors[-1]}
        return StepOutput(result.losses.mean(), {"top1": result.accuracy.mean()}, kept)

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """Means over anchors and steps ahead, the other samples of the batch being negatives as the rule has it."""
        z, c = self.contexts(data)
        anchors = self._drawn_anchors(generator, data.device)
        scores = self._scored(self.predictions(c, anchors), z, self.targets(anchors), len(data) - 1, generator)
        return nats(scores).mean((1, 2))

    def _drawn_anchors(self, generator: torch.Generator, device: torch.device) -> Tensor:
        order = torch.randperm(len(self.possible_anchors), generator=generator, device=device)
        return self.possible_anchors.start + order[: self.contrast.anchors].sort().values

    def _scored(self, predicted: Tensor, z: Tensor, targets: Tensor, count: int, generator: torch.Generator) -> Tensor:
        rule, left_out = self.contrast.negatives, self.contrast.left_out
        negatives = draw_negatives(rule, len(z), z.shape[1], targets, left_out, count, generator)
        return candidate_scores(predicted, z, targets, negatives)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        _, c = self.contexts(data)
        rows = torch.arange(len(data), device=data.device)[:, None]
        return c[rows, self.encoder.frame_at(timesteps)].flatten(0, 1).float()

    # ------------------------------------------------------------------ what it is judged by

    def baselines(self, split: Split) -> Scores:
        return {"step_chance": 1 / CANDIDATES}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        result = self.held_out_contrast(held_out, generator)
        return {"step_accuracy": result.accuracy.tolist()} if result else {}

    def held_out_contrast(self, held_out: Samples, generator: torch.Generator) -> InfoNCE | None:
        """The positive among 64 candidates, at evenly spaced anchors; None of fewer than two samples."""
        if len(held_out) < 2:
            return None
        count = min(SCORED_ANCHORS, len(self.possible_anchors))
        first, last = self.possible_anchors[0], self.possible_anchors[-1]
        anchors = torch.linspace(first, last, count, device=held_out.data.device).round().long()
        targets = self.targets(anchors)
        losses, accuracy = torch.zeros(2, self.steps, device=anchors.device)
        for data in held_out.data.chunk(math.ceil(len(held_out) / CHUNK)):
            z, c = self.contexts(data)
            found = info_nce(self._scored(self.predictions(c, anchors), z, targets, CANDIDATES - 1, generator))
            losses += found.losses * len(data) / len(held_out)
            accuracy += found.accuracy * len(data) / len(held_out)
        return InfoNCE(losses, accuracy)

    def steps_ahead(self, held_out: Samples, generator: torch.Generator) -> StepsAheadScores | None:
        result = self.held_out_contrast(held_out, generator)
        return StepsAheadScores(result.accuracy, result.losses, CANDIDATES) if result is not None else None

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        return (
            ReferenceLine(
                curve="loss",
                label="chance",
                value=math.log(batch_size),
                help="The loss when all candidates score the same: ln of how many there are.",
                role="chance",
            ),
            ReferenceLine(
                curve="top1",
                label="chance",
                value=1 / batch_size,
                help="The share of predictions whose right candidate would score highest by luck.",
                role="chance",
            ),
        )

    def not_comparable(self, changed: str) -> str:
        if changed == "negatives":
            return "Losses before and after a change of negatives cannot be compared: other candidates, another task."
        if changed == "left_out" and self.contrast.negatives != OTHER:
            return "Losses before and after cannot be compared: nearer negatives are harder to tell from the positive."
        return ""

    # ------------------------------------------------------------------ what is drawn of it

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        """Predictions at the step's latest anchor, by row, with what came in every sample then, by column."""
        k = min(max(step_ahead, 1), self.steps)
        predicted, z = output.kept["predicted"][:, k - 1].float(), output.kept["z"][:, k - 1].float()
        anchor = int(output.kept["anchor"])
        rows, columns = (self._pictured(data, frame) for frame in (anchor, anchor + self.encoder.gap + k))
        return Matrix("scores", predicted @ z.T, 0.0, 0, rows, columns, step_ahead=k, steps_ahead=(1, self.steps))

    def _pictured(self, data: Tensor, frame: int) -> Tensor:
        pictures = self.encoder.frame_images(data, torch.full((len(data), 1), frame))[:, 0]
        return torch.from_numpy(pictures).permute(0, 3, 1, 2)

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction:
        """Of the first samples, all at the same anchor; candidates are all that the rule in force allows."""
        data, anchor = held_out.data, self.possible_anchors[len(self.possible_anchors) // 2]
        z, c = self.contexts(data)
        targets = self.targets(torch.tensor([anchor], device=data.device))[0]
        predicted = self.predictions(c[:SHOWN], targets.new_tensor([anchor]))[:, 0]
        scores = torch.einsum("ikz,jtz->ikjt", predicted.float(), z.float())
        ranking = first_ranked(scores, targets, self.contrast.negatives, self.contrast.left_out)
        return ranked_first_images(self.encoder, data, anchor, targets, ranking)
