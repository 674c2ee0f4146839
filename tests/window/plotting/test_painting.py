"""Tooltips of widgets that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import panels
from sslviz.window.plotting.painting import ABOVE_PX


def test_a_tooltip_lies_below_what_it_explains(on_screen, monkeypatch):
    panel = demo_panel(panels["false_negatives"])
    on_screen(panel, 620, 420)
    panel.draw()
    shown = []
    monkeypatch.setattr(QToolTip, "showText", lambda *arguments: shown.append(arguments))
    card = panel.pairs.boxes()[1].toAlignedRect()
    at = card.center()
    QApplication.sendEvent(panel.pairs, QHelpEvent(QEvent.Type.ToolTip, at, panel.pairs.mapToGlobal(at)))
    ((place, text, _, area),) = shown
    assert text == panel.pairs.cards[1].tooltip
    assert area == card
    assert panel.pairs.mapFromGlobal(place).y() + ABOVE_PX == card.bottom()
