"""Networks of timm as encoders, with weights from a local file; nothing is downloaded."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, Self

import torch
from torch import Tensor, nn

from sslviz.core.settings import About, Group, SettingError, Values
from sslviz.learning.encoder import ImageEncoder, encoders
from sslviz.learning.io.weights import State, load_weights
from sslviz.learning.networks.classification import MAP_DIMS, Preprocessing, as_grid
from sslviz.learning.outputs import PatchFeatures

MODELS = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet50d", "resnext50_32x4d", "wide_resnet50_2"),
    *("resnetv2_50", "seresnet50", "ecaresnet50d", "skresnet18", "resnest50d", "regnety_008", "regnety_040"),
    *("regnety_160", "convnext_atto", "convnext_femto", "convnext_pico", "convnext_nano", "convnext_tiny"),
    *("convnext_small", "convnext_base", "convnext_large", "convnextv2_atto", "convnextv2_nano", "convnextv2_tiny"),
    *("convnextv2_base", "efficientnet_b0", "efficientnet_b3", "efficientnetv2_rw_s", "tf_efficientnetv2_s"),
    *("tf_efficientnetv2_m", "mobilenetv3_small_100", "mobilenetv3_large_100", "mobilenetv4_conv_small"),
    *("mobilenetv4_conv_medium", "mobileone_s0", "fastvit_t8", "fastvit_sa12", "ghostnet_100", "mnasnet_100"),
    *("densenet121", "inception_v4", "xception41", "vgg16_bn", "dpn68", "hrnet_w18", "cspdarknet53", "nfnet_f0"),
    *("dm_nfnet_f0", "repvgg_a2", "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224"),
    *("vit_large_patch16_224", "vit_base_patch32_224", "vit_small_patch14_dinov2", "vit_base_patch14_dinov2"),
    *("vit_large_patch14_dinov2", "vit_small_patch14_reg4_dinov2", "vit_base_patch14_reg4_dinov2"),
    *("vit_small_patch16_dinov3", "vit_base_patch16_dinov3", "vit_large_patch16_dinov3", "vit_base_patch16_clip_224"),
    *("vit_base_patch32_clip_224", "vit_large_patch14_clip_224", "vit_base_patch16_siglip_224"),
    *("vit_so400m_patch14_siglip_224", "deit_tiny_patch16_224", "deit_small_patch16_224", "deit_base_patch16_224"),
    *("deit3_small_patch16_224", "deit3_base_patch16_224", "beit_base_patch16_224", "beitv2_base_patch16_224"),
    *("eva02_tiny_patch14_224", "eva02_small_patch14_224", "eva02_base_patch14_224", "swin_tiny_patch4_window7_224"),
    *("swin_small_patch4_window7_224", "swin_base_patch4_window7_224", "swinv2_tiny_window8_256"),
    *("maxvit_tiny_tf_224", "coatnet_0_rw_224", "mixer_b16_224", "poolformer_s12", "pvt_v2_b0", "pvt_v2_b2"),
    *("xcit_tiny_12_p16_224", "cait_xxs24_224", "levit_128", "efficientformer_l1", "edgenext_small", "hiera_tiny_224"),
    *("hiera_base_224", "test_resnet", "test_vit"),
)
"""The networks of timm that are offered, the small ones for tests last; its import takes seconds. A test compares them
with those that timm has."""
MISSING = "timm is not installed: pip install 'sslviz[timm]'."


class TimmModel(Group, frozen=True):
    """Which network is used, and how."""

    title: ClassVar[str] = "Network"

    timm_model: Annotated[
        str,
        About(
            label="timm model",
            help="A network of timm, without its classifier. Its weights are random, or those of a file; nothing is "
            "downloaded.",
            choices=MODELS,
        ),
    ] = "resnet18"
    timm_side: Annotated[
        int,
        About(
            label="timm size",
            help="Height and width to which images are resized for the network. 0: as timm's own weights expect it.",
            low=0,
            high=1024,
            unit="px",
        ),
    ] = 0


DEFAULT = TimmModel()


@encoders.register
class TimmEncoder(ImageEncoder):
    """A network of timm without its classifier; h is what the classifier would receive.

    Images are resized and normalised as for the weights that timm itself offers, whatever weights there are.
    ``width`` has no effect.

    Raises:
        SettingError: timm is not installed, or the network cannot take images of this size.
    """

    name: ClassVar[str] = "timm"
    help: ClassVar[str] = "a network of timm, such as DINOv2's, with weights from a file; for a GPU."
    order: ClassVar[int] = 210
    groups: ClassVar[tuple[type[Group], ...]] = (TimmModel,)

    def __init__(self, channels: int, width: int, settings: TimmModel = DEFAULT) -> None:
        super().__init__(channels, width)
        timm: Any = importlib.import_module("timm")
        network: nn.Module = timm.create_model(settings.timm_model, pretrained=False, num_classes=0, in_chans=channels)
        wanted: dict[str, Any] = network.pretrained_cfg  # type: ignore[assignment]
        side = settings.timm_side or int(wanted["input_size"][-1])
        mode = "bicubic" if wanted["interpolation"] == "bicubic" else "bilinear"
        self._side = side
        self._classifier = wanted.get("classifier", "head")
        self.extend([Preprocessing(wanted["mean"], wanted["std"], side, mode), network])
        self.to(memory_format=torch.channels_last)
        try:
            with torch.no_grad():
                self.h_dim = self.eval()(torch.zeros(1, channels, side, side)).shape[1]
        except (RuntimeError, AssertionError, ValueError) as error:
            text = f"{settings.timm_model} cannot take images of {side} × {side} pixels. Set timm_side=0."
            raise SettingError("timm_side", text) from error
        self.train()

    @classmethod
    def missing(cls) -> str:
        return "" if find_spec("timm") else MISSING

    @classmethod
    def build(cls, sample_shape: tuple[int, ...], width: int, values: Values) -> Self:
        return cls(sample_shape[0], width, TimmModel.of(values))

    def patch_features(self, images: Tensor) -> PatchFeatures:
        network: Any = self[1]
        found: Tensor = network.forward_features(self[0](images))
        if found.ndim == MAP_DIMS:
            maps = found.permute(0, 2, 3, 1) if getattr(network, "output_fmt", "NCHW") == "NCHW" else found
        else:  # tokens of patches behind those of classes and registers
            maps = as_grid(found[:, getattr(network, "num_prefix_tokens", 0) :])
        return PatchFeatures(maps.float())

    def load_weights(self, state: State, source: str) -> None:
        self.expected_side = self._side
        classifiers = (self._classifier,) if isinstance(self._classifier, str) else tuple(self._classifier or ())
        load_weights(self[1], state, source, tuple(f"{name}." for name in classifiers))
