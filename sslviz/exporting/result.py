"""What an export gives, why one fails, and how it tells how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

Say = Callable[[str, float | None], None]
"""Called with a description of the work and the fraction done, None if it is unknown."""
STEP = 0.1
"""Fraction of the work after which the progress is printed again."""


class ExportError(Exception):
    """Something cannot be exported; the message is one sentence for the user."""


class Exported(NamedTuple):
    """The content of an exported file, and Python code that shows how to use it; empty if it needs none."""

    data: bytes
    code: str = ""


class Progress:
    """Prints on standard error what is being done, and how far it is, line by line."""

    def __init__(self) -> None:
        self._text, self._fraction = "", 0.0

    def __call__(self, text: str, fraction: float | None = None) -> None:
        """Print ``text`` and ``fraction`` if the text is new, or the fraction has grown by :data:`STEP`."""
        if text == self._text and (fraction is None or fraction - self._fraction < STEP):
            return
        self._text, self._fraction = text, fraction or 0.0
        share = f" {fraction:.0%}" if fraction else ""
        sys.stderr.write(f"{text} …{share}\n")
