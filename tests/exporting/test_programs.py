"""What encoders are exported with: their computation for any number of images, and code that reads pictures."""

import numpy as np
import pytest
import torch
from PIL import Image
from toys import build, toy

from sslviz.exporting import encoder as exported
from sslviz.exporting.encoder import RunEncoder, code_around, encoder_of, example_images
from sslviz.exporting.formats.pt2 import exported_program
from sslviz.exporting.result import ExportError
from sslviz.exporting.run_network import RunNetwork
from sslviz.learning.io.pictures import opened, rgb


def quiet(_text, _fraction):
    """Say nothing."""


@pytest.mark.parametrize("name", ["byol", "ijepa"])
def test_a_program_gives_what_the_network_gives(name):
    objective = build(name).eval()
    data = example_images(objective.sample_shape)
    encoder = RunEncoder(objective, data).eval()
    program = exported_program(encoder, data, quiet).module()
    samples = toy("image", 3)
    with torch.no_grad():
        assert torch.allclose(program(samples.data), objective.encode(samples.data, samples.timesteps), atol=1e-4)
    kept = sum(each.numel() for each in encoder.parameters())
    assert 0 < kept < sum(each.numel() for each in objective.parameters())


def test_encoders_of_other_data_are_refused(monkeypatch, tmp_path):
    network = RunNetwork(build("cpc", "sound"), {}, "sound", 1, "run")
    monkeypatch.setattr(exported, "read_network", lambda folder, say: network)
    with pytest.raises(ExportError, match=r"for sound data\. sslviz embed writes its vectors"):
        encoder_of(tmp_path, quiet)


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_own_pictures_are_read_as_for_the_training(tmp_path, fit):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (50, 70, 4), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    network = RunNetwork(build("byol").eval(), {"fit": fit}, "image", 1, "run")
    code = code_around("{read}\n", network, example_images((3, 32, 32)), "a.pt2", "torch", ["import torch"])
    names = {}
    exec(code.replace("sys.argv[1:]", repr([str(tmp_path / "a.png")])), names)
    with opened(tmp_path / "a.png") as image:
        expected = rgb(image, 32, fit)
    assert names["data"].shape == (1, 3, 32, 32)
    assert np.abs(names["data"][0].numpy().astype(int) - expected).max() <= 1
