"""A dock in the program's clothes: a slim title with the panel's own controls, a rounded body."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label
from sslviz.window.style.stylesheet import set_style_property

AWAY = 32
"""px, of a panel that was made to float"""


class Dock(QDockWidget):
    """A place in the window, which is there at once; what it holds may come later (:meth:`fill`)."""

    offered_changed = Signal(bool)
    """Whether a person may show it."""

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
        self.topLevelChanged.connect(self._outline)

    @property
    def offered(self) -> bool:
        """Whether it has anything to show, so that a person may choose to see it."""
        return self._offered

    def offer(self, *, on: bool) -> None:
        """Let it be shown, or not."""
        self._offered = on
        self.toggleViewAction().setEnabled(on)
        self.offered_changed.emit(on)

    def fill(self, title: str, help_text: str, body: QWidget, controls: tuple[QWidget, ...] = ()) -> None:
        """Take in the one widget it holds; its title bar carries ``controls`` at the right."""
        self.setWindowTitle(title)
        self._title.say(title, help_text, controls)
        self._body.addWidget(body)

    def float_or_not(self) -> None:
        """Into a window of its own, a little off its place so that one sees what has happened; or back."""
        self.setFloating(not self.isFloating())
        if self.isFloating():
            self.move(self.pos() + QPoint(AWAY, AWAY))

    def _outline(self, floats: bool) -> None:
        """Not every desktop gives it a frame."""
        for part in (self._title, self.widget()):
            set_style_property(part, "floats", "yes" if floats else "")


class _TitleBar(QFrame):
    """Name, the panel's controls, float and close."""

    def __init__(self, dock: Dock) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        self.setFixedHeight(32)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 6, 2)
        self._row.setSpacing(2)
        self._name = label(dock.windowTitle(), elided=True)
        self._name.setMinimumWidth(24)  # in a narrow window the controls are more than the whole name
        self._row.addWidget(self._name)
        self._row.addStretch(1)
        self._floats = small_button("float", "")
        self._floats.clicked.connect(dock.float_or_not)
        self._closes = small_button("close", "")
        self._closes.clicked.connect(dock.close)
        self._row.addWidget(self._floats)
        self._row.addWidget(self._closes)
        self.say(dock.windowTitle(), "", ())

    def say(self, title: str, help_text: str, controls: tuple[QWidget, ...]) -> None:
        """Show name and help, and put the controls before the buttons that are always there."""
        self._name.setText(title)
        self._name.setToolTip(help_text)
        for control in controls:
            self._row.insertWidget(self._row.count() - 2, control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._floats.set_tip(f"Detach {title} into a window of its own, or put it back")
        self._closes.set_tip(f"Hide {title} (View brings it back)")
