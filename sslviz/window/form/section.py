"""A section of the settings form: a heading, and rows that can be folded away."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from superqt import QCollapsible

from sslviz.window.style.icons import ICON_PX, icon
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme


class Section(QCollapsible):
    """A heading that folds and unfolds the rows below the heading; a new section is folded."""

    def __init__(self, title: str) -> None:
        super().__init__(title, expandedIcon=_icon("unfolded"), collapsedIcon=_icon("folded"))
        self.setDuration(0)
        outer, inner = self.layout(), self.content().layout()
        assert outer is not None
        assert inner is not None
        outer.setContentsMargins(0, 0, 0, 0)
        inner.setContentsMargins(4, 0, 0, 8)
        inner.setSpacing(2)
        button = self.toggleButton()
        button.setObjectName("section")
        button.setStyleSheet("")  # superqt's own style would hide the focus frame
        button.setAccessibleName(f"Section {title}")
        button.setToolTip(f"Fold or unfold {title}")
        self.content().setVisible(False)
        self.toggled.connect(self.content().setVisible)  # so that the Tab key skips folded rows
        theme().changed.connect(self._apply_theme)
        self._size_icon()

    def _apply_theme(self) -> None:
        self.setExpandedIcon(_icon("unfolded"))
        self.setCollapsedIcon(_icon("folded"))
        self._size_icon()
        if self.isExpanded():  # superqt had limited the height to that of the rows at the earlier text size
            self.content().setMaximumHeight(self.maximumHeight())

    def _size_icon(self) -> None:
        self.toggleButton().setIconSize(QSize(px(ICON_PX), px(ICON_PX)))


def _icon(name: str) -> QIcon:
    return icon(name, theme().palette.dim, px(ICON_PX))
