"""The colour in which a verdict of the diagnosis is shown, in every panel alike."""

from __future__ import annotations

from typing import Literal

from sslviz.core.messages import Verdict

Tone = Literal["unclear", "well", "trouble"]


def tone(verdict: Verdict | None) -> Tone:
    """Return the value of the style sheet's property ``tone`` for a verdict."""
    if verdict is None:
        return "unclear"
    return "well" if verdict == "learning" else "trouble"
