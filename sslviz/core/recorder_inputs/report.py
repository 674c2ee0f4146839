"""How the conversion of inputs reports what it leaves out."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str], None]
"""Called with a sentence ``WHAT: REASON``, for example "The images are left out: they are [4, 5]"."""


def ignore(_: str) -> None:
    """Ignore the sentence; callers that need no reports pass this function as the :data:`Report`."""
