"""The encoder of a run as a module of its own, and the lines of Python around it: how inputs are read."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from sslviz.core.plain_text import one_line
from sslviz.exporting.result import ExportError, Say
from sslviz.exporting.run_network import RunNetwork, read_network
from sslviz.learning.io.pictures import GROUND
from sslviz.learning.objective import Objective

MAX_NAME = 60
EXAMPLES = 5
"""Number of samples by which the computation is recorded; 1 would be taken for a constant."""
READ = """\
pictures = [Image.open(name).convert("RGB").resize(({width}, {height})) for name in sys.argv[1:]]
"""
READ_OWN = """\
def read(name):
    image = ImageOps.exif_transpose(Image.open(name)).convert("RGBA")
    ground = Image.new("RGBA", image.size, {ground})
    return ImageOps.{fit}(Image.alpha_composite(ground, image).convert("RGB"), ({width}, {height}){colour})


pictures = [read(name) for name in sys.argv[1:]]
"""
"""How pictures are read, in Python: those of a data set, and those of the user's own as they were for the training."""
AS_ARRAY = """\
data = {array}(np.stack(pictures).transpose(0, 3, 1, 2))  # uint8[n, 3, {height}, {width}], 0 to 255"""
FITS = {"crop": ("fit", ""), "pad": ("pad", f", color=({GROUND}, {GROUND}, {GROUND})")}
"""Functions of Pillow that do what the choices of the setting ``fit`` stand for, with a further argument."""


class RunEncoder(nn.Module):
    """Maps images, uint8[n, 3, H, W], to h, float32[n, H_DIM], as a run does, with its preprocessing.

    It has only those parts of the network that this needs.
    """

    def __init__(self, objective: Objective, data: Tensor) -> None:
        super().__init__()
        self.objective = _used_parts(objective, data)

    def forward(self, data: Tensor) -> Tensor:
        """Return h of the images."""
        return self.objective.encode(data, _timesteps(data))


def encoder_of(folder: Path, say: Say) -> tuple[RunNetwork, RunEncoder, Tensor]:
    """Return the network of a run, its encoder as a module, and examples of its inputs.

    Raises:
        ExportError: there is no network, or it is not one for images.
    """
    network = read_network(folder, say)
    if network.modality != "image":
        text = f"Encoders of images are exported, and this one is for {network.modality} data."
        raise ExportError(f"{text} sslviz embed writes its vectors.")
    data = example_images(network.objective.sample_shape)
    encoder = RunEncoder(network.objective, data).eval().requires_grad_(requires_grad=False)
    return network, encoder.to(memory_format=torch.contiguous_format), data


def code_around(
    code: str, network: RunNetwork, data: Tensor, file: str, needs: str, imports: list[str], array: str = ""
) -> str:
    """Return the Python code that computes h of samples by an exported encoder, without sslviz.

    Args:
        code: loads the encoder and calls it; in braces, ``file`` in quotes, ``read``, ``h_dim``.
        network: the network of the run.
        data: examples of its inputs.
        file: name of the exported file.
        needs: the packages that load it.
        imports: lines that import these packages.
        array: what makes an input of the encoder of an array of NumPy; by default, a tensor of PyTorch.
    """
    _, height, width = network.objective.sample_shape
    fit, colour = FITS[str(network.values.get("fit", "crop"))]
    ground = (GROUND, GROUND, GROUND, 255)
    sizes: dict[str, object] = {"width": width, "height": height, "array": array or "torch.from_numpy"}
    own = READ_OWN.format(ground=ground, fit=fit, colour=colour, **sizes)
    read = (own if "fit" in network.values else READ.format(**sizes)) + AS_ARRAY.format(**sizes)
    lines = [
        f"# h of {network.modality} samples by the encoder of {one_line(network.run, MAX_NAME)},",
        f"# {network.objective.title}, step {network.step:,}.",
        f"# Needs {needs}, numpy, pillow.",
        "import sys",
        "",
        "import numpy as np",
        *imports,
        "from PIL import Image, ImageOps" if "fit" in network.values else "from PIL import Image",
        "",
    ]
    body = code.format(file=json.dumps(file), read=read, h_dim=network.h_dim(data))
    return "\n".join(lines) + "\n" + body


def example_images(shape: tuple[int, ...]) -> Tensor:
    """Return some images, uint8[n, C, H, W]; ``shape``: (C, H, W)."""
    return torch.arange(EXAMPLES * torch.Size(shape).numel()).view(EXAMPLES, *shape).to(torch.uint8)


def _timesteps(data: Tensor) -> Tensor:
    """Return the timesteps of images, int64[n, 1]; ``len`` would take n for a constant."""
    return data.new_zeros((data.shape[0], 1), dtype=torch.int64)


def _used_parts(objective: Objective, data: Tensor) -> Objective:
    """Return a copy of an objective with only those modules that compute h, such as the encoder without the head."""
    used: dict[str, nn.Module | None] = {}
    hooks = [
        module.register_forward_hook(lambda *_, name=name, child=child: used.update({name: child}))
        for name, child in objective.named_children()
        for module in child.modules()
    ]
    with torch.no_grad():
        objective.encode(data, _timesteps(data))
    for hook in hooks:
        hook.remove()
    parts = copy.copy(objective)
    parts._modules = used
    return parts
