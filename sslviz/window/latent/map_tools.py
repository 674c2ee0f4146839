"""The tools of the map: what a drag of the mouse does, and a button that shows the whole map."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslviz.window.latent.lasso import Shape
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.style.buttons import IconButton, small_button

DRAGS: dict[Shape | None, tuple[str, str, str]] = {
    None: ("move", "M", "A drag moves the map (M)"),
    "lasso": ("lasso", "L", "A drag draws around points to select them (L)"),
    "rectangle": ("rectangle", "R", "A drag selects the points in a rectangle (R)"),
}
"""Icon, key and tooltip of the tools for a drag, by the shape that the drag draws, or None if it moves the map."""
FIT = ("fit", "F", "Show the whole map (F, double click)")


class MapTools(QWidget):
    """A row of small buttons: three of which one is chosen, for what a drag does, and one that shows the whole map.

    The keys work while the focus is anywhere in ``area``.
    """

    drag_chosen = Signal(object)
    """Emitted with the shape that a drag draws from now on, or None if it moves the map."""
    fitted = Signal()
    """Emitted when the user wants to see the whole map."""

    def __init__(self, area: QWidget) -> None:
        super().__init__()
        self.setProperty(ON_SCREEN_ONLY, True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self.drags = {shape: self._add(area, *tool) for shape, tool in DRAGS.items()}
        for shape, button in self.drags.items():
            button.setCheckable(True)
            button.clicked.connect(partial(self._choose, shape))
        self.fit = self._add(area, *FIT)
        self.fit.clicked.connect(self.fitted)
        self.drags[None].setChecked(True)
        self.offer_fit(zoomed=False)

    def named(self) -> list[tuple[str, str, IconButton]]:
        """Return the name, the key and the button of each tool."""
        drags = [(*DRAGS[shape][:2], button) for shape, button in self.drags.items()]
        return [*drags, (*FIT[:2], self.fit)]

    def offer_fit(self, *, zoomed: bool) -> None:
        """Enable the button that shows the whole map if a part of it is ``zoomed``, else disable it.

        The focus, if the button has it, goes to the chosen tool, which does nothing when it is pressed once more.
        """
        if self.fit.hasFocus() and not zoomed:
            next(button for button in self.drags.values() if button.isChecked()).setFocus()
        self.fit.setEnabled(zoomed)

    def _add(self, area: QWidget, icon_name: str, key: str, tip: str) -> IconButton:
        button = small_button(icon_name, tip)
        shortcut = QShortcut(QKeySequence(key), area, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(button.click)
        self._row.addWidget(button)
        return button

    def _choose(self, chosen: Shape | None) -> None:
        for shape, button in self.drags.items():
            button.setChecked(shape == chosen)
        self.drag_chosen.emit(chosen)
