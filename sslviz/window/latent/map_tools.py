"""The tools of the map: what a drag does, a button that shows the whole map, and one that shows pictures."""

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
PICTURES = ("pictures", "P", "Points as small pictures or words at any zoom (P)")
NO_PICTURES = "There are neither pictures nor texts of the samples"


class MapTools(QWidget):
    """A row of small buttons: three of which one is chosen, for what a drag does, and one each for fit and pictures.

    The keys work while the focus is anywhere in ``area``.
    """

    drag_chosen = Signal(object)
    """Emitted with the shape that a drag draws from now on, or None if it moves the map."""
    fitted = Signal()
    """Emitted when the user wants to see the whole map."""
    pictures_switched = Signal(bool)
    """Emitted with True if the points shall be pictures at any zoom, and with False if no longer."""

    def __init__(self, area: QWidget) -> None:
        super().__init__()
        self.setObjectName("mapTools")  # its buttons are narrow, so that the map fits into the smallest window
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
        self.pictures = self._add(area, *PICTURES)
        self.pictures.setCheckable(True)
        self.pictures.toggled.connect(self.pictures_switched)
        self.drags[None].setChecked(True)
        self.offer_fit(zoomed=False)
        self.offer_pictures(available=False)

    def named(self) -> list[tuple[str, str, IconButton]]:
        """Return the name, the key and the button of each tool."""
        drags = [(*DRAGS[shape][:2], button) for shape, button in self.drags.items()]
        return [*drags, (*FIT[:2], self.fit), (*PICTURES[:2], self.pictures)]

    def offer_fit(self, *, zoomed: bool) -> None:
        """Enable the button that shows the whole map if a part of it is ``zoomed``, else disable it."""
        self._enable(self.fit, zoomed)

    def offer_pictures(self, *, available: bool) -> None:
        """Enable the button that shows pictures or words if these are ``available``, else disable it."""
        self.pictures.set_tip(PICTURES[-1] if available else NO_PICTURES)
        self._enable(self.pictures, available)

    def _enable(self, button: IconButton, enabled: bool) -> None:
        """Enable or disable a button; the focus, if a disabled button has it, goes to the chosen tool for a drag.

        That tool does nothing when it is pressed once more.
        """
        if button.hasFocus() and not enabled:
            next(each for each in self.drags.values() if each.isChecked()).setFocus()
        button.setEnabled(enabled)

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
