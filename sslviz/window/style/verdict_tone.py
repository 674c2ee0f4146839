"""In which tone a verdict is shown, wherever one is."""

from __future__ import annotations

from typing import Literal

from sslviz.core.messages import Verdict

Tone = Literal["unclear", "well", "trouble"]


def tone(verdict: Verdict | None) -> Tone:
    """The style sheet has a colour for each."""
    if verdict is None:
        return "unclear"
    return "well" if verdict == "learning" else "trouble"
