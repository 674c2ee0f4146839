"""Feature prediction: a network predicts the feature of the next frame; a slow target network computes this feature.

The feature of a frame is z, the output of the projection head, divided by its norm.

The loss is that of BYOL (Grill et al. 2020, https://arxiv.org/abs/2006.07733, equation 2), but between successive
frames instead of two views of an image. As in BYOL, the weights ξ of the target network are an exponential moving
average of the weights θ of the online network, and no gradient flows through the target network (stop-gradient).

The user can switch the stop-gradient off. Then the online network computes the target too, with gradient, and the
loss is lowest if all frames get the same feature (Chen & He 2021, https://arxiv.org/abs/2011.10566, section 4.1).
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Group, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.geometry import std_of_l2_normalized
from sslviz.learning.evaluation.knn import r2
from sslviz.learning.losses.cosine import regression
from sslviz.learning.networks.frame_features import FrameFeatures, Network
from sslviz.learning.networks.momentum_target import TARGET_MOVES, Target, follow, momentum_copy
from sslviz.learning.objective import Objective, Scores, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, Pairs, StepOutput
from sslviz.learning.views.augment import unit_images
from sslviz.learning.views.clips import Context, Forecast, last_windows, random_windows, windows

CHUNK = 256
"""Number of clips encoded at once."""
SHOWN, CANDIDATES = 8, 32
"""Number of held-out clips with displayed predictions; number of clips in whose frames the nearest is searched."""


@objectives.register
class FeaturePrediction(Objective):
    """Predicts the feature of the next frame from the features of the context, the frames before the next frame.

    The predictor is a perceptron; its input is the concatenated features of the context.

    Raises:
        SettingError: clips have no frame after the context.
    """

    name: ClassVar[str] = "feature_prediction"
    family: ClassVar[str] = "predictive"
    modalities: ClassVar[tuple[str, ...]] = ("video",)
    title: ClassVar[str] = "Predictive, next features"
    help: ClassVar[str] = "The features that a slower copy of the encoder gives of the next frame are predicted."
    groups: ClassVar[tuple[type[Group], ...]] = (Target, Context, Network)
    loss_note: ClassVar[str] = TARGET_MOVES
    loss_depends_on: ClassVar[dict[str, str]] = {
        "stop_gradient": "Without the stop-gradient a low loss says nothing: all features may have become one.",
        "ema_momentum": "Losses before and after cannot be compared: the targets lag by another time.",
        "ema_rise_steps": "",
    }
    order: ClassVar[int] = 2
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 64}
    predicted_samples: ClassVar[int] = CANDIDATES
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="feature_r2",
            title="Feature R²",
            help="Share of the variance of the next frame's features that is predicted, on held-out frames; 1 is all.",
        ),
        FigureEntry(
            key="copy_last_feature_r2",
            title="Copy-last R²",
            help="The same where the last frame's features are taken for the next: how slowly the features change.",
        ),
    )

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        length, channels, height, width = sample_shape
        self.context.check(length)
        network = Network.of(values)
        self.online = FrameFeatures((channels, height, width), network).to(memory_format=torch.channels_last)
        self.momentum_target = momentum_copy(self.online)
        self.predictor = network.build_head(self.context.context_frames * network.head_dim)
        self.z_dim = network.head_dim

    @property
    def encoder(self) -> nn.Module:
        """The encoder f of the online network."""
        return self.online.encoder

    def configure(self, values: Values) -> None:
        self.context, self.target = Context.of(values), Target.of(values)

    # ------------------------------------------------------------------ the loss

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        frames = unit_images(random_windows(data, self.context.context_frames + 1, generator))
        context, target = self.features(frames)
        loss = regression(self.predict(context), target).mean()
        target = target.detach()
        terms = {"copy_last": regression(context[:, -1].detach(), target).mean()}
        return StepOutput(loss, terms, {"features": target, "frames": frames[:, -1]})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        pairs = self.pairs(data, generator)
        return regression(pairs.z_a, pairs.z_b)

    def features(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features of the context, float32[n, c, D], and of the frame after the context, float32[n, D].

        ``frames``: float[n, c + 1, C, H, W] in [0, 1], the c frames of the context and the frame after the context. A
        feature has D dimensions.
        """
        if self.target.stop_gradient:
            with torch.no_grad():
                target = self.momentum_target(frames[:, -1])
            return self.online(frames[:, :-1]), target
        z = self.online(frames)
        return z[:, :-1], z[:, -1]

    def predict(self, context: Tensor) -> Tensor:
        """Predict the feature of the next frame, float32[n, D] on the unit sphere.

        ``context``: float32[n, c, D], the features of the c frames before the next frame; a feature has D dimensions.
        """
        return normalize(self.predictor(context.flatten(1)).float(), dim=1)

    def roll_out(self, context: Tensor, horizon: int) -> Tensor:
        """Predict the features of the next ``horizon`` frames one by one, float32[n, horizon, D].

        ``context``: float32[n, c, D], the features of the c frames before. Each predicted feature is appended to the
        context from which the following feature is predicted.
        """
        features = context
        for _ in range(horizon):
            following = self.predict(features[:, -self.context.context_frames :])
            features = torch.cat([features, following[:, None]], 1)
        return features[:, context.shape[1] :]

    @property
    def target_network(self) -> FrameFeatures:
        """The network that computes the features to predict.

        Usually this is the slow target network. If the user switches the setting ``stop_gradient`` off, it is the
        online network.
        """
        return self.momentum_target if self.target.stop_gradient else self.online

    def after_optimizer_step(self, output: StepOutput) -> None:
        follow(self.momentum_target, self.online, self.target.momentum_at(self.step_number))

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """Return h of each of the S segments of n samples, one row per segment, float32[n · S, H_DIM].

        The encoder encodes each frame of the context separately; h is the concatenation of its outputs. The context of
        a segment is the last few frames up to the segment's timestep.
        """
        context = unit_images(windows(data, timesteps, self.context.context_frames))
        return self.encoder(context.flatten(0, 1)).float().view(len(context), -1)  # type: ignore[no-any-return]

    # ------------------------------------------------------------------ scores

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """Return three scores on held-out frames: ``feature_r2``, ``copy_last_feature_r2`` and ``std``.

        ``feature_r2`` is R² of the predicted features. ``copy_last_feature_r2`` is R² of a baseline: the feature of the
        last frame of the context is taken as the prediction. ``std`` is the standard deviation of the features to
        predict.
        """
        parts = []
        for chunk in held_out.chunks(CHUNK):
            frames = unit_images(windows(chunk.data, chunk.timesteps, self.context.context_frames + 1))
            last, target = self.target_network(frames[:, -2:]).unbind(1)
            parts.append((self.predict(self.online(frames[:, :-1])), last, target))
        predicted, last, target = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        return {
            "feature_r2": r2(predicted, target),
            "copy_last_feature_r2": r2(last, target),
            "std": std_of_l2_normalized(target),
        }

    def baselines(self, split: Split) -> Scores:
        return {"std_isotropic": 1 / math.sqrt(self.z_dim)}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        text = "The loss where prediction and feature have nothing to do with each other."
        return (ReferenceLine(curve="loss", label="unrelated", value=2.0, help=text, role="unrelated"),)

    # ------------------------------------------------------------------ what the panels show

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs:
        """Return the predicted features of a batch as ``z_a``, and the features to predict as ``z_b``."""
        frames = unit_images(random_windows(data, self.context.context_frames + 1, generator))
        context, target = self.features(frames)
        return Pairs(self.predict(context), target, frames[:, -2], frames[:, -1])

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        z = output.kept["features"]
        return Matrix("latents", z @ z.T, rows=output.kept["frames"], of="z")

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction:
        """Return a grid of images for each of the first held-out clips, to show what the network predicts.

        The grid shows the frames of the context, then the ``horizon`` actual frames after them, or fewer if the clips
        are too short. Since the network predicts features and no images, a held-out frame is shown below each actual
        frame: the one whose feature has the highest cosine with the predicted feature.
        """
        chunks = (self.target_network(unit_images(chunk.data)) for chunk in held_out.chunks(CHUNK))
        bank = torch.cat([features.flatten(0, 1) for features in chunks])
        before, after, longest = last_windows(held_out.data[:SHOWN], self.context.context_frames, horizon)
        context, actual = unit_images(before), unit_images(after)
        predicted = self.roll_out(self.online(context), actual.shape[1])
        target, last = self.target_network(actual), self.target_network(context[:, -1:])
        nearest = held_out.data.flatten(0, 1)[(predicted @ bank.T).argmax(2)]
        rows = {"actual": actual, "nearest to prediction": unit_images(nearest)}
        errors, copied = (2 - 2 * (features * target).sum(2) for features in (predicted, last))
        return Forecast(context, rows, errors, copied, "2 - 2 cos", "copy last feature", longest).as_images()
