"""The tone (well, trouble or unclear) of a verdict, such as "learning"; the style sheet gives every tone a colour."""

from __future__ import annotations

from typing import Literal

from sslviz.core.messages import Verdict

Tone = Literal["unclear", "well", "trouble"]


def tone(verdict: Verdict | None) -> Tone:
    """Return the tone of a verdict, to be set as the property ``tone`` of widgets; ``unclear`` without a verdict."""
    if verdict is None:
        return "unclear"
    return "well" if verdict == "learning" else "trouble"
