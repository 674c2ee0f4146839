"""Next frame: the pixels of a frame of a clip are predicted from the few frames before it.

The loss is the mean squared error, as in Srivastava, Mansimov, Salakhutdinov 2015, https://arxiv.org/abs/1502.04681.
The network is a convolutional encoder, predictor and decoder, as in Gao et al. 2022 (SimVP),
https://arxiv.org/abs/2206.05099.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.frame_networks import (
    Decoder,
    Residual,
    halving_convolutions,
    layer_widths,
    num_halvings,
    pool_quarters,
)
from sslviz.learning.objective import Objective, Scores, baseline_lines, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, StepOutput
from sslviz.learning.views.augment import unit_images
from sslviz.learning.views.clips import Context, Forecast, last_windows, random_windows, windows

CHUNK = 256
"""Number of clips scored at once."""
COPY_LAST = "The error of taking the last frame for the next: what needs no learning."


class Corruption(Group, frozen=True):
    """Settings of the corruption of the input frames in training: the share of blank frames, and the noise."""

    title: ClassVar[str] = "Corruption"

    hidden_frames: Annotated[
        float,
        About(
            label="Hidden frames",
            help="How often a frame of the context is blanked in training; one is always left.",
            low=0.0,
            high=0.9,
            live=True,
        ),
    ] = 0.0
    frame_noise: Annotated[
        float,
        About(
            label="Noise",
            help="Standard deviation of noise on the frames of the context in training, where white is 1.",
            low=0.0,
            high=0.5,
            live=True,
        ),
    ] = 0.0


class Network(Group, frozen=True):
    """Settings of the network: the sizes of the encoder, the predictor and the decoder."""

    title: ClassVar[str] = "Network"

    width: Annotated[
        int,
        About(label="Width", help="Channels of the encoder's first layer; each layer doubles them.", low=4, high=256),
    ] = 16
    predictor_blocks: Annotated[
        int,
        About(
            label="Predictor",
            help="Residual blocks between encoder and decoder, where frames are smallest.",
            low=1,
            high=16,
            unit="blocks",
        ),
    ] = 2


@objectives.register
class NextFrame(Objective):
    """Predicts the next frame of a clip from the few frames before it.

    The input frames are stacked along the channels. An encoder maps them to a feature map, a predictor changes the
    feature map, and a decoder turns the result into the next frame.

    Raises:
        SettingError: clips have no frame after the context.
    """

    name: ClassVar[str] = "next_frame"
    family: ClassVar[str] = "predictive"
    modalities: ClassVar[tuple[str, ...]] = ("video",)
    title: ClassVar[str] = "Predictive, next frame"
    help: ClassVar[str] = "The pixels of the next frame are predicted from those before it."
    groups: ClassVar[tuple[type[Group], ...]] = (Corruption, Context, Network)
    loss_depends_on: ClassVar[dict[str, str]] = dict.fromkeys(
        Corruption.__struct_fields__, "Losses before and after cannot be compared: the network is shown something else."
    )
    order: ClassVar[int] = 1
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 64}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="mse",
            title="MSE, held out",
            form="small",
            help="Mean squared error per pixel of held-out frames, where white is 1. Compare with copying the last.",
        ),
    )

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        length, channels, height, width = sample_shape
        self.context.check(length)
        network, layers = Network.of(values), num_halvings(height, width)
        sizes = layer_widths(network.width, layers)
        self.encoder = halving_convolutions(channels * self.context.context_frames, network.width, layers)
        self.predictor = nn.Sequential(*(Residual(sizes[-1]) for _ in range(network.predictor_blocks)))
        self.decoder = Decoder(sizes, channels, (height, width))
        self.to(memory_format=torch.channels_last)

    def configure(self, values: Values) -> None:
        self.context, self.corruption = Context.of(values), Corruption.of(values)

    # ------------------------------------------------------------------ the loss

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        frames = unit_images(random_windows(data, self.context.context_frames + 1, generator))
        features = self.features(corrupt(frames[:, :-1], self.corruption, generator))
        loss = mse_loss(self.decoder(self.predictor(features)), frames[:, -1])
        return StepOutput(loss, kept={"h": pool_quarters(features.detach()), "frames": frames[:, -2]})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        frames = unit_images(random_windows(data, self.context.context_frames + 1, generator))
        predicted = self.predict(corrupt(frames[:, :-1], self.corruption, generator))
        return (predicted - frames[:, -1]).square().mean((1, 2, 3))

    def features(self, context: Tensor) -> Tensor:
        """Encode the c input frames of each of n clips into one feature map per clip, float[n, D, height, width].

        ``context``: float[n, c, C, H, W] in [0, 1]. The feature map has D channels; its height and width are smaller
        than the height H and the width W of the frames.
        """
        return self.encoder(context.flatten(1, 2))  # type: ignore[no-any-return]

    def predict(self, context: Tensor) -> Tensor:
        """Predict the next frame, float32[n, C, H, W] in [0, 1], from the c frames before it, float[n, c, C, H, W]."""
        return self.decoder(self.predictor(self.features(context)))  # type: ignore[no-any-return]

    def roll_out(self, context: Tensor, horizon: int) -> Tensor:
        """Predict the next ``horizon`` frames one by one, float32[n, horizon, C, H, W].

        ``context``: float[n, c, C, H, W] in [0, 1], the c frames before. Each predicted frame is appended to the
        context from which the following frame is predicted.
        """
        frames = context
        for _ in range(horizon):
            following = self.predict(frames[:, -self.context.context_frames :])
            frames = torch.cat([frames, following[:, None]], 1)
        return frames[:, context.shape[1] :]

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        context = unit_images(windows(data, timesteps, self.context.context_frames))
        return pool_quarters(self.features(context)).float()

    # ------------------------------------------------------------------ scores

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """Return ``mse``, the mean squared error of predicted frames of held-out clips.

        One frame is predicted for each held-out segment: the frame at the segment's timestep, from the few frames
        before it.
        """
        total = 0.0
        for chunk in held_out.chunks(CHUNK):
            frames = unit_images(windows(chunk.data, chunk.timesteps, self.context.context_frames + 1))
            total += float(mse_loss(self.predict(frames[:, :-1]), frames[:, -1])) * len(chunk)
        return {"mse": total / len(held_out)}

    def baselines(self, split: Split) -> Scores:
        frames = windows(split.held_out.data, split.held_out.timesteps, 2)
        return {"mse_copy_last": float(mse_loss(unit_images(frames[:, 0]), unit_images(frames[:, 1])))}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        return baseline_lines(baselines, "mse_copy_last", "copy last frame", COPY_LAST, "loss", "mse")

    # ------------------------------------------------------------------ what the panels show

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the corrupted input frames and the frame to predict, for a batch of clips.

        The result is a dictionary from the name of a frame to the images of this frame in all clips,
        float[n, C, H, W] in [0, 1]. The names are "t" for the last input frame, "t-1", "t-2" and so on for those before
        it, and "t+1" for the frame to predict.
        """
        frames = unit_images(random_windows(data, self.context.context_frames + 1, generator))
        shown = corrupt(frames[:, :-1], self.corruption, generator).clamp(0, 1)
        count = shown.shape[1]
        context = {f"t-{count - 1 - k}" if k < count - 1 else "t": shown[:, k] for k in range(count)}
        return {**context, "t+1": frames[:, -1]}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return Matrix("latents", cosine_similarity_matrix(output.kept["h"]), rows=output.kept["frames"], of="h")

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction:
        seen, unseen, longest = last_windows(held_out.data, self.context.context_frames, horizon)
        context, actual = unit_images(seen), unit_images(unseen)
        predicted = self.roll_out(context, actual.shape[1])
        error = (predicted - actual).abs()
        copied = (context[:, -1:] - actual).square().mean((2, 3, 4))
        rows = {"actual": actual, "predicted": predicted, "error": error}
        errors = error.square().mean((2, 3, 4))
        return Forecast(context, rows, errors, copied, "MSE", "copy last frame", longest, ("error",)).as_images()


def corrupt(context: Tensor, corruption: Corruption, generator: torch.Generator) -> Tensor:
    """Set random frames of each context to zero, and add Gaussian noise.

    Each frame is set to zero with the probability ``corruption.hidden_frames``, but at least one frame of each context
    is kept. The standard deviation of the noise is ``corruption.frame_noise``. ``context``: float[n, c, C, H, W], the c
    frames from which the next frame is predicted.
    """
    draws = torch.rand(context.shape[:2], generator=generator, device=context.device)
    kept = (draws >= corruption.hidden_frames) | (draws == draws.amax(1, keepdim=True))
    shown = context * kept[:, :, None, None, None]
    if corruption.frame_noise:
        noise = torch.randn(context.shape, generator=generator, device=context.device)
        shown = shown + corruption.frame_noise * noise
    return shown
