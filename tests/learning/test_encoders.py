"""Every registered encoder on toy data, and the settings that offer encoders.

A new encoder is tested by these from its registration on; what is particular to one has tests of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from toys import toy

from sslviz.core.settings import Setting
from sslviz.learning.encoder import Encoder, FrameEncoder, ImageEncoder, encoders
from sslviz.learning.networks.encoder_settings import FrameNetwork, ImageNetwork

IMAGE = [each for each in encoders if issubclass(each, ImageEncoder) and each.name != "timm"]  # it may be missing
FRAME = [encoder for encoder in encoders if issubclass(encoder, FrameEncoder)]
every_image_encoder = pytest.mark.parametrize("encoder", IMAGE, ids=lambda encoder: encoder.name)
every_frame_encoder = pytest.mark.parametrize("encoder", FRAME, ids=lambda encoder: encoder.name)


def build(encoder: type[Encoder], seed: int = 0) -> Encoder:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if issubclass(encoder, ImageEncoder):
            return encoder(channels=3, width=8)
        assert issubclass(encoder, FrameEncoder)
        return encoder(tuple(toy(encoder.modality, 1).data.shape[1:]), width=8, z_dim=5)


def images(*size: int) -> torch.Tensor:
    return torch.rand(size, generator=torch.Generator().manual_seed(0))


def setting(group: type[ImageNetwork | FrameNetwork], key: str) -> Setting:
    return next(setting for setting in group.settings() if setting.key == key)


@pytest.mark.parametrize("encoder", [*IMAGE, *FRAME], ids=lambda encoder: encoder.name)
def test_construction_repeats_with_the_seed(encoder: type[Encoder]) -> None:
    weights, again = (torch.cat([p.flatten() for p in build(encoder).parameters()]) for _ in range(2))
    assert torch.equal(weights, again)


@pytest.mark.parametrize("size", [(32, 32), (16, 16), (20, 28)])
@every_image_encoder
def test_h_has_the_size_it_says(encoder: type[ImageEncoder], size: tuple[int, int]) -> None:
    network = build(encoder)
    h = network(images(2, 3, *size))
    assert h.shape == (2, network.h_dim)
    assert h.dtype == torch.float32


@every_image_encoder
def test_evaluation_does_not_depend_on_the_batch(encoder: type[ImageEncoder]) -> None:
    network, x = build(encoder).eval(), images(6, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(network(x)[:2], network(x[:2]), rtol=1e-4, atol=1e-5)


@every_frame_encoder
def test_z_is_of_every_frame_and_its_gradient_reaches_the_weights(encoder: type[FrameEncoder]) -> None:
    network, data = build(encoder), toy(encoder.modality, 3).data
    z = network(data)
    assert z.shape == (3, network.num_frames(data.shape[1]), 5)
    z.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


@every_frame_encoder
def test_frames_have_images_and_labels_of_their_offset(encoder: type[FrameEncoder]) -> None:
    network, data = build(encoder), toy(encoder.modality, 2).data
    shown = network.frame_images(data, torch.tensor([[3, 4, 5], [6, 7, 8]]))
    assert shown.shape[:2] == (2, 3)
    assert shown.shape[4] == 3
    assert max(shown.shape[2:4]) <= 48
    assert len({network.offset_label(frames) for frames in range(-3, 4)}) == 7


def test_the_settings_offer_the_registered_encoders() -> None:
    assert setting(ImageNetwork, "encoder").choices == ("small", "resnet18", "vit", "torchvision", "timm")
    assert setting(FrameNetwork, "hears").choices == ("log-mel", "waveform")
    offered = {*setting(ImageNetwork, "encoder").choices, *setting(FrameNetwork, "hears").choices}
    assert offered == {encoder.name for encoder in encoders if encoder.modality in ("image", "sound")}


def test_what_is_chosen_is_built() -> None:
    for name in [encoder.name for encoder in IMAGE]:
        assert ImageNetwork(encoder=name).build_encoder((3, 32, 32), {}).name == name
    for name in setting(FrameNetwork, "hears").choices:
        assert FrameNetwork(hears=name).build_encoder((9600,)).name == name
        assert FrameNetwork(hears=name).build_encoder((20, 1, 32, 32)).modality == "video"


def run_python(program: str) -> dict:
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_an_encoder_is_one_new_file(tmp_path: Path) -> None:
    """It can be chosen, is named in the tooltip, and is built by the objective."""
    (tmp_path / "mean_colour.py").write_text('''
"""The mean colour of an image."""

from sslviz.learning.encoder import ImageEncoder, encoders
from torch.nn import AdaptiveAvgPool2d, Flatten, Linear


@encoders.register
class MeanColour(ImageEncoder):
    name = "mean_colour"
    help = "a linear map of three numbers."

    def __init__(self, channels, width):
        super().__init__(channels, width)
        self.h_dim = width
        self.extend([AdaptiveAvgPool2d(1), Flatten(), Linear(channels, width)])
''')
    found = run_python(f"""
