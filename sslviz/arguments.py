"""Types of the arguments on the command line: functions that convert the text of an argument, or refuse it."""

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
