"""``.pt2``: the encoder with its computation, which PyTorch alone can run (``torch.export``)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import torch
from torch.export import Dim, ExportedProgram, save
from torch.export import export as traced

from sslviz.exporting.encoder import Inputs, RunEncoder, code_around, encoder_of
from sslviz.exporting.result import Exported, Say

CODE = """\
encoder = torch.export.load("{file}").module()
{read}
h = encoder({arguments})  # float32[{rows}, {h_dim}]
"""


def export(folder: Path, file: str, say: Say) -> Exported:
    """Return the encoder of a run as an exported program; ``file``: name of the file. Raises ExportError."""
    network, encoder, inputs = encoder_of(folder, say)
    code = code_around(CODE, network, inputs, file, "torch", ["import torch"])
    data = BytesIO()
    save(exported_program(encoder, inputs, say), data, extra_files={"code.py": code})
    return Exported(data.getvalue(), code)


def exported_program(encoder: RunEncoder, inputs: Inputs, say: Say) -> ExportedProgram:
    """Return the computation of an encoder, for any number of samples."""
    say("Recording the computation", None)
    names = dict.fromkeys(name for each in inputs.sizes.values() for name in each.values())
    sizes = {name: Dim(name) for name in names}
    dynamic = {key: {dim: sizes[name] for dim, name in each.items()} for key, each in inputs.sizes.items()}
    with torch.no_grad():
        return traced(encoder, tuple(inputs.tensors.values()), dynamic_shapes=dynamic)
