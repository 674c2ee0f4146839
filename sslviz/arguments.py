"""Types of the arguments on the command line, which convert the text of an argument or refuse it; common flags."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path


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


def add_plug_ins(command: argparse.ArgumentParser) -> None:
    """Add the flag that names files of the user's own, whose code may be run."""
    command.add_argument(
        "--plugin",
        metavar="FILE.py",
        action="append",
        default=argparse.SUPPRESS,  # so that it may stand before or after the command
        dest="plug_ins",
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
    if "plug_ins" in parsed or any(".py:" in assignment for assignment in assignments):
        from sslviz.core.plug_ins import name_plug_ins, with_named_encoder

        name_plug_ins(getattr(parsed, "plug_ins", []))
        if assignments:
            parsed.assignments = with_named_encoder(assignments)
