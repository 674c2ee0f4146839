"""A dock widget with the program's own title bar, which carries the controls of its panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sslviz.window.shell.keyboard import move_focus, move_in_row
from sslviz.window.style.buttons import IconButton, small_button
from sslviz.window.style.labels import ElidedLabel, label
from sslviz.window.style.sizes import sized
from sslviz.window.style.stylesheet import set_style_property

DETACH_OFFSET = 32
"""Distance in pixels, in x and y, by which a panel moves when it is detached."""


class Dock(QDockWidget):
    """Holds a panel or the settings form; it can be shown empty, before :meth:`fill` puts the content in."""

    offered_changed = Signal(bool)
    """bool: whether the user may show the dock."""
    chosen = Signal()
    """The user has brought the dock in front of those that share its place."""

    def __init__(self, name: str) -> None:
        super().__init__(name.replace("_", " ").capitalize())
        self.setObjectName(f"dock-{name}")
        self._title = _TitleBar(self)
        self.setTitleBarWidget(self._title)
        frame = QFrame()
        frame.setObjectName("dockBody")
        self._body = QVBoxLayout(frame)
        self._body.setContentsMargins(0, 0, 0, 0)
        self.setWidget(frame)
        self._offered = True
        self.view_action = QAction(self.windowTitle(), self)
        """Brings the dock forward or, if it is in front already, hides it; checked while the dock is in front."""
        self.view_action.setCheckable(True)
        self.view_action.triggered.connect(self._show_or_hide)
        self.visibilityChanged.connect(self.view_action.setChecked)
        self.windowTitleChanged.connect(self.view_action.setText)
        self.topLevelChanged.connect(self._outline)

    @property
    def offered(self) -> bool:
        """Whether the dock has anything to show; otherwise its entry in the menu View is disabled."""
        return self._offered

    def offer(self, *, on: bool) -> None:
        """Note whether the dock has anything to show, and accordingly enable or disable its entry in the menu View."""
        self._offered = on
        self.view_action.setEnabled(on)
        self.offered_changed.emit(on)

    @property
    def in_front(self) -> bool:
        """Whether the dock is visible, and not behind another one that shares its place."""
        return not self.isHidden() and not self.visibleRegion().isEmpty()

    def bring_forward(self) -> None:
        """Show the dock, in front of those that share its place."""
        self.show()
        self.raise_()

    def choose(self) -> None:
        """Bring the dock forward for the user, so that it stays in front of docks that come later."""
        self.bring_forward()
        self.chosen.emit()

    def _show_or_hide(self) -> None:
        if self.in_front:
            self.close()
        else:
            self.choose()
        self.view_action.setChecked(not self.isHidden())

    def fill(self, title: str, help_text: str, body: QWidget, controls: tuple[QWidget, ...] = ()) -> None:
        """Set title and help text, and put ``body`` into the dock and ``controls`` at the right of its title bar."""
        self.setWindowTitle(title)
        self._title.say(title, help_text, controls)
        self._body.addWidget(body)

    def describe(self, text: str, time: str = "") -> None:
        """Show a few words about the content beside the title, after those that say of which time it is."""
        self._title.describe(text, time)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._title.come_near(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._title.come_near(False)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward) if self.isFloating() else super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (self.isFloating() and move_in_row(self, event)):
            super().keyPressEvent(event)

    def float_or_not(self) -> None:
        """Detach the dock, and move it a little so that the user notices; if it is detached already, put it back."""
        self.setFloating(not self.isFloating())
        if self.isFloating():
            self.move(self.pos() + QPoint(DETACH_OFFSET, DETACH_OFFSET))

    def _outline(self, floats: bool) -> None:
        """Draw an outline around a dock while it is detached, since not every desktop gives it a frame."""
        for part in (self._title, self.widget()):
            set_style_property(part, "floats", "yes" if floats else "")


class _TitleBar(QFrame):
    """Holds the title of a dock, the controls of its panel, and the buttons that detach and close the dock."""

    def __init__(self, dock: Dock) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 6, 2)
        self._row.setSpacing(2)
        self._name = label(dock.windowTitle(), elided=True)
        sized(self._name.setMinimumWidth, 24)  # in a narrow window, the controls leave no room for the whole name
        self._row.addWidget(self._name)
        self._description = ElidedLabel()
        self._description.setProperty("role", "dim")
        self._description.setMinimumWidth(1)
        self._row.addWidget(self._description, 1)
        self._detach = small_button("float", "")
        self._detach.clicked.connect(dock.float_or_not)
        self._close = small_button("close", "")
        self._close.clicked.connect(dock.close)
        for button in (self._detach, self._close):
            button.shy = True
            self._row.addWidget(button)
        self.say(dock.windowTitle(), "", ())

    def come_near(self, near: bool) -> None:
        """Show the icons of the shy buttons, or hide them."""
        for button in self.findChildren(IconButton):
            button.come_near(near)

    def describe(self, text: str, time: str) -> None:
        """Show ``time`` and ``text`` after the title, elided where there is no room.

        The title gives way to ``time``, or if that has a comma, to the words before it.
        """
        least = time.partition(",")[0]
        self._description.setText("  ".join(filter(None, (time, text))))
        self._description.shorter = (time, least) if time else ()
        self._description.setMinimumWidth(max(1, self._description.fontMetrics().horizontalAdvance(least)))

    def say(self, title: str, help_text: str, controls: tuple[QWidget, ...]) -> None:
        """Set the title and the tool tip of the text in the title bar, and insert the controls before the buttons.

        The buttons are Detach and Close.
        """
        self._name.setText(title)
        self._name.setToolTip(help_text)
        self._description.setToolTip(help_text)
        for control in controls:
            self._row.insertWidget(self._row.count() - 2, control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._detach.set_tip(f"Detach {title} into a window of its own, or put it back")
        self._close.set_tip(f"Hide {title} (View brings it back)")
