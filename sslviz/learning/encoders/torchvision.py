"""The classification networks of torchvision as encoders, untrained or with the weights that torchvision offers."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import torch
from torch import Tensor, nn

from sslviz.core.settings import About, Group, SettingError, Values
from sslviz.learning.encoder import ImageEncoder, PretrainedAtHand, encoders
from sslviz.learning.io.weights import KEY, State, are_loaded, load_weights
from sslviz.learning.networks.classification import (
    SMALL_SIDE,
    Preprocessing,
    feature_map,
    remove_classifier,
    use_small_stem,
)
from sslviz.learning.networks.convolutional import DEVIATION, MEAN
from sslviz.learning.outputs import PatchFeatures

MODELS = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d"),
    *("resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2", "convnext_tiny", "convnext_small", "convnext_base"),
    *("convnext_large", "vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14", "swin_t", "swin_s", "swin_b"),
    *("swin_v2_t", "swin_v2_s", "swin_v2_b", "maxvit_t", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2"),
    *("efficientnet_b3", "efficientnet_b4", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7"),
    *("efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l", "mobilenet_v2", "mobilenet_v3_small"),
    *("mobilenet_v3_large", "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf", "regnet_x_8gf"),
    *("regnet_x_16gf", "regnet_x_32gf", "regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf"),
    *("regnet_y_8gf", "regnet_y_16gf", "regnet_y_32gf", "regnet_y_128gf", "densenet121", "densenet161"),
    *("densenet169", "densenet201", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3", "shufflenet_v2_x0_5"),
    *("shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "squeezenet1_0", "squeezenet1_1", "googlenet"),
    *("inception_v3", "alexnet", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"),
)
"""The networks of :mod:`torchvision.models`, whose import takes seconds; a test compares the two lists."""
OF_ONE_SIZE = ("vit_", "maxvit_")
"""Beginnings of the names of networks that take images of one size only."""
WITH_AUXILIARY = ("googlenet", "inception_v3")
"""Networks with auxiliary classifiers, which are left out, and with a preprocessing that differs from ImageNet's."""
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")
NO_LETTERS = re.compile(r"[^a-z0-9]")
"""What differs between the names of networks and of their files, such as shufflenetv2_x0.5-f707e7126e.pth."""
OLD_DENSENET = re.compile(r"(\.denselayer\d+\.(?:norm|conv))\.([12])\.")
"""Names of layers as in torchvision's files for DenseNet, which are older than the names in its code."""


class TorchvisionModel(Group, frozen=True):
    """Which network is used, and how."""

    title: ClassVar[str] = "Network"

    model: Annotated[
        str,
        About(label="Model", help="The classification network of torchvision, without its classifier.", choices=MODELS),
    ] = "resnet18"
    pretrained: Annotated[
        bool,
        About(
            label="Pretrained",
            help="On: begin with torchvision's weights for ImageNet, which are downloaded once, or with those of a "
            "file; images are resized and normalised as torchvision does. Off: begin with random weights, or with "
            "those of a run or a file without torchvision's preprocessing.",
        ),
    ] = False
    input_side: Annotated[
        int,
        About(
            label="Input size",
            help="Height and width to which images are resized for the network. 0: as the network was trained if it is "
            "pretrained, and the size of the images themselves if it is not.",
            low=0,
            high=1024,
            unit="px",
        ),
    ] = 0


DEFAULT = TorchvisionModel()


