"""Marks on curves at steps at which settings were changed; the marks of one drag of a slider become one mark."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sslviz.core.messages import Mark

SAME_DRAG = 40
"""Maximum number of steps between two changes of the same settings that count as one drag of a slider."""


def merged(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks in order, with all marks that belong to one drag of a slider merged into one mark.

    A mark belongs to the same drag as the previous mark if it changes the same settings and is at most
    :data:`SAME_DRAG` steps later. The merged mark is at the step of the first mark of the drag. For each setting, it
    has the value before the drag and the value after it.
    """
    result: list[Mark] = []
    for index, mark in enumerate(marks):
        if index and _same_drag(marks[index - 1], mark):
            result[-1] = _merge(result[-1], mark)
        else:
            result.append(mark)
    return result


def last_drag(marks: Sequence[Mark]) -> Mark | None:
    """Return the last of the :func:`merged` marks, without merging those before it; None if there are no marks."""
    if not marks:
        return None
    first = len(marks) - 1
    while first and _same_drag(marks[first - 1], marks[first]):
        first -= 1
    return merged(marks[first:])[0]


def _same_drag(before: Mark, mark: Mark) -> bool:
    return _keys(before) == _keys(mark) and mark.step - before.step <= SAME_DRAG


def _keys(mark: Mark) -> set[str]:
    return {change.key for change in mark.changes}


def _merge(first: Mark, last: Mark) -> Mark:
    after = {change.key: change.after for change in last.changes}
    changes = tuple(msgspec.structs.replace(change, after=after[change.key]) for change in first.changes)
    return msgspec.structs.replace(first, changes=changes, warning=last.warning or first.warning)
