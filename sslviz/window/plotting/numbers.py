"""Figures as they are written: as many digits as tell them apart, and no more."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sslviz.core.entries import Form

PLACES: dict[Form, int] = {"share": 1, "small": 3, "number": 2, "large": 1}
"""decimals of a figure, of those in percent too"""


def places_for(values: Iterable[float]) -> int:
    """Decimal places at which the largest of some numbers has two digits that count, none finite: two places."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return min(max(1 - math.floor(math.log10(largest)), 0), 9) if largest else 2


def short(value: float, places: int) -> str:
    """A number in little room: ``.031``, without the zero that says nothing; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1e6:
        return f"{value:.1e}"
    text = f"{value:z.{places}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def written(value: float, form: Form) -> str:
    """A diagnostic's figure: as short as it can be told apart, and never longer than its place."""
    if not math.isfinite(value) or abs(value) >= 1e5:
        return figure(value, 2)
    if form == "share":
        return f"{value:.1%}"
    return f"{value:.{PLACES[form] if abs(value) < 1000 else 0}f}"


def figure(value: float, digits: int = 3) -> str:
    """A number of unknown size: so many decimal places, or where it is small so many digits that count."""
    if not math.isfinite(value):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    small = value and abs(value) < 0.1
    return f"{value:.{digits - 1 - math.floor(math.log10(abs(value)))}f}" if small else f"{value:.{digits}f}"
