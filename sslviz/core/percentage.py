"""Formats shares, such as accuracies and probabilities, as percentages."""

from __future__ import annotations

import math


def percent(share: float, places: int = 0) -> str:
    """Return a share as a percentage with ``places`` decimal places, such as ``83 %``; a dash if it is not finite."""
    return f"{100 * share:.{places}f} %" if math.isfinite(share) else "–"