import json
import sslviz.learning.encoders
sslviz.learning.encoders.__path__.append({str(tmp_path)!r})
from sslviz.core.settings import resolve
from sslviz.learning.objective import objectives
simclr = objectives["simclr"]
settings = [setting for group in simclr.groups for setting in group.settings()]
encoder = next(setting for setting in settings if setting.key == "encoder")
values = resolve(settings, {{"encoder": "mean_colour", "width": 6}})
print(json.dumps({{"choices": encoder.choices, "help": encoder.help, "default": encoder.default,
                  "built": type(simclr((3, 32, 32), values).encoder).__name__}}))
""")
    assert sorted(found["choices"]) == ["mean_colour", "resnet18", "small", "timm", "torchvision", "vit"]
    assert (found["default"], found["built"]) == ("small", "MeanColour")
    assert "mean_colour: a linear map of three numbers." in found["help"]


def test_an_encoder_may_have_settings_of_its_own(tmp_path: Path) -> None:
    """They follow those of the network, have an effect if the encoder is chosen, and reach it."""
    (tmp_path / "mean_grey.py").write_text('''
"""The mean grey of an image."""

from typing import Annotated

from sslviz.core.settings import About, Group
from sslviz.learning.encoder import ImageEncoder, encoders
from torch.nn import AdaptiveAvgPool2d, Flatten, Linear


class Grey(Group, frozen=True):
    title = "Grey"
    greys: Annotated[int, About(label="Greys", help="How many.", low=1, high=9)] = 3


@encoders.register
class MeanGrey(ImageEncoder):
    name = "mean_grey"
    help = "a linear map."
    groups = (Grey,)

    def __init__(self, channels, width, greys=3):
        super().__init__(channels, width)
        self.h_dim = greys
        self.extend([AdaptiveAvgPool2d(1), Flatten(), Linear(channels, greys)])

    @classmethod
    def build(cls, sample_shape, width, values):
        return cls(sample_shape[0], width, Grey.of(values).greys)
''')
    found = run_python(f"""
import json
import sslviz.learning.encoders
sslviz.learning.encoders.__path__.append({str(tmp_path)!r})
from sslviz.core.settings import resolve
from sslviz.learning.objective import objectives
simclr = objectives["simclr"]
settings = [setting for group in simclr.groups for setting in group.settings()]
greys = next(setting for setting in settings if setting.key == "greys")
values = resolve(settings, {{"encoder": "mean_grey", "greys": 5}})
print(json.dumps({{"group": greys.group, "only_if": greys.only_if,
                  "h_dim": simclr((3, 32, 32), values).encoder.h_dim}}))
""")
    assert found == {"group": "Grey", "only_if": {"encoder": ["mean_grey"]}, "h_dim": 5}


def test_settings_do_not_import_torchvision() -> None:
    found = run_python(
        "import json, sys\nimport sslviz.learning.networks.encoder_settings\n"
        "print(json.dumps({'torchvision': 'torchvision' in sys.modules}))"
    )
    assert found == {"torchvision": False}
