"""Only looks: nothing is trained; map, neighbours and figures are those of an encoder as it is."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import Group, Value, Values
from sslviz.learning.encoder_objective import EncoderObjective
from sslviz.learning.networks.encoder_settings import ImageEncoding
from sslviz.learning.objective import objectives
from sslviz.learning.outputs import StepOutput
from sslviz.learning.views.augment import Augmentation


@objectives.register
class Inspect(EncoderObjective):
    """The encoder is frozen, and has no head."""

    name: ClassVar[str] = "inspect"
    family: ClassVar[str] = "inspect"
    title: ClassVar[str] = "Only look"
    help: ClassVar[str] = "Nothing is trained: what an encoder, such as a pretrained one, makes of data."
    groups: ClassVar[tuple[type[Group], ...]] = (Augmentation, ImageEncoding)
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 2}
    trains: ClassVar[bool] = False

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        self.encoder = ImageEncoding.of(values).build_encoder(sample_shape, values)
        self.encoder.freeze()

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        raise NotImplementedError("nothing is trained")
