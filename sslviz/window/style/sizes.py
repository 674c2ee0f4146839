"""Sizes that grow with the text: the program's own sizes are in pixels at the usual text size, that of 100 %.

What a widget paints itself is enlarged as a whole, see :class:`~sslviz.window.plotting.painting.PaintedWidget`; the
style sheet is enlarged when it is applied. All other sizes pass through the functions of this module.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont

from sslviz.window.style.theme import theme


def px(size: float) -> int:
    """Return ``size``, in pixels at the usual text size, in pixels at the present text size, rounded up."""
    return math.ceil(size * theme().scale)


def enlarged(font: QFont) -> QFont:
    """Return a font, whose size is that at the usual text size, with its size at the present text size."""
    result = QFont(font)
    result.setPixelSize(round(font.pixelSize() * theme().scale))
    return result


def sized(setter: Callable[..., object], *sizes: float) -> None:
    """Call a method of a Qt object, such as ``widget.setFixedWidth``, with sizes that grow with the text.

    ``sizes`` are in pixels at the usual text size. The method is called now and at each change of the text size. To be
    used once for a method of an object, and only for sizes that stay the same otherwise.
    """
    owner = getattr(setter, "__self__")  # noqa: B009  Qt's methods have it, but their stubs do not say so
    _Sizer(owner, setter.__name__, sizes)


class _Sizer(QObject):
    """Calls the method ``name`` of its parent; it keeps no reference to the method, which would keep the parent."""

    def __init__(self, owner: QObject, name: str, sizes: tuple[float, ...]) -> None:
        super().__init__(owner)
        self._name, self._sizes = name, sizes
        theme().changed.connect(self._apply)
        self._apply()

    def _apply(self) -> None:
        getattr(self.parent(), self._name)(*map(px, self._sizes))
