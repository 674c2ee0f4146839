"""The base class of objectives with an encoder of images, which the user chooses by name."""

from __future__ import annotations

from string import ascii_lowercase
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import Value, Values
from sslviz.learning.encoder import ImageEncoder
from sslviz.learning.evaluation.invariance import Invariances, invariances
from sslviz.learning.networks.encoder_settings import ImageEncoding, patch_encoders
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import PatchFeatures
from sslviz.learning.views.augment import Augmentation, unit_images, views_of


class EncoderObjective(Objective):
    """An encoder maps an image to its representation h. The ``groups`` of a subclass include Augmentation."""

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    num_views: int = 2
    """V, the number of views of each sample. Panels of pairs show the first two."""
    encoder: ImageEncoder

    @classmethod
    def panel_data_if(cls) -> dict[str, dict[str, tuple[Value, ...]]]:
        return {"Patches": {"encoder": patch_encoders()}}

    @classmethod
    def needs_download(cls, values: Values) -> bool:
        return ImageEncoding.of(values).needs_download(values)

    @classmethod
    def begins_trained(cls, values: Values) -> bool:
        return ImageEncoding.of(values).begins_trained(values)

    @property
    def expected_side(self) -> int | None:
        return self.encoder.expected_side

    def configure(self, values: Values) -> None:
        self.augmentation = Augmentation.of(values)

    def views(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """Return random views of N samples, float32[V·N, 3, H, W] in [0, 1]: the first views of all samples first."""
        return views_of(data, self.augmentation, generator, self.num_views)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        return self.encoder(unit_images(data)).float()  # type: ignore[no-any-return]

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int, most_views: int) -> Invariances:
        return invariances(sample, self.encoder, generator, seed, self.augmentation, most_views)

    def patches(self, data: Tensor) -> PatchFeatures | None:
        return self.encoder.patch_features(unit_images(data))

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        views = self.views(data, generator).chunk(self.num_views)
        return {
            "original": data,
            **{f"view {letter}": view for letter, view in zip(ascii_lowercase, views, strict=False)},
        }
