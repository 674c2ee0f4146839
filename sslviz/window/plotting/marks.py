"""Marks on curves where a setting was changed, those of one drag of a slider joined."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sslviz.core.messages import Mark

SAME_DRAG = 40
"""Changes of one setting closer than this many steps are one drag of a slider, and one mark."""
ARROW, AND = " → ", ", "


def merged(marks: Sequence[Mark]) -> list[Mark]:
    """Marks with the changes of one drag joined: where it began, with what it began with and what it ended with."""
    joined: list[Mark] = []
    ended = 0
    for mark in marks:
        last = joined[-1] if joined else None
        if last is None or last.changes.keys() != mark.changes.keys() or mark.step - ended > SAME_DRAG:
            joined.append(mark)
        else:
            changes = {key: (last.changes[key][0], after) for key, (_, after) in mark.changes.items()}
            text, warning = _joined_text(last.text, mark.text), mark.warning or last.warning
            joined[-1] = msgspec.structs.replace(last, changes=changes, text=text, warning=warning)
        ended = mark.step
    return joined


def _joined_text(first: str, last: str) -> str:
    """``Colour 1 → 0.7`` and ``Colour 0.7 → 0`` is ``Colour 1 → 0``; the same for several settings at once.

    Between two arrows stands a value, a comma, and the next name; a name may have commas of its own, a value has none.
    """
    befores = [part.partition(AND)[2] if index else part for index, part in enumerate(first.split(ARROW)[:-1])]
    afters = [part.partition(AND)[0] for part in last.split(ARROW)[1:]]
    return AND.join(f"{before}{ARROW}{after}" for before, after in zip(befores, afters, strict=False))
