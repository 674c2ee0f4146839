"""The first row of the headline: the verdict on the run in view, why, what was changed last, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from sslviz.window.runs.advice import Offer
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.standing import Standing
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label, verbatim
from sslviz.window.style.sizes import px, sized
from sslviz.window.style.stylesheet import set_style_property
from sslviz.window.style.theme import theme
from sslviz.window.style.verdict_tone import Tone, tone

BAR_PX, WIDE_PX = 4, 12
"""Width in pixels of the coloured bar at the left, and its greatest width after a new verdict."""
WIDEN_MS = 400
"""Duration of the movement of the bar after a new verdict, in milliseconds."""


class VerdictLine(QWidget):
    """Shows the :class:`~sslviz.window.runs.standing.Standing` of a run in one line.

    The bar at its left end widens for a moment when the verdict on the run changes.
    """

    advice_followed = Signal(dict)
    """dict: new values of settings, by key."""
    opened = Signal(str)
    """str: name of a panel that the user wants to see."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = ToneBar()
        self.title = label()
        self.title.setObjectName("verdict")
        self.title.setProperty("role", "headline")
        self.evidence = label(role="dim", numbers=True, elided=True)
        self.change = label(role="dim", numbers=True, elided=True)
        self.button = QPushButton()
        self.button.setObjectName("advice")
        self.button.clicked.connect(self._follow)
        self.why = small_action("Why?", "Open the panel Diagnosis: the verdict in full, its evidence and advice")
        self.why.clicked.connect(lambda: self.opened.emit("diagnosis"))
        self._offer: Offer | None = None
        self._shown: tuple[RunModel | None, Standing] = (None, Standing(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.bar)
        row.addWidget(self.title)
        for part in (self.evidence, self.change):
            part.setMinimumWidth(1)
            row.addWidget(part, 1)
        row.addWidget(self.button)
        row.addWidget(self.why)
        theme().changed.connect(self._fit)
        self._show(Standing(""))

    def show_standing(self, run: RunModel, standing: Standing) -> None:
        """Show the standing of ``run``; nothing is drawn if it is the one that is shown already."""
        if self._shown == (run, standing):
            return
        before, self._shown = self._shown, (run, standing)
        self._show(standing)
        if before[0] is run and (before[1].verdict, before[1].title) != (standing.verdict, standing.title):
            self.bar.widen()

    def _show(self, standing: Standing) -> None:
        shade = tone(standing.verdict) if not standing.failed else "trouble"
        self.title.setText(standing.title)
        set_style_property(self.title, "tone", shade)
        self.bar.set_tone(shade)
        for part, text in ((self.evidence, standing.evidence), (self.change, standing.change)):
            part.setText(text)
        self._fit()
        for part in (self.title, self.evidence, self.change):
            part.setToolTip(verbatim(standing.whole))
        self.why.setVisible(standing.explained)
        self.why.setText("What to do?" if standing.advised else "Why?")
        self._show_offer(standing.offer)

    def _fit(self) -> None:
        self.change.setMaximumWidth(self.change.fontMetrics().horizontalAdvance(self.change.text()) + 2)

    def _show_offer(self, offer: Offer | None) -> None:
        self._offer = offer
        self.button.setVisible(offer is not None)
        if offer is not None:
            self.button.setText(offer.text.replace("&", "&&"))
            self.button.setAccessibleName(offer.text)
            self.button.setToolTip(verbatim(offer.tip))

    def _follow(self) -> None:
        if self._offer is None:
            return
        if self._offer.values:
            self.advice_followed.emit(dict(self._offer.values))
        else:
            self.opened.emit("diagnosis")


class ToneBar(QWidget):
    """A vertical bar in the colour of a tone, at the left edge of its widget."""

    def __init__(self) -> None:
        super().__init__()
        sized(self.setFixedWidth, WIDE_PX)  # so that nothing moves when the bar widens
        self._tone: Tone = "unclear"
        self.animation = QVariantAnimation(self, duration=WIDEN_MS)
        self.animation.setStartValue(float(BAR_PX))
        self.animation.setKeyValueAt(0.5, float(WIDE_PX))
        self.animation.setEndValue(float(BAR_PX))
        self.animation.valueChanged.connect(lambda _value: self.update())

    def set_tone(self, tone: Tone) -> None:
        """Set the tone whose colour the bar has."""
        self._tone = tone
        self.update()

    def widen(self) -> None:
        """Widen the bar for a moment."""
        self.animation.stop()  # a movement that goes on begins anew
        self.animation.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = theme().palette
        colour = {"well": palette.accent, "trouble": palette.warning, "unclear": palette.reference}[self._tone]
        width = self.animation.currentValue() if self.animation.state() == self.animation.State.Running else BAR_PX
        painter = QPainter(self)
        painter.fillRect(0, 3, px(width), self.height() - 6, QColor(colour))
