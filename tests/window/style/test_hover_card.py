"""The card beside the mouse lies inside the widget that it belongs to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from sslviz.window.style.hover_card import HoverCard


@pytest.fixture
def area(qtbot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(500, 400)
    widget.show()
    return widget


def test_the_card_stays_inside_when_its_widget_shrinks(area):
    """A click on the map may open another panel, which takes a part of the map's height."""
    card = HoverCard(area)
    card.show_at(QPoint(480, 360), [], "a line\n" * 6)
    assert area.rect().contains(card.geometry())
    area.resize(400, 200)
    assert area.rect().contains(card.geometry())
