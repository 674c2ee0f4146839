"""The tone of a verdict of the diagnosis, from which the style sheet takes the verdict's colour in every panel."""

from __future__ import annotations

from typing import Literal

from sslviz.core.messages import Verdict

Tone = Literal["unclear", "well", "trouble"]


def tone(verdict: Verdict | None) -> Tone:
    """Return the tone of a verdict, to be set as the property ``tone`` of widgets; ``unclear`` without a verdict."""
    if verdict is None:
        return "unclear"
    return "well" if verdict == "learning" else "trouble"
