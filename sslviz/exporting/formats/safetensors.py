"""``.safetensors``: the weights of the encoder alone, with code in the metadata that builds the network around them."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save

from sslviz import __version__
from sslviz.exporting.encoder import code_around, encoder_of
from sslviz.exporting.result import Exported, ExportError, Say
from sslviz.learning.encoder import ImageEncoder

CODE = """\
{network}
encoder.load_state_dict(load_file({{file}}))
encoder.eval()
{{read}}
with torch.no_grad():
    h = encoder({inputs})  # float32[n, {{h_dim}}]
"""


def export(folder: Path, file: str, say: Say) -> Exported:
    """Return the weights of a run's encoder; ``file``: name of the file.

    Raises:
        ExportError: the encoder cannot be read, or has no code that builds it without sslviz.
    """
    network, _, images = encoder_of(folder, say)
    encoder = getattr(network.objective, "encoder", None)
    if not isinstance(encoder, ImageEncoder) or (builds := encoder.code) is None:
        text = "This encoder cannot be built without sslviz, so that its weights alone are of no use."
        raise ExportError(f"{text} Export it as encoder.pt2, which holds its computation too.")
    imports = [*builds.imports, "from safetensors.torch import load_file"]
    code = code_around(
        CODE.format(network=builds.text, inputs=builds.inputs), network, images, file, builds.needs, imports
    )
    weights = {name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
    facts = {"code": code, "method": network.objective.name, "step": str(network.step), "sslviz": __version__}
    return Exported(save(weights, {"format": "pt", **facts}), code)
