"""Types of the arguments on the command line, which convert the text of an argument or refuse it; common flags."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

PLUG_INS, PLUG_INS_BEFORE = "plug_ins", "plug_ins_before"
"""Attributes of the parsed flags with the plug-ins that are named after a command, and before one or without any."""


def path(text: str) -> Path:
    """Return the path that ``text`` names, see :func:`~sslviz.core.folders.named_path`."""
    from sslviz.core.folders import named_path

    try:
        return named_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def steps(text: str) -> int:
    """Return a number of steps, at least 1."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"takes a whole number from 1; {text!r} was given")
    return int(text)


def seconds(text: str) -> float:
    """Return a time in seconds, above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"takes a number above 0; {text!r} was given")
    return number


def size(text: str) -> tuple[int, int]:
    """Return width and height in pixels."""
    match = re.fullmatch(r"([0-9]{2,5})x([0-9]{2,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"takes width and height in pixels such as 1600x1000; {text!r} was given")
    return int(match[1]), int(match[2])


def add_plug_ins(command: argparse.ArgumentParser, dest: str = PLUG_INS) -> None:
    """Add the flag that names files of the user's own, whose code may be run.

    ``dest``: the attribute of the parsed flags, :data:`PLUG_INS_BEFORE` for the parser that has the commands. With one
    attribute for both, argparse would replace the files before a command by those after it.
    """
    command.add_argument(
        "--plugin",
        metavar="FILE.py",
        action="append",
        default=[],
        dest=dest,
        help="run this file of yours, which registers objectives, data sets, encoders or panels; or, as FILE.py:name, "
        "offer the encoder that this function in it gives; may be repeated",
    )


def add_assignments(command: argparse.ArgumentParser, what: str) -> None:
    """Add ``--set key=value``; ``what`` is the help, such as "set any setting"."""
    command.add_argument(
        "--set", metavar="key=value", action="append", default=[], dest="assignments", help=f"{what}; may be repeated"
    )


def name_plug_ins(parsed: argparse.Namespace) -> None:
    """Note the plug-ins that the parsed flags name; an encoder of the user's own is named by its setting.

    Raises:
        SettingError: there is no such file.
    """
    assignments = getattr(parsed, "assignments", [])
    named = [text for dest in (PLUG_INS_BEFORE, PLUG_INS) for text in getattr(parsed, dest, [])]
    if named or any(".py:" in assignment for assignment in assignments):
        from sslviz.core.plug_ins import name_plug_ins, with_named_encoder

        name_plug_ins(named)
        if assignments:
            parsed.assignments = with_named_encoder(assignments)
