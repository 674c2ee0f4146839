"""Contrastive Predictive Coding: later frames are predicted from the frames so far; the loss is InfoNCE.

van den Oord, Li, Vinyals 2018, https://arxiv.org/abs/1807.03748. The symbols are those of the paper: the encoder g_enc
maps each frame to z_t, the recurrent network g_ar summarises the frames up to t as the context c_t, and W_k c_t
predicts z_{t+k}. The score of a candidate z is z · W_k c_t, not divided by a temperature. For sound, unlike in the
paper, the first few frames after t are not predicted, and k counts the frames after these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Group, SettingError, Value, Values
from sslviz.learning.dataset import Samples
from sslviz.learning.evaluation.retrieval import first_ranked, ranked_first_images
from sslviz.learning.losses.info_nce import (
    Contrast,
    InfoNCE,
    candidate_scores,
    draw_negatives,
    info_nce,
    nats,
    num_negatives,
)
from sslviz.learning.networks.encoder_settings import FrameNetwork
from sslviz.learning.objective import Objective, Scores, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, StepOutput, StepsAheadScores

CANDIDATES = 64
"""Number of candidates, the positive included, among which held-out predictions are scored; fewer if there are fewer
distinct ones."""
SHOWN = 8
"""Number of held-out samples whose predictions are shown."""
CHUNK, SCORED_ANCHORS = 256, 8
"""Number of held-out samples scored at once, and number of anchors at which each is scored."""
CONTEXT_DIVISOR = 6
"""The first possible anchor is frame F // CONTEXT_DIVISOR of the F frames of a sample, so that it has a context."""


