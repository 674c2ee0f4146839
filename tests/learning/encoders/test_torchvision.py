"""torchvision's networks as encoders. Weights are written to a temporary cache; nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w
import torch
from checkpoints import write_run
from torchvision import models

from sslviz.core.settings import SettingError, Value, Values
from sslviz.learning.encoders.torchvision import MODELS, TorchvisionEncoder
from sslviz.learning.io.weights import without_weights
from sslviz.learning.networks.classification import Preprocessing, feature_map
from sslviz.learning.networks.encoder_settings import ImageNetwork

SMALLEST = "shufflenet_v2_x0_5"


def images(side: int = 32) -> torch.Tensor:
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))


def build(side: int = 32, **settings: object) -> TorchvisionEncoder:
    return TorchvisionEncoder.build((3, side, side), 16, {"model": SMALLEST, **settings})  # type: ignore[dict-item]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which PyTorch looks for downloaded weights; empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub._hub_dir", None)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_all_classification_networks_can_be_chosen() -> None:
    assert sorted(MODELS) == models.list_models(module=models)


@pytest.mark.parametrize(
    ("model", "h_dim"), [("squeezenet1_1", 512), ("mobilenet_v3_small", 1024), ("mnasnet0_5", 1280), (SMALLEST, 1024)]
)
def test_h_is_what_the_classifier_received(model: str, h_dim: int) -> None:
    """Of networks whose classifiers differ: one convolution, two layers, dropout before the last, a single layer."""
    encoder = build(model=model)
    assert encoder.h_dim == h_dim
    assert encoder(images()).shape == (2, h_dim)
    assert encoder.training


def test_h_equals_the_features_of_torchvision() -> None:
    encoder = build(model="resnet18", side=80).eval()
    network = encoder[1]
    seen: list[torch.Tensor] = []
    network.avgpool.register_forward_hook(lambda _module, _inputs, output: seen.append(output.flatten(1)))
    with torch.no_grad():
        assert torch.equal(encoder(images(80)), seen[0])


def test_a_resnet_has_the_stem_for_small_images_unless_they_are_large_or_it_is_pretrained(cache: Path) -> None:
    assert build(model="resnet18", side=32)[1].conv1.stride == (1, 1)
    assert build(model="resnet18", side=96)[1].conv1.stride == (2, 2)
    torch.save(models.resnet18().state_dict(), cache / Path(models.get_model_weights("resnet18").DEFAULT.url).name)
    assert build(model="resnet18", side=32, pretrained=True, input_side=64)[1].conv1.stride == (2, 2)


def test_a_pretrained_network_has_the_weights_and_the_preprocessing_that_torchvision_offers(cache: Path) -> None:
    offered = models.get_model_weights(SMALLEST).DEFAULT
    network = models.get_model(SMALLEST)
    torch.save(network.state_dict(), cache / Path(offered.url).name)
    encoder = build(pretrained=True).eval()
    assert torch.equal(encoder[1].conv5[0].weight, network.conv5[0].weight)
    grey = torch.full((1, 3, 32, 32), 0.5)
    mean, deviation = (
        torch.tensor(each).view(3, 1, 1) for each in (offered.transforms().mean, offered.transforms().std)
    )
    expected = (grey[:, :, :1, :1] - mean) / deviation
    seen = encoder[0](grey)
    assert seen.shape == (1, 3, 224, 224)
    torch.testing.assert_close(seen, expected.expand_as(seen))


def test_weights_are_downloaded_only_if_they_are_wanted_and_not_there(cache: Path) -> None:
    assert not TorchvisionEncoder.needs_download({"model": SMALLEST})
    assert TorchvisionEncoder.needs_download({"model": SMALLEST, "pretrained": True})
    (cache / Path(models.get_model_weights(SMALLEST).DEFAULT.url).name).touch()
    assert not TorchvisionEncoder.needs_download({"model": SMALLEST, "pretrained": True})


def test_only_what_is_pretrained_or_of_a_file_begins_trained() -> None:
    settings: list[Values] = [{"pretrained": True}, {"weights": "file"}, {"pretrained": False, "weights": ""}, {}]
    assert [TorchvisionEncoder.begins_trained(values) for values in settings] == [True, True, False, False]


def test_a_failed_download_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr("torch.hub.download_url_to_file", offline)
    with pytest.raises(SettingError, match=r"weights of shufflenet_v2_x0_5 could not be downloaded \(no route\)"):
        build(pretrained=True)


def test_images_that_are_too_small_are_refused_with_the_size_that_fits() -> None:
    with pytest.raises(SettingError, match=r"inception_v3 cannot take images of 32 × 32 pixels\. Set input_side=299"):
        build(model="inception_v3")
    assert build(input_side=48)[0](images()).shape == (2, 3, 48, 48)


def test_a_pretrained_densenet_has_the_layers_that_its_file_calls_by_older_names(cache: Path) -> None:
    network = models.densenet121()
    state = {key.replace(".norm1.", ".norm.1."): value for key, value in network.state_dict().items()}
    torch.save(state, cache / Path(models.get_model_weights("densenet121").DEFAULT.url).name)
    encoder = build(model="densenet121", pretrained=True, input_side=64)
    of = "features.denseblock1.denselayer2.norm1.weight"
    assert torch.equal(encoder[1].state_dict()[of], network.state_dict()[of])


def built_from(weights: Path, side: int = 32, **settings: Value) -> TorchvisionEncoder:
    """The encoder that begins with the weights in a file or a run folder."""
    values = {"encoder": "torchvision", "model": "resnet18", "weights": str(weights), **settings}
    encoder = ImageNetwork.of(values).build_encoder((3, side, side), values)
    assert isinstance(encoder, TorchvisionEncoder)
    return encoder


def test_a_file_of_torchvision_fits_a_pretrained_network(tmp_path: Path) -> None:
    """The classifier of the file is left out, and nothing is downloaded."""
    network = models.resnet18()
    torch.save(network.state_dict(), tmp_path / "resnet18.pth")
    encoder = built_from(tmp_path / "resnet18.pth", pretrained=True, input_side=64)
    assert torch.equal(encoder[1].conv1.weight, network.conv1.weight)
    assert torch.equal(encoder[0].mean.flatten(), torch.tensor([0.485, 0.456, 0.406]))
    with pytest.raises(
        SettingError, match=r"resnet18\.pth holds a classifier, .* Switch Pretrained on \(pretrained=on\), .*\."
    ):
        built_from(tmp_path / "resnet18.pth", input_side=64)
    torch.save(models.resnet34().state_dict(), tmp_path / "resnet34.pth")
    with pytest.raises(SettingError, match=r"unexpected: layer1\.2\.conv1\.weight, .* and \d+ more"):
        built_from(tmp_path / "resnet34.pth", pretrained=True, input_side=64)


def test_weights_of_a_run_with_the_stem_for_small_images_fit(tmp_path: Path) -> None:
    values = {"encoder": "torchvision", "model": SMALLEST, "pretrained": False}
    encoder = build()
    run = write_run(tmp_path / "run", {f"encoder.{key}": tensor for key, tensor in encoder.state_dict().items()})
    (run / "run.toml").write_text(tomli_w.dumps(values))
    again = built_from(run, model=SMALLEST)
    assert torch.equal(again[1].conv1[0].weight, encoder[1].conv1[0].weight)
    with pytest.raises(SettingError, match=r"has other settings\. Set pretrained=off"):
        built_from(run, model=SMALLEST, pretrained=True)


def test_a_network_that_gets_the_weights_of_a_checkpoint_reads_and_downloads_nothing(cache: Path) -> None:
    with without_weights():
        encoder = built_from(cache / "gone.pth", model=SMALLEST, pretrained=True)
        build(pretrained=True)
    assert encoder[1].conv1[0].weight.isfinite().all()
    assert not list(cache.iterdir())


def test_preprocessing_leaves_images_of_the_right_size_as_they_are() -> None:
    assert torch.equal(Preprocessing([0.0] * 3, [1.0] * 3, 32, "bicubic")(images()), images())


@pytest.mark.parametrize(("model", "side", "grid"), [("resnet18", 96, 3), (SMALLEST, 64, 2)])
def test_patches_of_a_convolutional_network_are_its_last_feature_map(model: str, side: int, grid: int) -> None:
    encoder = build(model=model, side=side).eval()
    with torch.no_grad():
        tokens = encoder.patch_features(images(side)).tokens
        assert tokens.shape == (2, grid, grid, encoder.h_dim)
        torch.testing.assert_close(tokens.mean((1, 2)), encoder(images(side)), rtol=1e-4, atol=1e-5)
    assert not [layer for layer in encoder.modules() if layer._forward_hooks]


def test_patches_of_a_vision_transformer_are_its_tokens() -> None:
    network = models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=1, num_heads=1, hidden_dim=8, mlp_dim=8, num_classes=2
    ).eval()
    with torch.no_grad():
        found = feature_map(network, images())
        x = network._process_input(images())
        tokens = network.encoder(torch.cat([network.class_token.expand(2, -1, -1), x], dim=1))
    torch.testing.assert_close(found.flatten(1, 2), tokens[:, 1:])


def test_a_network_is_at_hand_if_its_weights_were_downloaded(cache: Path, tmp_path: Path) -> None:
    assert TorchvisionEncoder.at_hand() is None
    for name in ("mine.pth", "resnet18-00000000.pth"):  # files of other networks, or of another version
        (cache / name).touch()
    assert TorchvisionEncoder.at_hand() is None
    network = models.get_model(SMALLEST, weights=None)
    torch.save(network.state_dict(), cache / Path(models.get_model_weights(SMALLEST).DEFAULT.url).name)
    found = TorchvisionEncoder.at_hand()
    assert found is not None
    assert (found.name, found.encoder) == (SMALLEST, TorchvisionEncoder)
    encoder = found.encoder.build((3, 32, 32), 0, found.values)
    assert torch.equal(encoder[1].conv1[0].weight, network.conv1[0].weight)
    for path in cache.iterdir():
        path.unlink()
    cache.rmdir()
    assert TorchvisionEncoder.at_hand() is None


def test_channels_are_never_taken_for_patches_where_the_last_map_has_one_position() -> None:
    """Of pictures this small, Swin's last maps are (n, 1, 1, d), and its map before them (n, 2, 2, d)."""
    network = models.SwinTransformer([4, 4], 8, [1, 1], [1, 1], [2, 2], num_classes=2).eval()
    small = images(8)
    with torch.no_grad():
        torch.testing.assert_close(feature_map(network, small), network.features[:2](small))
