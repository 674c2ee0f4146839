"""The command ``sslviz export``: writes the encoder of a run, a picture of its map, or a report."""

from __future__ import annotations

import argparse
from importlib import import_module

from sslviz import arguments
from sslviz.exporting.result import Exported, Say
from sslviz.exporting.writing import write_export

FORMATS = {
    ".pt2": "pt2",
    ".safetensors": "safetensors",
    ".onnx": "onnx",
    ".png": "map_picture",
    ".html": "report",
}
"""Modules in :mod:`sslviz.exporting.formats`, by the ending of the file."""
HELP = """\
FILE ends in one of:

  .pt2          the encoder with its computation; torch.export.load reads it
  .safetensors  the weights of the encoder, with code that builds it
  .onnx         the encoder for other runtimes; needs sslviz[onnx]
  .png          the latent map of the last step
  .html         a report in one file that any browser shows without a network

Beside an encoder, FILE.py shows how to use it without sslviz."""


def add_flags(export: argparse.ArgumentParser) -> None:
    """Add the flags of the command to its parser."""
    export.formatter_class = argparse.RawDescriptionHelpFormatter
    export.epilog = HELP
    export.add_argument("source", metavar="RUN", type=arguments.path, help="the run folder")
    export.add_argument("--to", metavar="FILE", type=arguments.path, required=True, help="such as encoder.pt2")
    export.add_argument("--force", action="store_true", help="replace FILE if it exists")


def run(parsed: argparse.Namespace) -> int:
    """Run the command with the parsed flags, and return its exit code."""
    source, out = parsed.source, parsed.to

    def export(module: str, say: Say) -> Exported:
        exported: Exported = import_module(f"sslviz.exporting.formats.{module}").export(source, out.name, say)
        return exported

    return write_export(out, FORMATS, export, force=parsed.force)
