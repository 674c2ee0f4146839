"""A dock in the program's clothes: a slim title with the panel's own controls, a rounded body."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sslviz.window.widgets import label, small_button


class Dock(QDockWidget):
    """Holds one widget; its title bar carries ``controls`` at the right."""

    def __init__(self, name: str, title: str, help_text: str, body: QWidget, controls: tuple[QWidget, ...]) -> None:
        super().__init__(title)
        self.setObjectName(f"dock-{name}")
        self.setTitleBarWidget(_TitleBar(self, title, help_text, controls))
        frame = QFrame()
        frame.setObjectName("dockBody")
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(body)
        self.setWidget(frame)


class _TitleBar(QFrame):
    """Name, the panel's controls, float and close."""

    def __init__(self, dock: QDockWidget, title: str, help_text: str, controls: tuple[QWidget, ...]) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 2)
        self.setFixedHeight(32)
        row.setSpacing(2)
        name = label(title)
        name.setToolTip(help_text)
        row.addWidget(name)
        row.addStretch(1)
        for control in controls:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        floats = small_button("float", f"Detach {title} into a window of its own, or put it back")
        floats.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        closes = small_button("close", f"Hide {title} (View brings it back)")
        closes.clicked.connect(dock.close)
        row.addWidget(floats)
        row.addWidget(closes)
