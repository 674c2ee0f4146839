"""Turns the verdict on a run into a tone, by which the style sheet chooses the style of a widget.

A verdict is the result of the diagnosis of a run, such as "learning" or "complete_collapse". The tones are "well",
"trouble" and "unclear".
"""

from __future__ import annotations

from typing import Literal

from sslviz.core.messages import Verdict

Tone = Literal["unclear", "well", "trouble"]


def tone(verdict: Verdict | None) -> Tone:
    """Return the tone of a verdict, for the property ``tone`` of widgets; "unclear" if there is no verdict."""
    if verdict is None:
        return "unclear"
    return "well" if verdict == "learning" else "trouble"
