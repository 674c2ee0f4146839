"""The title bars of panels: what the panel shows is said beside its title, and icons come with mouse and focus."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLabel
from window_fakes import latent_map, prepared, probe, similarity

from sslviz.window.style.buttons import IconButton


def beside_the_title(window, name: str) -> str:
    window.panels[name].draw()
    return window.docks[name].titleBarWidget().findChildren(QLabel)[1].text()


@pytest.mark.parametrize(
    ("what", "of", "text"), [("views", "z", "of z"), ("latents", "h", "of h"), ("scores", "", "of predictions")]
)
def test_the_matrix_says_of_what_it_is(what, of, text, window):
    assert beside_the_title(window, "similarity") == ""
    rows = 8 if what == "views" else 4
    window.session.run.take(similarity(np.eye(rows), [0, 1, 2, 3], what=what, of=of, shift=None))
    assert beside_the_title(window, "similarity") == text


def test_the_map_says_whether_it_is_of_the_latent_space(window):
    run = window.session.run
    run.take(prepared())
    run.take(probe([0, 1, 2, 3, 4]))
    for space, text in (("raw_input", "of raw inputs"), ("latent", "of h")):
        run.take(latent_map(np.eye(5, 2), space=space))
        assert beside_the_title(window, "latent_map") == text
    shown = window.docks["latent_map"].titleBarWidget().findChildren(QLabel)[1]
    assert shown.width() > shown.fontMetrics().horizontalAdvance("of h")  # it is not cut off


def test_a_title_without_room_gives_way_to_the_time_of_what_is_shown(window):
    dock = window.docks["similarity"]
    of = dock.titleBarWidget().findChildren(QLabel)[1]
    for time, least in (("now, step 300", "now"), ("step 300", "step 300"), ("", "")):
        dock.describe("of predictions", time)
        dock.titleBarWidget().resize(dock.titleBarWidget().minimumSizeHint())
        assert of.text() == of.shown(1000) == f"{time}  of predictions".strip()
        assert of.shown(of.contentsRect().width()) == least


def test_the_icons_of_a_panel_are_drawn_where_mouse_or_focus_is(window, qtbot):
    bar = window.docks["loss"].titleBarWidget()
    close = bar.findChildren(IconButton)[-1]

    def drawn() -> bool:
        image = close.grab().toImage()
        return len({image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}) > 1

    assert not drawn()
    dock = window.docks["loss"]
    place = QPointF(5, 5)
    QApplication.sendEvent(dock, QEnterEvent(place, place, place))
    assert drawn()
    QApplication.sendEvent(dock, QEvent(QEvent.Type.Leave))
    assert not drawn()
    close.setFocus(Qt.FocusReason.TabFocusReason)
    assert drawn()
