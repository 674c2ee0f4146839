"""Small shared widgets: icons in the theme's colour, flat buttons, labels, the card beside the mouse."""

from __future__ import annotations

from typing import TypeVar, cast

import shiboken6
from PySide6.QtCore import QByteArray, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFontMetrics, QHideEvent, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sslviz.core.resources import resources
from sslviz.window.style.theme import number_font, theme

SLIDER_LEAST, SLIDER_WIDTH, SLIDER_WIDEST, STEP_PX = 36, 48, 120, 6
"""px, in a title bar: squeezed, of few steps, of very many; and of one step, where there are many"""
FRAME_MS = 120
"""a frame of a clip under the mouse"""


def icon(name: str, colour: str) -> QIcon:
    """``resources/icons/NAME.svg`` in one colour, crisp at one and two device pixels."""
    source = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("#000", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    result = QIcon()
    for scale in (1, 2):
        pixmap = QPixmap(QSize(16, 16) * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        result.addPixmap(pixmap)
    return result


class IconButton(QToolButton):
    """A tool button whose icon follows the theme."""

    def __init__(self, icon_name: str, tip: str, *, role: str = "text") -> None:
        super().__init__()
        self.icon_name = icon_name
        self._role = role
        self.explain(tip)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme().changed.connect(self.draw_icon)
        self.draw_icon()

    def explain(self, tip: str) -> None:
        """Set the tooltip, and the accessible name, which is its beginning."""
        self.setToolTip(tip)
        self.setAccessibleName(tip.split(" (", maxsplit=1)[0].split(".", maxsplit=1)[0])

    def draw_icon(self) -> None:
        """Draw the icon in the theme's colour."""
        palette = theme().palette
        normal = icon(self.icon_name, getattr(palette, self._role))
        faded = icon(self.icon_name, palette.reference)
        normal.addPixmap(faded.pixmap(16, 16), QIcon.Mode.Disabled)
        self.setIcon(normal)


def small_button(icon_name: str, tip: str) -> IconButton:
    """For title bars."""
    button = IconButton(icon_name, tip, role="dim")
    button.setObjectName("small")
    button.setIconSize(QSize(14, 14))
    return button


def small_action(text: str, tip: str) -> QToolButton:
    """A button with a word on it, for title bars."""
    button = QToolButton()
    button.setObjectName("small")
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def small_toggle(text: str, tip: str, *, checked: bool = False) -> QToolButton:
    """A switch with a word on it, for title bars."""
    button = small_action(text, tip)
    button.setCheckable(True)
    button.setChecked(checked)
    return button


def hide_in_place(control: QWidget) -> None:
    """Until it is offered; its room is left free, so that nothing else comes to lie under a mouse that clicks twice."""
    control.hide()
    policy = control.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    control.setSizePolicy(policy)


def offer(control: QWidget, *, offered: bool) -> None:
    """Show a control of a title bar, or take it away; one that stands in no title bar would be a window of its own."""
    if control.parentWidget() is not None or not offered:
        control.setVisible(offered)


def dress(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet asks for, and take its style at once."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


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


class ElidedLabel(QLabel):
    """As much of a line as there is room for. (superqt's keeps the width of what it has once been cut to.)"""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, place = QPainter(self), self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def label(text: str = "", role: str = "", *, numbers: bool = False, elided: bool = False) -> QLabel:
    """A label that shows its text as it is, whatever is in it."""
    result = ElidedLabel(text) if elided else QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if numbers:
        result.setFont(number_font())
    return result


def readout() -> QLabel:
    """A line over a plot, at its right: what is pointed at, or how things stand. It never makes its panel wider."""
    line = label(role="small", numbers=True)
    line.setAlignment(Qt.AlignmentFlag.AlignRight)
    line.setMinimumWidth(1)
    return line


class _ShortSlider(QSlider):
    """As wide as is wanted, where there is room."""

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        self.wanted = SLIDER_WIDTH
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self.wanted, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(SLIDER_LEAST, super().minimumSizeHint().height())


class StepSlider(QWidget):
    """A short slider over whole steps with its value beside it, for title bars."""

    changed = Signal(int)

    def __init__(self, name: str, tip: str, form: str = "t+{}") -> None:
        super().__init__()
        self._form = form
        self.slider = _ShortSlider(Qt.Orientation.Horizontal)
        self.slider.setPageStep(1)
        self.slider.setRange(1, 1)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setAccessibleName(name)
        self.slider.setToolTip(tip)
        self._value = label(role="small", numbers=True)
        self._value.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(self.slider)
        row.addWidget(self._value)
        self.slider.valueChanged.connect(self._say)
        self.slider.valueChanged.connect(self.changed)
        self._say(1)

    def value(self) -> int:
        """The step chosen."""
        return self.slider.value()

    def offer(self, first: int, last: int) -> None:
        """Let these steps be chosen; a choice beyond them goes to the nearest."""
        if (self.slider.minimum(), self.slider.maximum()) != (first, last):
            self.slider.setRange(first, max(first, last))
            self.slider.wanted = min(max(STEP_PX * (last - first), SLIDER_WIDTH), SLIDER_WIDEST)
            self.slider.updateGeometry()
            widest = QFontMetrics(number_font(11)).horizontalAdvance(self._form.format(last))
            self._value.setFixedWidth(widest + 2)

    def _say(self, value: int) -> None:
        self._value.setText(self._form.format(value))


class HoverCard(QFrame):
    """A card beside the mouse: pictures and some lines; never in the mouse's way."""

    def __init__(self, parent: QWidget, pictures: int = 1) -> None:
        super().__init__(parent)
        self._area = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("card")
        self._pictures = [QLabel() for _ in range(pictures)]
        self._text = label(numbers=True)
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(4)
        for picture in self._pictures:
            across.addWidget(picture)
        across.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(row)
        column.addWidget(self._text)
        self._row = row
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._frames: list[QPixmap] = []
        self._frame = 0
        self._film = QTimer(self)
        self._film.setInterval(FRAME_MS)
        self._film.timeout.connect(self._next_frame)
        theme().changed.connect(self._dress)
        self._dress()
        self.hide()

    def show_at(self, point: QPoint, pixmaps: list[QPixmap], text: str) -> None:
        """Show beside a point of the parent, inside of it."""
        self._film.stop()
        for picture, pixmap in zip(self._pictures, pixmaps, strict=False):
            picture.setPixmap(pixmap)
            picture.setVisible(not pixmap.isNull())
        self._row.setVisible(not all(pixmap.isNull() for pixmap in pixmaps))
        self._text.setText(text)
        self.adjustSize()
        self.move_to(point)
        self.show()
        self.raise_()

    def move_to(self, point: QPoint) -> None:
        """Beside another point."""
        area = self._area.rect()
        x = point.x() + 16 if point.x() + 16 + self.width() <= area.width() else point.x() - 16 - self.width()
        y = min(point.y() + 16, area.height() - self.height())
        self.move(max(0, x), max(0, y))

    def play(self, frames: list[QPixmap]) -> None:
        """Let the first picture run through frames, as long as the card is shown."""
        self._frames, self._frame = frames, 0
        if len(frames) > 1:
            self._film.start()

    def _next_frame(self) -> None:
        self._frame = (self._frame + 1) % len(self._frames)
        self._pictures[0].setPixmap(self._frames[self._frame])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._film.stop()

    @property
    def text(self) -> str:
        """What it says now."""
        return self._text.text()

    def _dress(self) -> None:
        palette = theme().palette
        self.setStyleSheet(
            f"#card {{ background: {palette.raised}; border: 1px solid {palette.line}; border-radius: 8px; }}"
        )


def explain(action: QAction, tip: str) -> None:
    """Set what the status bar says while an action is pointed at, and its tooltip."""
    action.setToolTip(tip)
    action.setStatusTip(tip)
