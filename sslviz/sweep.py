"""The command ``sslviz sweep``: trains with several settings and seeds, and says how they compare."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz import arguments
from sslviz.core.sweep import SweepError

if TYPE_CHECKING:
    from sslviz.core.entries import Catalogue
    from sslviz.core.sweep.plan import Sweep

USAGE = "sslviz sweep takes a PRESET and --vary key=value,…; with --out DIR alone, it continues the sweep in DIR."
DEFAULT_SEEDS = "0,1,2"
DEFAULT_S = 60.0
"""Default length of each run, in seconds."""


def add_flags(sweep: argparse.ArgumentParser) -> None:
    """Add the flags of the command to its parser."""
    sweep.add_argument("preset", metavar="PRESET", nargs="?", help="settings to start from")
    sweep.add_argument(
        "--vary",
        metavar="key=value,…",
        action="append",
        default=[],
        help="the values of a setting; if repeated, all combinations are trained",
    )
    sweep.add_argument("--seeds", metavar="N,…", help=f"the seeds of each combination; {DEFAULT_SEEDS} by default")
    arguments.add_assignments(sweep, "set any setting of all runs")
    limit = sweep.add_mutually_exclusive_group()
    limit.add_argument("--steps", metavar="N", type=arguments.steps, help="length of each run in optimiser steps")
    limit.add_argument(
        "--seconds",
        metavar="S",
        type=arguments.seconds,
        help=f"length of each run in seconds; {DEFAULT_S:g} by default",
    )
    sweep.add_argument(
        "--out", metavar="DIR", type=arguments.path, help="folder of the sweep; alone, it continues that sweep"
    )
    sweep.add_argument("--json", action="store_true", help="print one line of JSON on standard output at the end")
    sweep.add_argument("--end-with-input", action="store_true", help=argparse.SUPPRESS)  # as the window needs it


def run(parsed: argparse.Namespace) -> int:
    """Run the command with the parsed flags, and return its exit code.

    Raises:
        SettingError: a key or a value is invalid, this machine lacks a device, or a sweep that was begun needs plug-ins
            that are not named.
        SweepError: the folder holds something else, or cannot be written.
    """
    from sslviz.core.plug_ins import check_named
    from sslviz.core.sweep.folder import sweep_to_continue

    folder = _folder(parsed).absolute()
    begun = sweep_to_continue(folder)
    if begun is not None:
        for run_folder in sorted(path.parent for path in folder.glob("*/environment.json")):
            check_named(run_folder)
    if begun is None and parsed.preset is None:
        raise SweepError(f"{folder} holds no sweep that could be continued. {USAGE}")
    from sslviz.engine.serving.sweep import train_sweep
    from sslviz.engine.training.catalogue import build_catalogue

    catalogue = build_catalogue()
    sweep = begun if parsed.preset is None else _planned(parsed, catalogue)
    if begun is not None and begun != sweep:
        raise SweepError(f"{folder} holds another sweep: {begun.text}. Choose another folder.")
    assert sweep is not None
    return train_sweep(folder, sweep, catalogue, parsed.json)


def _folder(parsed: argparse.Namespace) -> Path:
    """Return the folder of the sweep. Raises SweepError if the flags neither describe a sweep nor continue one."""
    from sslviz.core.folders import runs_folder
    from sslviz.core.presets import preset_named
    from sslviz.core.run_folder import new_run_path

    described = any((parsed.vary, parsed.assignments, parsed.seeds, parsed.steps, parsed.seconds))
    folder: Path | None = parsed.out
    if parsed.preset is None:
        if folder is None or described:
            raise SweepError(USAGE)
        return folder
    if not parsed.vary:
        raise SweepError(USAGE)
    preset_named(parsed.preset)
    return folder or new_run_path(runs_folder(), f"{parsed.preset}-sweep")


def _planned(parsed: argparse.Namespace, catalogue: Catalogue) -> Sweep:
    """Return the plan that the flags describe."""
    from sslviz.core.sweep.plan import plan_sweep

    seconds = parsed.seconds or (DEFAULT_S if parsed.steps is None else None)
    given = (parsed.preset, parsed.vary, DEFAULT_SEEDS if parsed.seeds is None else parsed.seeds, parsed.assignments)
    return plan_sweep(catalogue, *given, steps=parsed.steps, seconds=seconds)
