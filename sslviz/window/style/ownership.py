"""Ways to have Qt free widgets and layouts before Python's garbage collector takes them apart."""

from __future__ import annotations

from typing import TypeVar, cast

import shiboken6
from PySide6.QtWidgets import QBoxLayout, QWidget


class EndsWhole:
    """A widget that is destroyed by Qt, in Qt's order, before Python's garbage collector takes it apart.

    The collector lets PySide free what is in it part by part and in any order, and some parts of pyqtgraph's (a
    spacer, layouts of graphics) leave a pointer to nothing behind, which ends the process later.
    """

    def __del__(self) -> None:
        widget = cast("QWidget", self)
        if shiboken6.isValid(widget) and shiboken6.ownedByPython(widget):  # not a part of another, which ends it
            shiboken6.delete(widget)


Inner = TypeVar("Inner", bound=QBoxLayout)


def nested(layout: QBoxLayout, inner: Inner, stretch: int = 0) -> Inner:
    """Put an empty layout into another, to be filled afterwards.

    Not the other way round: PySide wraps every item of a layout that is added full, and its garbage collector may
    free the items before the layout that points at them, which ends the process.
    """
    layout.addLayout(inner, stretch)
    return inner
