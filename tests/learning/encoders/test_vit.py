"""The vision transformer as an encoder: its settings, its h, and what it says of patches."""

from __future__ import annotations

import pytest
import torch

from sslviz.core.settings import SettingError, Values
from sslviz.learning.encoders.small import SmallEncoder
from sslviz.learning.encoders.vit import VitEncoder
from sslviz.learning.networks.encoder_settings import ImageNetwork

SMALL: Values = {"patch": 8, "model_width": 32, "layers": 1, "heads": 2}


def encoder(values: Values = SMALL, shape: tuple[int, ...] = (3, 32, 32)) -> VitEncoder:
    built = ImageNetwork(encoder="vit").build_encoder(shape, values)
    assert isinstance(built, VitEncoder)
    return built


def test_its_settings_are_offered_where_it_is_chosen_and_reach_it() -> None:
    own = [setting for setting in ImageNetwork.settings() if setting.only_if.get("encoder") == ("vit",)]
    assert [setting.key for setting in own] == ["patch", "model_width", "layers", "heads"]
    assert not any(setting.has_effect({"encoder": "small"}) for setting in own)
    built = encoder()
    assert built.h_dim == 32
    assert built(torch.rand(2, 3, 32, 32)).shape == (2, 32)
    assert built.patch_features(torch.rand(1, 3, 32, 32)).tokens.shape == (1, 4, 4, 32)


@torch.no_grad()
def test_h_is_the_mean_of_its_tokens_and_others_have_none() -> None:
    built, images = encoder().eval(), torch.rand(3, 3, 32, 32)
    features = built.patch_features(images)
    torch.testing.assert_close(features.tokens.mean((1, 2)), built(images), rtol=1e-4, atol=1e-5)
    assert VitEncoder.gives_patches()
    assert not SmallEncoder.gives_patches()
    assert SmallEncoder(3, 4).patch_features(images) is None


@pytest.mark.parametrize(("patch", "shape"), [(5, (3, 32, 32)), (32, (3, 32, 32)), (8, (1, 28, 28))])
def test_patches_that_cannot_divide_the_images_are_refused(patch: int, shape: tuple[int, ...]) -> None:
    height, width = shape[1:]
    with pytest.raises(SettingError, match=f"Patches of {patch} px cannot divide images of {width}×{height} px"):
        encoder({**SMALL, "patch": patch}, shape)


def test_heads_that_cannot_share_the_width_are_refused() -> None:
    with pytest.raises(SettingError, match="3 heads cannot share a width of 32"):
        encoder({**SMALL, "heads": 3})
