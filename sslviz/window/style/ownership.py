"""Ways to keep Python's garbage collector from freeing the parts of a widget in an order that crashes Qt."""

from __future__ import annotations

from typing import TypeVar, cast

import shiboken6
from PySide6.QtWidgets import QBoxLayout, QWidget


class DeletedByQt:
    """Mixin of widgets that Qt destroys as a whole before Python's garbage collector frees their parts.

    Without the mixin, the collector frees the parts one by one in any order. Some parts of pyqtgraph (a spacer,
    graphics layouts) then leave a dangling pointer behind, which crashes the process later.
    """

    def __del__(self) -> None:
        widget = cast("QWidget", self)
        if shiboken6.isValid(widget) and shiboken6.ownedByPython(widget):  # a child is destroyed by its parent
            shiboken6.delete(widget)


Inner = TypeVar("Inner", bound=QBoxLayout)


def nested(layout: QBoxLayout, inner: Inner, stretch: int = 0) -> Inner:
    """Add the empty layout ``inner`` to ``layout`` and return ``inner``, to be filled afterwards.

    ``inner`` must not be filled before it is added. Otherwise PySide wraps every item of ``inner`` in a Python object,
    and the garbage collector may free the items before the layout that points to them, which crashes the process.
    """
    layout.addLayout(inner, stretch)
    return inner
