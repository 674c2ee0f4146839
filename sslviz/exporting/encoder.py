"""The encoder of a run as a module of its own, and the lines of Python around it: how inputs are read."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sslviz.core.plain_text import one_line
from sslviz.exporting.result import Say
from sslviz.exporting.run_network import RunNetwork, read_network
from sslviz.learning.objective import Objective

MAX_NAME = 60
EXAMPLES = 5
"""Number of samples by which the computation is recorded; 1 would be taken for a constant."""
READ = {
    "image": """\
pictures = [Image.open(name).convert("RGB").resize(({width}, {height})) for name in sys.argv[1:]]
data = {array}(np.stack(pictures).transpose(0, 3, 1, 2))  # uint8[n, 3, {height}, {width}], 0 to 255""",
    "text": """\
texts = [name.encode()[:{length}].ljust({length}) for name in sys.argv[1:]]
data = {array}(np.array([list(text) for text in texts], np.uint8))  # uint8[n, {length}], bytes of UTF-8""",
    "video": """\
data = {array}(np.load(sys.argv[1]))  # uint8[n, {shape}]: frames, channels, height, width
timesteps = {array}(np.full((len(data), 1), {length} - 1))  # int64[n, S]: the last frame of each of S segments""",
    "sound": """\
data = {array}(np.load(sys.argv[1]))  # int16[n, {shape}], 8,000 a second
timesteps = {array}(np.full((len(data), 1), {length} - 1))  # int64[n, S]: the end of each of S segments""",
}
"""How samples of each modality are read, in Python; ``array`` makes what the encoder takes of an array of NumPy."""


class Inputs(NamedTuple):
    """Examples of the inputs of an exported encoder by name, and which of their dimensions may have any size."""

    tensors: dict[str, Tensor]
    sizes: dict[str, dict[int, str]]


class RunEncoder(nn.Module):
    """Maps samples to h as a run does, with its preprocessing. It has only those parts of the network that this needs.

    Images and texts are its only input: uint8[n, 3, H, W] or uint8[n, L]. Clips, uint8[n, T, C, H, W], and sound,
    int16[n, T], come with the timesteps int64[n, S] of S segments; h is float32[n · S, H_DIM].
    """

    def __init__(self, objective: Objective, inputs: Inputs) -> None:
        super().__init__()
        self.objective = _used_parts(objective, inputs)

    def forward(self, data: Tensor, timesteps: Tensor | None = None) -> Tensor:
        """Return h of the samples."""
        if timesteps is None:
            timesteps = data.new_zeros((data.shape[0], 1), dtype=torch.int64)
        return self.objective.encode(data, timesteps)


def encoder_of(folder: Path, say: Say) -> tuple[RunNetwork, RunEncoder, Inputs]:
    """Return the network of a run, its encoder as a module, and examples of inputs. Raises ExportError."""
    network = read_network(folder, say)
    inputs = _examples(network)
    encoder = RunEncoder(network.objective, inputs).eval().requires_grad_(requires_grad=False)
    return network, encoder.to(memory_format=torch.contiguous_format), inputs


def code_around(
    code: str, network: RunNetwork, inputs: Inputs, file: str, needs: str, imports: list[str], array: str = ""
) -> str:
    """Return the Python code that computes h of samples by an exported encoder, without sslviz.

    Args:
        code: loads the encoder and calls it; in braces, ``file``, ``read``, ``arguments``, ``rows``, ``h_dim``.
        network: the network of the run.
        inputs: the examples that belong to it.
        file: name of the exported file.
        needs: the packages that load it.
        imports: lines that import these packages.
        array: what makes an input of the encoder of an array of NumPy; by default, a tensor of PyTorch.
    """
    shape, is_image = network.objective.sample_shape, network.modality == "image"
    read = READ[network.modality].format(
        array=array or "torch.from_numpy",
        shape=", ".join(map(str, shape)),
        length=shape[0],
        height=shape[-2] if is_image else 0,
        width=shape[-1],
    )
    packages = f"{needs}, numpy" + ", pillow" * is_image
    lines = [
        f"# h of {network.modality} samples by the encoder of {one_line(network.run, MAX_NAME)},",
        f"# {network.objective.title}, step {network.step:,}.",
        f"# Needs {packages}.",
        "import sys",
        "",
        "import numpy as np",
        *imports,
        *["from PIL import Image"] * is_image,
        "",
    ]
    arguments, rows = ", ".join(inputs.tensors), "n" if len(inputs.tensors) == 1 else "n · S"
    body = code.format(file=file, read=read, arguments=arguments, rows=rows, h_dim=network.h_dim(inputs.tensors))
    return "\n".join(lines) + "\n" + body


def _examples(network: RunNetwork) -> Inputs:
    shape = network.objective.sample_shape
    dtype = torch.int16 if network.modality == "sound" else torch.uint8
    tensors = {"data": torch.arange(EXAMPLES * torch.Size(shape).numel()).view(EXAMPLES, *shape).to(dtype)}
    sizes = {"data": {0: "n"}}
    if network.modality in {"video", "sound"}:
        tensors["timesteps"] = torch.full((EXAMPLES, 2), shape[0] - 1)
        sizes["timesteps"] = {0: "n", 1: "segments"}
    return Inputs(tensors, sizes)


def _used_parts(objective: Objective, inputs: Inputs) -> Objective:
    """Return a copy of an objective with only those modules that compute h, such as the encoder without the head."""
    used: dict[str, nn.Module | None] = {}
    hooks = [
        module.register_forward_hook(lambda *_, name=name, child=child: used.update({name: child}))
        for name, child in objective.named_children()
        for module in child.modules()
    ]
    with torch.no_grad():
        timesteps = inputs.tensors.get("timesteps", torch.zeros((EXAMPLES, 1), dtype=torch.int64))
        objective.encode(inputs.tensors["data"], timesteps)
    for hook in hooks:
        hook.remove()
    parts = copy.copy(objective)
    parts._modules = used
    return parts
