"""``.pt2``: the encoder with its computation, which PyTorch alone can run (``torch.export``)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram, save
from torch.export import export as traced

from sslviz.exporting.encoder import RunEncoder, code_around, encoder_of
from sslviz.exporting.result import Exported, Say

CODE = """\
encoder = torch.export.load({file}).module()
{read}
h = encoder(data)  # float32[n, {h_dim}]
"""


def export(folder: Path, file: str, say: Say) -> Exported:
    """Return the encoder of a run as an exported program; ``file``: name of the file. Raises ExportError."""
    network, encoder, images = encoder_of(folder, say)
    code = code_around(CODE, network, images, file, "torch", ["import torch"])
    data = BytesIO()
    save(exported_program(encoder, images, say), data, extra_files={"code.py": code})
    return Exported(data.getvalue(), code)


def exported_program(encoder: RunEncoder, images: Tensor, say: Say) -> ExportedProgram:
    """Return the computation of an encoder, for any number of images; ``images``: examples."""
    say("Recording the computation", None)
    with torch.no_grad():
        return traced(encoder, (images,), dynamic_shapes={"data": {0: Dim("n")}})