@objectives.register
class CPC(Objective):
    """A frame encoder, a GRU that computes the context c_t, and one linear predictor per step ahead.

    The representation h of a segment is the context c_t, where t is the last frame that ends at or before the segment's
    timestep.

    The network has no batch norm: its statistics would leak information between frames and between samples.

    Raises:
        SettingError: samples are too short for the number of steps ahead.
    """

    name: ClassVar[str] = "cpc"
    family: ClassVar[str] = "cpc"
    modalities: ClassVar[tuple[str, ...]] = ("video", "sound")
    title: ClassVar[str] = "Contrastive Predictive Coding"
    help: ClassVar[str] = "The next frames are told apart from frames of other samples and other times."
    groups: ClassVar[tuple[type[Group], ...]] = (Contrast, FrameNetwork)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "negatives": "Losses before and after cannot be compared: with other candidates, it is another task.",
        "left_out": "Losses before and after cannot be compared: nearer negatives are harder to tell apart.",
        "prediction_steps": "",
        "batch_size": "",
    }
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 64}
    predicted_samples: ClassVar[int] = CANDIDATES

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = FrameNetwork.of(values)
        self.num_prediction_steps = self.contrast.prediction_steps
        self.encoder = network.build_encoder(sample_shape)
        self.context_network = nn.GRU(network.z_dim, network.context_dim, batch_first=True)
        self.step_predictors = nn.Linear(network.context_dim, self.num_prediction_steps * network.z_dim, bias=False)
        frames, gap = self.encoder.num_frames(sample_shape[0]), self.encoder.gap
        first, end = frames // CONTEXT_DIVISOR, frames - gap - self.num_prediction_steps
        if end <= first:
            text = f"{frames} frames of a sample are too few to predict {self.num_prediction_steps} steps ahead."
            raise SettingError("prediction_steps", text)
        self.possible_anchors = range(first, end)
        self._num_frames = frames

    def configure(self, values: Values) -> None:
        self.contrast = Contrast.of(values)

    def contexts(self, data: Tensor) -> tuple[Tensor, Tensor]:
        """Return the encoder's output z and the context c at each of the F frames: float[n, F, Z] and float[n, F, C].

        Z and C are the numbers of dimensions of z and c. The context c_t depends on the frames up to t only.
        """
        z = self.encoder(data)
        c, _ = self.context_network(z)
        return z, c

    def predictions(self, c: Tensor, anchors: Tensor) -> Tensor:
        """Return the predictions W_k c_t of z, float[n, A, K, Z], for K steps ahead of each anchor.

        Z is the number of dimensions of z. ``c``: float[n, F, C], the contexts of the F frames of each of n samples, in
        C dimensions. ``anchors``: int64[A], indices of the frames t from which later frames are predicted.
        """
        return self.step_predictors(c[:, anchors]).unflatten(2, (self.num_prediction_steps, -1))  # type: ignore[no-any-return]

    def targets(self, anchors: Tensor) -> Tensor:
        """Return the indices of the K frames that are predicted from each anchor, int64[A, K].

        ``anchors``: int64[A], indices of the frames from which later frames are predicted. The first predicted frame is
        ``encoder.gap`` + 1 frames after the anchor.
        """
        return (
            anchors[:, None] + self.encoder.gap + torch.arange(1, self.num_prediction_steps + 1, device=anchors.device)
        )

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        z, c = self.contexts(data)
        anchors = self._random_anchors(generator, data.device)
        predicted, targets = self.predictions(c, anchors), self.targets(anchors)
        negatives = self._num_negatives(len(data), len(data) - 1)
        result = info_nce(self._candidate_scores(predicted, z, targets, negatives, generator))
        kept = {"predicted": predicted[:, -1].detach(), "z": z[:, targets[-1]].detach(), "anchor": anchors[-1]}
        return StepOutput(result.losses.mean(), {"top1": result.accuracy.mean()}, kept)

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """Return the loss of each sample, float32[n], averaged over all steps ahead and all anchors.

        Anchors are the frames from which later frames are predicted. Anchors and negatives are drawn as in
        :meth:`step`.
        """
        z, c = self.contexts(data)
        anchors = self._random_anchors(generator, data.device)
        negatives = self._num_negatives(len(data), len(data) - 1)
        scores = self._candidate_scores(self.predictions(c, anchors), z, self.targets(anchors), negatives, generator)
        return nats(scores).mean((1, 2))

    def _random_anchors(self, generator: torch.Generator, device: torch.device) -> Tensor:
        order = torch.randperm(len(self.possible_anchors), generator=generator, device=device)
        return self.possible_anchors.start + order[: self.contrast.anchors].sort().values

    def _num_negatives(self, sequences: int, count: int) -> tuple[int, int]:
        """Return how many negatives of each prediction come from other samples, and how many from the same sample.

        ``sequences``: number of samples of the batch. ``count``: wanted number of negatives; the sum of the two
        returned numbers is smaller if there are too few frames to choose from.
        """
        targets = torch.arange(self.possible_anchors.start + self.encoder.gap + 1, self._num_frames)
        return num_negatives(
            self.contrast.negatives, sequences, self._num_frames, targets, self.contrast.left_out, count
        )

    def _candidate_scores(
        self, predicted: Tensor, z: Tensor, targets: Tensor, counts: tuple[int, int], generator: torch.Generator
    ) -> Tensor:
        """Return the scores of the N candidates of each prediction, float32[n, A, K, N], the positive first.

        The negatives are drawn at random.

        Args:
            predicted: float[n, A, K, Z], the predictions for n samples, A anchors and K steps ahead.
            z: float[n, F, Z], the encodings of all F frames.
            targets: int64[A, K], the indices of the predicted frames.
            counts: the result of :meth:`_num_negatives`.
            generator: source of the random numbers, on the device of ``targets``.
        """
        negatives = draw_negatives(counts, len(z), z.shape[1], targets, self.contrast.left_out, generator)
        return candidate_scores(predicted, z, targets, negatives)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        _, c = self.contexts(data)
        rows = torch.arange(len(data), device=data.device)[:, None]
        return c[rows, self.encoder.frame_at(timesteps)].flatten(0, 1).float()

    # ------------------------------------------------------------------ scores

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        scores = self.steps_ahead(held_out, generator)
        return {"step_accuracy": scores.accuracy.tolist(), "step_chance": scores.chance} if scores else {}

    def steps_ahead(self, held_out: Samples, generator: torch.Generator) -> StepsAheadScores | None:
        if len(held_out) < 2:
            return None
        chunks = held_out.data.tensor_split(math.ceil(len(held_out) / CHUNK))
        negatives = self._num_negatives(len(chunks[-1]), CANDIDATES - 1)
        result = self._held_out_contrast(chunks, negatives, generator)
        return StepsAheadScores(result.accuracy, result.losses, 1 + sum(negatives))

    def _held_out_contrast(
        self, chunks: Sequence[Tensor], negatives: tuple[int, int], generator: torch.Generator
    ) -> InfoNCE:
        """Return the InfoNCE loss and the accuracy for each step ahead, on chunks of held-out samples.

        Losses and accuracies are averaged over the samples and over evenly spaced anchors, the frames from which later
        frames are predicted. ``negatives``: the result of :meth:`_num_negatives`.
        """
        count, total = min(SCORED_ANCHORS, len(self.possible_anchors)), sum(len(data) for data in chunks)
        first, last = self.possible_anchors[0], self.possible_anchors[-1]
        anchors = torch.linspace(first, last, count, device=chunks[0].device).round().long()
        targets = self.targets(anchors)
        losses, accuracy = torch.zeros(2, self.num_prediction_steps, device=anchors.device)
        for data in chunks:
            z, c = self.contexts(data)
            predicted = self.predictions(c, anchors)
            result = info_nce(self._candidate_scores(predicted, z, targets, negatives, generator))
            losses += result.losses * len(data) / total
            accuracy += result.accuracy * len(data) / total
        return InfoNCE(losses, accuracy)

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        candidates = 1 + sum(self._num_negatives(batch_size, batch_size - 1))
        return (
            ReferenceLine(
                curve="loss",
                label="chance",
                value=math.log(candidates),
                help="The loss when all candidates score the same: ln of how many there are.",
                role="chance",
            ),
            ReferenceLine(
                curve="top1",
                label="chance",
                value=1 / candidates,
                help="The share of predictions whose right candidate scores highest by luck.",
                role="chance",
            ),
        )

    # ------------------------------------------------------------------ what the panels show

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        """Return the matrix of scores z · W_k c_t between the samples of a batch.

        Row i is for the prediction W_k c_t of sample i, column j for the actual frame z of sample j. k is
        ``step_ahead``, and t is the last anchor of the training step that returned ``output``.
        """
        k = min(max(step_ahead, 1), self.num_prediction_steps)
        predicted, z = output.kept["predicted"][:, k - 1].float(), output.kept["z"][:, k - 1].float()
        anchor = int(output.kept["anchor"])
        rows, columns = (self._frame_images(data, frame) for frame in (anchor, anchor + self.encoder.gap + k))
        return Matrix(
            "scores", predicted @ z.T, 0.0, 0, rows, columns, step_ahead=k, steps_ahead=(1, self.num_prediction_steps)
        )

    def _frame_images(self, data: Tensor, frame: int) -> Tensor:
        images = self.encoder.frame_images(data, torch.full((len(data), 1), frame))[:, 0]
        return torch.from_numpy(images).permute(0, 3, 1, 2)

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction:
        """Return images of the actual frames and of the frames that score highest, for the first few held-out samples.

        For each step ahead, the candidate with the highest score for the prediction is shown. The candidates are the
        positive (the actual frame) and the negatives. The setting ``negatives`` decides whether negatives are frames of
        the same sample, of other held-out samples, or both. All predictions are made from one frame, the middle one of
        the possible anchors. ``horizon`` is ignored, because the number of steps ahead is fixed.
        """
        data, anchor = held_out.data, self.possible_anchors[len(self.possible_anchors) // 2]
        z, c = self.contexts(data)
        targets = self.targets(torch.tensor([anchor], device=data.device))[0]
        predicted = self.predictions(c[:SHOWN], targets.new_tensor([anchor]))[:, 0]
        scores = torch.einsum("ikz,jtz->ikjt", predicted.float(), z.float())
        ranking = first_ranked(scores, targets, self.contrast.negatives, self.contrast.left_out)
        return ranked_first_images(self.encoder, data, anchor, targets, ranking)
