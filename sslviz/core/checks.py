"""One question to an installation, and its answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """``text`` is one sentence, of what was found or of what is wrong; ``required`` where nothing works without it."""

    name: str
    ok: bool
    text: str
    required: bool = True
    seconds: float = 0.0

    @property
    def line(self) -> str:
        """For people: ✓ well, ✗ broken, – missing and not needed."""
        sign = "✓" if self.ok else "✗" if self.required else "–"
        took = f" ({self.seconds:.1f} s)" if self.seconds else ""
        return f"{sign} {self.name}: {self.text}{took}"


class CheckError(Exception):
    """What was looked at is broken; the text says how."""


def checked(name: str, look: Callable[[], str]) -> Check:
    """Do it and measure; whatever it raises is the answer. ``look`` returns what was found."""
    began = time.perf_counter()
    try:
        ok, text = True, look()
    except CheckError as error:
        ok, text = False, str(error)
    except Exception as error:
        reason = next(iter(str(error).splitlines()), "")
        ok, text = False, f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    return Check(name=name, ok=ok, text=text, seconds=round(time.perf_counter() - began, 2))
