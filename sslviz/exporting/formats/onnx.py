"""``.onnx``: the encoder for other runtimes, such as ONNX Runtime; needs the extra ``onnx``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch

from sslviz.exporting.encoder import code_around, encoder_of
from sslviz.exporting.formats.pt2 import exported_program
from sslviz.exporting.result import Exported, ExportError, Say

PACKAGES = ("onnx", "onnxscript")
CODE = """\
encoder = onnxruntime.InferenceSession({file})
{read}
(h,) = encoder.run(None, {{encoder.get_inputs()[0].name: data}})  # float32[n, {h_dim}]
"""


def export(folder: Path, file: str, say: Say) -> Exported:
    """Return the encoder of a run as an ONNX model; ``file``: name of the file. Raises ExportError."""
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise ExportError(f"ONNX needs {' and '.join(missing)}: pip install 'sslviz[onnx]'.")
    network, encoder, images = encoder_of(folder, say)
    code = code_around(CODE, network, images, file, "onnxruntime", ["import onnxruntime"], "np.ascontiguousarray")
    program = torch.onnx.export(exported_program(encoder, images, say), dynamo=True, verbose=False)
    assert program is not None
    return Exported(program.model_proto.SerializeToString(), code)
