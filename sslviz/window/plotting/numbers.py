"""Formats numbers as short text."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sslviz.core.entries import Form

PLACES: dict[Form, int] = {"share": 1, "small": 3, "number": 2, "large": 1}
"""Number of decimal places by form of a figure; for a share, decimal places of its percentage."""


def places_for(values: Iterable[float]) -> int:
    """Return how many decimal places the largest of the values needs for at least two significant digits.

    The largest is that of highest absolute value. The result is at most 9; it is 2 if no value is finite or if all
    finite values are zero.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return min(max(1 - math.floor(math.log10(largest)), 0), 9) if largest else 2


def short(value: float, places: int) -> str:
    """Return a number as text with ``places`` decimal places and no leading zero, such as ``.031``.

    Numbers from 1e6 on, by absolute value, are in scientific notation. A number that is not finite becomes a dash.
    """
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1e6:
        return f"{value:.1e}"
    text = f"{value:z.{places}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def written(value: float, form: Form) -> str:
    """Return a health figure as short text, formatted as ``form`` requires.

    The form "share" gives a percentage, such as 93.1%. The other forms give the number itself with more or fewer
    decimal places, see :data:`PLACES`; numbers from 1,000 on have none. With any form, numbers from 1e5 on and numbers
    that are not finite are written by :func:`figure` with ``digits`` = 2. All limits are for absolute values.
    """
    if not math.isfinite(value) or abs(value) >= 1e5:
        return figure(value, 2)
    if form == "share":
        return f"{value:.1%}"
    return f"{value:.{PLACES[form] if abs(value) < 1000 else 0}f}"


def figure(value: float, digits: int = 3) -> str:
    """Return a number as text with ``digits`` decimal places or, below 0.1, with ``digits`` significant digits.

    Numbers other than 0 that are smaller than 1e-4 or from 1e6 on, by absolute value, are in scientific notation with
    ``digits`` significant digits. A number that is not finite becomes "nan", "inf" or "-inf".
    """
    if not math.isfinite(value):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    small = value and abs(value) < 0.1
    return f"{value:.{digits - 1 - math.floor(math.log10(abs(value)))}f}" if small else f"{value:.{digits}f}"