@encoders.register
class TorchvisionEncoder(ImageEncoder):
    """A classification network of torchvision whose last layer is removed; h is what that layer received.

    Pretrained networks get images in the size, and normalised with the mean and the standard deviation, with which they
    were trained. Of untrained ones, a ResNet for images of at most 64 pixels has a stem for small images.

    ``width`` has no effect. ``side``: the larger of height and width of the images.

    Raises:
        SettingError: the network cannot take images of this size.
    """

    name: ClassVar[str] = "torchvision"
    help: ClassVar[str] = "a network of torchvision, such as ResNet-50 or ViT-B/16, for a GPU; pretrained if wanted."
    order: ClassVar[int] = 200
    groups: ClassVar[tuple[type[Group], ...]] = (TorchvisionModel,)

    def __init__(self, channels: int, width: int, settings: TorchvisionModel = DEFAULT, side: int = 32) -> None:
        from torchvision.models import get_model  # takes long to import
        from torchvision.models.resnet import ResNet

        super().__init__(channels, width)
        weights = _weights(settings.model)
        options: dict[str, Any] = {}
        if settings.model in WITH_AUXILIARY:
            options = {"aux_logits": False, "init_weights": True, "transform_input": settings.pretrained}
        network = get_model(settings.model, weights=None, **options)
        if isinstance(network, ResNet) and not settings.pretrained and (settings.input_side or side) <= SMALL_SIDE:
            use_small_stem(network, channels)
        self.h_dim, self._classifier = remove_classifier(network)
        self._pretrained = settings.pretrained
        self.expected_side = (settings.input_side or _own_side(weights)) if settings.pretrained else None
        self.extend([_preprocessing(settings, weights), network])
        self.to(memory_format=torch.channels_last)
        if (seen := settings.input_side or side) < _own_side(weights) or settings.input_side:
            self._check_size(settings.model, torch.zeros(1, channels, side, side), seen)

    @classmethod
    def build(cls, sample_shape: tuple[int, ...], width: int, values: Values) -> Self:
        """Return the encoder; its weights are random, or torchvision's if the settings ask for these.

        If the setting ``weights`` names a file, its weights will be loaded instead.

        Raises:
            SettingError: the network cannot take images of this size, or its weights cannot be downloaded.
        """
        settings, (channels, *size) = TorchvisionModel.of(values), sample_shape
        encoder = cls(channels, width, settings, max(size))
        if settings.pretrained and not values.get(KEY) and are_loaded():
            encoder.load_weights(_downloaded(settings.model), f"torchvision's file for {settings.model}")
        return encoder

    def load_weights(self, state: State, source: str) -> None:
        """Copy weights that torchvision offers, or those of an encoder of this class.

        Raises:
            SettingError: the weights do not fit, or are those of a classifier, and the network is not pretrained.
        """
        state = {OLD_DENSENET.sub(r"\1\2.", name): tensor for name, tensor in state.items()}
        removed = [name for name in state if name.startswith(f"{self._classifier}.")]
        if not self._pretrained and not set(removed) <= self[1].state_dict().keys():
            advice = "Switch Pretrained on (pretrained=on), so that it gets images as it was trained on."
            raise SettingError(KEY, f"{source} holds a classifier, trained as torchvision's are. {advice}")
        load_weights(self[1], state, source, (f"{self._classifier}.", *AUXILIARY))

    def patch_features(self, images: Tensor) -> PatchFeatures:
        return PatchFeatures(feature_map(self[1], self[0](images)).float())

    @classmethod
    def needs_download(cls, values: Values) -> bool:
        """Return whether torchvision's weights are wanted, and are not in PyTorch's cache."""
        settings = TorchvisionModel.of(values)
        return settings.pretrained and not values.get(KEY) and not _cached(settings.model).is_file()

    @classmethod
    def begins_trained(cls, values: Values) -> bool:
        return TorchvisionModel.of(values).pretrained or super().begins_trained(values)

    @classmethod
    def at_hand(cls) -> PretrainedAtHand | None:
        """Return the first network of :data:`MODELS` whose weights by torchvision are in PyTorch's cache."""
        try:
            files = [NO_LETTERS.sub("", file) for file in os.listdir(_cache())]
        except OSError:
            return None
        for model in MODELS:  # an import of torchvision, which takes seconds, only where a name may fit
            name = NO_LETTERS.sub("", model)
            if any(file.startswith(name) for file in files) and _cached(model).is_file():
                return PretrainedAtHand(model, cls, {"model": model, "pretrained": True})
        return None

    def _check_size(self, model: str, images: Tensor, seen: int) -> None:
        """Raise SettingError if the network cannot take images resized to ``seen`` pixels a side."""
        try:
            with torch.no_grad():
                self.eval()(images)
        except (RuntimeError, AssertionError, ValueError) as error:
            text = f"{model} cannot take images of {seen} × {seen} pixels. Set input_side={_own_side(_weights(model))}."
            raise SettingError("input_side", text) from error
        self.train()


def _weights(model: str) -> Any:  # noqa: ANN401 - torchvision has no types
    """Return the newest weights for a network that torchvision offers: an enum member with url and transforms."""
    from torchvision.models import get_model_weights

    return get_model_weights(model).DEFAULT


def _cached(model: str) -> Path:
    """Return the path at which PyTorch keeps the weights of a network once they are downloaded."""
    return _cache() / Path(_weights(model).url).name


def _cache() -> Path:
    """Return the folder in which PyTorch keeps the weights that it has downloaded."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def _downloaded(model: str) -> dict[str, Tensor]:
    """Return torchvision's weights for a network, from PyTorch's cache if they are there."""
    try:
        state: dict[str, Tensor] = _weights(model).get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        text = f"The weights of {model} could not be downloaded ({error}). Try again when online."
        raise SettingError("pretrained", text) from error
    return state


def _own_side(weights: Any) -> int:  # noqa: ANN401
    return int(weights.transforms().crop_size[0])


def _preprocessing(settings: TorchvisionModel, weights: Any) -> nn.Module:  # noqa: ANN401
    """Return the layer before the network; ``weights``: the weights whose preprocessing a pretrained network needs."""
    transforms = weights.transforms()
    fixed = settings.pretrained or settings.model.startswith(OF_ONE_SIZE)
    side = settings.input_side or (_own_side(weights) if fixed else None)
    if not settings.pretrained:
        return Preprocessing([MEAN] * 3, [DEVIATION] * 3, side, "bilinear")
    return Preprocessing(transforms.mean, transforms.std, side, transforms.interpolation.value)
