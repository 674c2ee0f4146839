"""timm's networks as encoders, where timm is installed; nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sslviz.core.settings import SettingError
from sslviz.learning.encoders.timm import MISSING, MODELS, TimmEncoder
from sslviz.learning.networks.encoder_settings import ImageEncoding, ImageNetwork

SMALL = {"encoder": "timm", "timm_model": "test_vit"}
IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def build(**more: object) -> TimmEncoder:
    values = {**SMALL, **more}
    encoder = ImageNetwork.of(values).build_encoder((3, 32, 32), values)
    assert isinstance(encoder, TimmEncoder)
    return encoder


def test_without_timm_the_choice_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sslviz.learning.encoders.timm.find_spec", lambda name: None)
    (encoder,) = [setting for setting in ImageEncoding.settings() if setting.key == "encoder"]
    assert encoder.unavailable == {"timm": MISSING}
    with pytest.raises(SettingError, match=r"pip install 'sslviz\[timm\]'"):
        build()


class TestInstalled:
    """Tests that need timm."""

    @pytest.fixture(autouse=True)
    def timm(self) -> None:
        self.timm = pytest.importorskip("timm")

    def test_all_networks_that_are_offered_are_timms(self) -> None:
        assert set(MODELS) <= set(self.timm.list_models())

    @pytest.mark.parametrize("model", ["test_vit", "test_resnet"])
    def test_weights_of_a_file_give_the_features_of_timm(self, model: str, tmp_path: Path) -> None:
        network = self.timm.create_model(model, pretrained=False).eval()
        torch.save(network.state_dict(), tmp_path / "weights.pth")
        encoder = build(timm_model=model, weights=str(tmp_path / "weights.pth")).eval()
        cfg = self.timm.data.resolve_model_data_config(network)
        mean, std = (torch.tensor(cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
        images = torch.rand(2, *cfg["input_size"], generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            expected = network.forward_head(network.forward_features((images - mean) / std), pre_logits=True)
            torch.testing.assert_close(encoder(images), expected)
            assert encoder(IMAGES).shape == (2, encoder.h_dim)
            side = {"test_vit": 10, "test_resnet": 5}[model]
            assert encoder.patch_features(IMAGES).tokens.shape == (2, side, side, encoder.h_dim)

    def test_what_does_not_fit_is_refused(self, tmp_path: Path) -> None:
        torch.save({"conv1.weight": torch.zeros(2)}, tmp_path / "other.pth")
        with pytest.raises(SettingError, match="do not fit the encoder; missing: cls_token, "):
            build(weights=str(tmp_path / "other.pth"))
        with pytest.raises(SettingError, match="test_vit cannot take images of 33 × 33 pixels"):
            build(timm_side=33)
