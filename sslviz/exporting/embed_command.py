"""The command ``sslviz embed``: writes vectors of samples by the network of a run, with labels and places on a map."""

from __future__ import annotations

import argparse
from importlib import import_module

from sslviz import arguments
from sslviz.exporting.result import Exported, Say
from sslviz.exporting.writing import write_export

TABLES = {".npz": "npz", ".csv": "csv", ".parquet": "parquet"}
"""Modules in :mod:`sslviz.exporting.tables`, by the ending of the file."""


def add_flags(embed: argparse.ArgumentParser) -> None:
    """Add the flags of the command to its parser."""
    embed.add_argument("source", metavar="RUN", type=arguments.path, help="the run folder")
    embed.add_argument(
        "--data",
        metavar="NAME|PATH",
        help="the samples: a data set, a folder or a file; by default those on the map of the run",
    )
    embed.add_argument(
        "--out",
        metavar="FILE",
        type=arguments.path,
        required=True,
        help="the table, .npz, .csv or .parquet: samples, labels, h, and x and y on the map",
    )
    embed.add_argument("--force", action="store_true", help="replace FILE if it exists")


def run(parsed: argparse.Namespace) -> int:
    """Run the command with the parsed flags, and return its exit code."""

    def export(module: str, say: Say) -> Exported:
        from sslviz.exporting.table import table_of_data, table_of_map

        encoded = import_module(f"sslviz.exporting.tables.{module}").encoded
        source = parsed.source
        table = table_of_map(source, say) if parsed.data is None else table_of_data(source, parsed.data, say)
        say("Writing the table", None)
        return Exported(encoded(table))

    return write_export(parsed.out, TABLES, export, force=parsed.force)
