"""The base class of all objectives.

An objective holds the network. It computes the loss, the representations h of samples, scores on held-out samples, and
what the panels of the window show. The engine uses objectives through this class only. The window has no objectives: it
knows their names and settings from the catalogue, and receives their results from the engine.

Optional methods of the base class return an empty value or None. An objective overrides those that apply to it. The
engine checks which ones are overridden, and thus knows which panels will have something to show.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.invariance import Invariances
from sslviz.learning.outputs import (
    ImagePrediction,
    Matrix,
    Pairs,
    PatchFeatures,
    StepOutput,
    StepsAheadScores,
    TokenPrediction,
)

Scores = dict[str, float | list[float]]
"""Scores of an objective on held-out samples, by name; a list has one value per step ahead."""


class Objective(nn.Module, ABC):
    """Base class of the objectives.

    Every objective is a subclass in a file of its own in ``objectives/``, decorated with ``@objectives.register``.

    The objective of a run is chosen by its ``name``, or by its ``family``, such as "predictive", and the modality of
    the data. The default objective of a family is the first by ``order`` and ``name`` that can learn from the data.

    The constructor may draw initial weights from torch's global generator, which the engine seeds from the seed of the
    run and restores afterwards.

    Whatever changes in a forward pass in training mode is a buffer, such as the running statistics of batch norm.
    Whatever :meth:`after_optimizer_step` changes is a parameter without gradient, such as the weights of a target
    network. The engine can then undo a step, and a checkpoint holds the whole state. What depends on the number of
    steps is computed from :attr:`step_number`.

    These methods are called in evaluation mode and without gradients: :meth:`encode`, :meth:`scores`, :meth:`losses`,
    :meth:`pairs`, :meth:`image_prediction`, :meth:`token_prediction`, :meth:`write`, :meth:`invariance`,
    :meth:`patches` and :meth:`steps_ahead`. All other methods may be called in training mode.

    Args:
        sample_shape: shape of one sample of :attr:`Samples.data`.
        values: values of the settings of the run; settings that are not in ``groups`` are ignored.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    modalities: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]]
    """All settings of the objective, those of its network included."""
    order: ClassVar[int] = 100
    defaults: ClassVar[dict[str, Value]] = {}
    """Default values, for this objective, of settings that are declared elsewhere, for example a smaller batch."""
    predicted_samples: ClassVar[int] = 8
    """Number of held-out samples passed to :meth:`image_prediction` and :meth:`token_prediction`, including samples
    that serve only as candidates for a prediction."""
    figures: ClassVar[tuple[FigureEntry, ...]] = ()
    """Scores and terms of the loss that the window draws as small curves."""
    loss_depends_on: ClassVar[dict[str, str]] = {}
    """Settings that change what the loss measures, by key: losses of runs in which one differs cannot be compared.

    A live setting has a sentence for the user that says why losses before and after a change cannot be compared; the
    text of any other setting, which does not change during a run, is empty."""

    loss_note: ClassVar[str] = ""
    """A sentence for the user on how to read the loss, for example that it may rise; empty if lower is better."""
    trains: ClassVar[bool] = True
    """Whether there is something to train. If not, a run has no steps, and :meth:`step` is not called."""
    z_scale: ClassVar[float | None] = None
    """The standard deviation that the loss wants every dimension of z to have; None if the loss does not care, since
    it normalises z for example."""

    step_number: int = 0
    """Number of the optimiser step in progress, or of the last step; 0 before the first."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__()
        self.sample_shape = sample_shape
        self.configure(values)

    @classmethod
    def overrides(cls, name: str) -> bool:
        """Return whether this objective overrides the optional method or property ``name`` of the base class."""
        return getattr(cls, name) is not getattr(Objective, name)

    @classmethod
    def panel_data_if(cls) -> dict[str, dict[str, tuple[Value, ...]]]:
        """Return the settings that panel data need, for panel data that need any, by the name of the message.

        They are given by key, with those of their values with which the objective provides the panel data.
        """
        return {}

    @classmethod
    def needs_download(cls, values: Values) -> bool:
        """Return whether the constructor would download weights. Implementations must be fast and not use the network.

        Before a run, the window does not show the network of such settings.
        """
        return False

    @property
    def expected_side(self) -> int | None:
        """Height and width, in pixels, of the images that the weights were trained on; None if random or unknown."""
        return None

    @classmethod
    def begins_trained(cls, values: Values) -> bool:
        """Return whether the network begins with weights that are not random, such as pretrained ones."""
        return False

    # ------------------------------------------------------------------ training

    @abstractmethod
    def configure(self, values: Values) -> None:
        """Use ``values``, the values of all settings, from the next step on.

        The constructor calls this method with the initial values. During a run, only live settings (those that the
        user can change during a run) may have new values in later calls. Before a run, the window may show previews: an
        objective that is used for :meth:`preview` only may get new values of all its settings.
        """

    def begin_step(self, step: int) -> None:
        """Set :attr:`step_number` to the number of the step that begins; called before :meth:`step`."""
        self.step_number = step

    @abstractmethod
    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        """Compute the loss of one training step, and further results such as an accuracy.

        ``data``: the batch, some rows of :attr:`Samples.data`. Random numbers are drawn from ``generator``, which is on
        the device of the batch. Only layers such as dropout draw from torch's global generators, which the engine seeds
        before each step.
        """

    def after_optimizer_step(self, output: StepOutput) -> None:
        """Update tensors that are not trained, such as a moving average of the weights; called after each step.

        ``output``: what :meth:`step` returned. A queue or a centre is updated from what it keeps, detached.
        """

    # ------------------------------------------------------------------ representations and scores

    @abstractmethod
    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """Return h of each of the S segments of n samples, one row per segment, float32[n · S, H_DIM].

        The rows of a sample are next to each other.

        ``data``: the samples, rows of :attr:`Samples.data`. ``timesteps``: int64[n, S], the timestep of each segment,
        as in :attr:`Samples.timesteps`.
        """

    @property
    def temperature(self) -> float | None:
        """The temperature by which the loss divides similarities; None if the loss has no temperature."""
        return None

    def baselines(self, split: Split) -> Scores:
        """Return reference values that need no learning, as a dictionary from the name of a value to the value.

        An example is the error made by predicting that the next frame equals the last frame. The method is called once
        per run. ``split``: the labelled training samples and the held-out samples of the run, in random order and
        on the CPU.
        """
        return {}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """Return scores of the network on held-out samples, as a dictionary from the name of a score to its value.

        A score with several values is a list with one value per step ahead. ``held_out`` is on the device of the
        network. Random numbers, for instance to choose negatives, are drawn from ``generator``.
        """
        return {}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        """Return the horizontal lines that the window draws beside curves for comparison, such as the loss at chance.

        The values of the lines depend on the current settings. ``baselines`` is the result of :meth:`baselines`, or
        empty if that method has not been called yet.
        """
        return ()

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor | None:
        """Return the loss of each sample of a batch, float32[n], or None if a loss per sample is not defined.

        If ``generator`` is in the same state as in a call of :meth:`step`, the same numbers are drawn from it. The mean
        of the losses is then the loss of that step, if no layer works differently in evaluation mode, as dropout and
        batch norm do.
        """
        return None

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs | None:
        """Return the embeddings of positive pairs, one pair per sample; None if the objective has no positive pairs."""
        return None

    # ------------------------------------------------------------------ what the panels show

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the inputs that the network receives for a batch, such as augmented views, as rows of images.

        The result is a dictionary from the name of each row to the images of the row, uint8[n, C, H, W] or
        float[n, C, H, W] in [0, 1]. The dictionary is empty if the objective has no preview. The method must not use
        the weights, since it is also called on an objective on the meta device, where weights have no values. ``data``
        and ``generator`` are on the CPU, whatever the device of the objective.
        """
        return {}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix | None:
        """Return the similarity matrix of a batch, computed from ``output.kept``; None if the objective has no matrix.

        ``output``: the result of :meth:`step` for the batch. ``data``: the batch. ``step_ahead`` matters only if the
        objective predicts several frames at once: the matrix then holds the scores for the predicted frame with this
        number, counted from 1. A number that is too high or too low is replaced by the nearest possible one.
        """
        return None

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction | None:
        """Return predictions for held-out samples as images; None if the objective predicts no images.

        Some objectives can roll out, which means to predict further frames from their own predictions. They predict
        ``horizon`` frames, or fewer if the clips are too short. All other objectives ignore ``horizon``. ``held_out``:
        the first :attr:`predicted_samples` held-out samples, on the device of the network.
        """
        return None

    def token_prediction(self, held_out: Samples) -> TokenPrediction | None:
        """Return what the network predicts for held-out texts; None if the data are no texts.

        For each position that the network has to predict, the result holds the most probable tokens.
        """
        return None

    def write(self, text: Tensor, count: int, generator: torch.Generator) -> Tensor | None:
        """Return the next ``count`` bytes that the network writes after ``text``, int64[count].

        Return None if the objective does not predict a text from its beginning. ``text``: int64[L], the bytes of a text
        in UTF-8. Random numbers are drawn from ``generator``, which is on the device of the network.
        """
        return None

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int, most_views: int) -> Invariances | None:
        """Return cosine similarities between h of a sample and h of its augmented views.

        The result is None if the objective has no augmentations. ``sample``: one image, uint8[3, H, W], on the device
        of the network. ``seed`` seeds ``generator``, so that every call draws the same views, at most ``most_views`` if
        possible.
        """
        return None

    def patches(self, data: Tensor) -> PatchFeatures | None:
        """Return the features of the patches of images; None if the network does not read an image by patches.

        ``data``: the images, rows of :attr:`Samples.data`, on the device of the network.
        """
        return None

    def steps_ahead(self, held_out: Samples, generator: torch.Generator) -> StepsAheadScores | None:
        """Return how well the next frames of held-out samples are told from other frames, for each step ahead.

        Return None if the objective makes no such predictions, or if there are too few samples.
        """
        return None


def baseline_lines(baselines: Scores, key: str, label: str, help_text: str, *curves: str) -> tuple[ReferenceLine, ...]:
    """Return one reference line for each of several curves, all at the same value.

    The value is ``baselines[key]``; if ``baselines`` has no such key yet, no lines are returned.

    ``baselines``: the result of :meth:`Objective.baselines`. ``label``: the text beside each line. ``help_text``: a
    sentence that explains the value. ``curves``: the keys of the curves, such as "loss".
    """
    value = baselines.get(key)
    if not isinstance(value, float):
        return ()
    return tuple(ReferenceLine(curve=curve, label=label, value=value, help=help_text) for curve in curves)


objectives: Registry[Objective] = Registry("sslviz.learning.objectives")
