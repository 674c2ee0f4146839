"""Runs checks of an installation, and describes their results."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from sslviz.core.plain_text import named_error


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check.

    ``text`` is one sentence that says what was found or what is wrong. ``required`` is False if sslviz works without
    the part that was checked.
    """

    name: str
    ok: bool
    text: str
    required: bool = True
    seconds: float = 0.0

    @property
    def line(self) -> str:
        """The result as a line of text that starts with a sign.

        The sign is ✓ for success, ✗ for failure, and – for failure of a part that is not required.
        """
        sign = "✓" if self.ok else "✗" if self.required else "–"
        duration = f" ({self.seconds:.1f} s)" if self.seconds else ""
        return f"{sign} {self.name}: {self.text}{duration}"


class CheckError(Exception):
    """A check has failed; the message says why."""


def checked(name: str, check: Callable[[], str]) -> Check:
    """Run the function ``check`` and return the result, which also holds the duration.

    The check has failed if the function raises an exception. The text of the result is what the function returns, or
    the message of a :class:`CheckError`. Of any other exception, it is the type and the first line of the message.
    ``name`` is the name of the check.
    """
    start = time.perf_counter()
    try:
        ok, text = True, check()
    except CheckError as error:
        ok, text = False, str(error)
    except Exception as error:
        ok, text = False, named_error(error)
    return Check(name=name, ok=ok, text=text, seconds=round(time.perf_counter() - start, 2))
