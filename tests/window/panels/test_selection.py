"""Tests of selecting samples with the lasso, the legend or a search, and of the panel that shows the selection."""

import math

import numpy as np
import pytest
from gliding import glide
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog
from window_fakes import latent_map, probe

from sslviz.core.entries import UNKNOWN
from sslviz.core.messages import Watch
from sslviz.core.panel_data import SelectionFigures
from sslviz.core.wire import Array
from sslviz.window.demo.stories import demo_panel
from sslviz.window.latent.cloud import FADED, GLIDE_MS
from sslviz.window.latent.lasso import inside
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.panels.selection import SelectionPanel
from sslviz.window.plotting.legend import ROW
from sslviz.window.runs.choices import Selected
from sslviz.window.samples.search import search

LABELS = [0, 0, 1, 1, 2]
XY = np.array([[0, 0], [1, 0], [8, 8], [9, 8], [0, 9]], np.float32)
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def told(panel):
    panel.run.take(probe(LABELS))
    panel.run.take(latent_map(XY, step=40))
    return panel


def figures(order):
    typical, typicality = np.array(order, np.int32), np.linspace(0.9, 0.1, len(order), dtype=np.float32)
    return SelectionFigures(step=40, mean_cosine=0.5, typical=Array.of(typical), typicality=Array.of(typicality))


@pytest.fixture
def latent(on_screen):
    made = told(LatentMapPanel())
    on_screen(made, 600, 460)
    made.draw()
    return made


@pytest.fixture
def panel(on_screen):
    made = told(SelectionPanel())
    on_screen(made, 620, 260)
    made.draw()
    return made


def drag(panel, corners, modifiers=NONE):
    """Drag the mouse, with its button pressed, along these positions of the map."""
    plot = panel.plot
    view = plot.getViewBox()
    places = [plot.mapFromScene(view.mapViewToScene(QPointF(x, y))) for x, y in corners]
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, modifiers, places[0])
    for place in places[1:]:
        QTest.mouseMove(plot.viewport(), place)
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, modifiers, places[-1])


# ----------------------------------------------------------------- which points lie inside


def slowly_inside(x, y, corners):
    """Return whether a ray to the right crosses the line an odd number of times."""
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


places = st.tuples(st.floats(-10, 10), st.floats(-10, 10))


@given(st.lists(places, min_size=1, max_size=30), st.lists(places, min_size=1, max_size=9))
def test_inside_is_the_even_odd_rule_point_by_point(points, corners):
    found = inside(np.array(points), np.array(corners))
    assert found.tolist() == [slowly_inside(x, y, corners) for x, y in points]


def test_a_rectangle_holds_what_lies_in_it():
    xy = np.random.default_rng(0).uniform(-2, 2, (500, 2))
    found = inside(xy, np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]))
    assert (found == (np.abs(xy) < 1).all(axis=1)).all()


# ----------------------------------------------------------------- on the map


def test_shift_and_drag_selects_what_is_drawn_around(latent, qtbot):
    with qtbot.waitSignal(latent.selected) as selected:
        drag(latent, [(-1, -1), (3, -1), (3, 2), (-1, 2)], SHIFT)
    assert selected.args == [Selected(indices=(0, 1), origin="drawn on the map")]
    assert latent.plot.follows  # nothing was dragged along


def test_with_control_too_it_is_a_rectangle(latent, qtbot):
    with qtbot.waitSignal(latent.selected) as selected:
        drag(latent, [(7, 7), (8.4, 8.1), (9.5, 8.6)], SHIFT | CONTROL)
    assert selected.args[0].indices == (2, 3)


def test_with_a_tool_a_drag_alone_draws_and_a_click_still_pins(latent, qtbot):
    qtbot.mouseClick(latent.tools.drags["lasso"], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(latent.selected) as selected:
        drag(latent, [(-1, -1), (3, -1), (3, 2), (-1, 2)])
    assert selected.args[0].indices == (0, 1)
    latent.plot.setFocus()
    qtbot.keyClick(latent.plot, Qt.Key.Key_R)
    with qtbot.waitSignal(latent.selected) as selected:
        drag(latent, [(-1, 8), (1, 10)])
    assert selected.args[0].indices == (4,)
    with qtbot.waitSignal(latent.pinned) as pinned:
        drag(latent, [(9, 8)])
    assert pinned.args == [3]
    qtbot.keyClick(latent.plot, Qt.Key.Key_M)
    with qtbot.assertNotEmitted(latent.selected):
        drag(latent, [(-1, 8), (0, 9), (1, 10)])


def test_a_class_is_selected_by_its_legend_and_let_go_by_it(latent, qtbot):
    place = QPoint(30, ROW + ROW // 2)
    with qtbot.waitSignal(latent.selected) as selected:
        qtbot.mouseClick(latent.colours.legend, Qt.MouseButton.LeftButton, pos=place)
    assert selected.args == [Selected(indices=(2, 3), origin="square")]
    latent.run.take(selected.args[0])
    qtbot.keyClick(latent.colours.legend, Qt.Key.Key_Down)
    qtbot.keyClick(latent.colours.legend, Qt.Key.Key_Down)
    with qtbot.waitSignal(latent.selected) as selected:
        qtbot.keyClick(latent.colours.legend, Qt.Key.Key_Return)
    assert selected.args == [Selected(indices=())]


def test_with_ctrl_a_class_more_is_selected_and_let_go_of(latent, qtbot):
    place, ctrl = QPoint(30, ROW + ROW // 2), Qt.KeyboardModifier.ControlModifier
    latent.run.take(Selected(indices=(0, 3), origin="mine"))
    for expected in ((0, 2, 3), (0,)):
        with qtbot.waitSignal(latent.selected) as selected:
            qtbot.mouseClick(latent.colours.legend, Qt.MouseButton.LeftButton, ctrl, place)
        assert selected.args[0].indices == expected
        latent.run.take(selected.args[0])
    assert latent.run.selection.origin == "mine and square without square"


def test_all_but_the_selected_points_step_back(latent):
    latent.run.take(Selected(indices=(0, 3)))
    latent.draw()
    cloud = latent.cloud
    assert sorted(int(index) for part in cloud.selected_parts for index in part.members) == [0, 3]
    assert {part.item.opacity() for part in cloud.class_parts} == {FADED}
    latent.run.take(latent_map(XY + 1, step=50))
    latent.draw()
    glide(cloud, GLIDE_MS)
    assert [part.item.data["x"].tolist() for part in cloud.selected_parts] == [[1.0], [10.0]]
    latent.run.take(Selected(indices=()))
    latent.draw()
    assert {part.item.opacity() for part in cloud.class_parts} == {1.0}
    assert not cloud.selected_parts


# ----------------------------------------------------------------- the panel


def test_unknown_labels_come_last_and_do_not_count_for_purity(panel):
    panel.run.take(probe([0, UNKNOWN, UNKNOWN, UNKNOWN, 1]))
    panel.run.take(Selected(indices=(0, 1, 2, 3)))
    panel.draw()
    assert panel.summary.text() == "4 of 5   purity 100%"
    assert [(row.name, row.figure, row.lengths) for row in panel.bars.rows] == [
        ("disc", "1", (1 / 3,)),
        ("unknown", "3", (1.0,)),
    ]
    panel.run.take(Selected(indices=(1, 2)))
    panel.draw()
    assert panel.summary.text() == "2 of 5"


def test_it_says_how_many_how_pure_and_how_alike(panel):
    panel.run.take(Selected(indices=(0, 1, 2)))
    panel.draw()
    assert panel.summary.text() == "3 of 5   purity 67%"
    assert [(row.name, row.figure, row.lengths) for row in panel.bars.rows] == [
        ("disc", "2", (1.0,)),
        ("square", "1", (0.5,)),
    ]
    panel.run.take(figures([2, 0, 1]))
    panel.draw()
    assert panel.summary.text() == "3 of 5   purity 67%   mean cosine 0.50   step 40"
    assert [card.sample for card in panel.gallery.cards] == [2, 0, 1]
    assert panel.table()["sample"] == [102, 100, 101]


def test_figures_of_another_selection_are_not_shown(panel):
    panel.run.take(Selected(indices=(0, 4)))
    panel.run.take(figures([2, 0, 1]))
    panel.draw()
    assert "cosine" not in panel.summary.text()
    assert [card.sample for card in panel.gallery.cards] == [0, 4]


@pytest.mark.parametrize(
    ("text", "indices"),
    [("SQUARE", (2, 3)), ("#104", (4,)), ("101", (1,)), ("sample 1,02", (2,)), ("hexagon", ()), ("  ", ())],
)
def test_a_search_by_label_or_number(text, indices):
    assert search(probe(LABELS), text).indices == indices


def test_no_more_pictures_are_made_than_there_can_be_room_for(on_screen):
    made = demo_panel(SelectionPanel)
    dock = on_screen(made, 500, 160)
    for width, height, fewer in ((500, 160, True), (1400, 800, False), (500, 160, True)):
        dock.resize(width, height)
        QApplication.processEvents()
        made.draw()
        boxes, cards = len(made.gallery.boxes()), len(made.gallery.cards)
        assert boxes < cards < 150 if fewer else boxes == cards == 240


def test_a_search_by_text():
    shown = probe([0, 0, 1], texts=("a list", "a Tuple", "a list of lists"))
    assert search(shown, "tuple").indices == (1,)
    assert search(shown, "list").indices == (0, 2)


@pytest.mark.parametrize(("text", "indices"), [("cat", (0, 2)), ("0101.PNG", (1,)), ("101", (1,)), ("#102", (2,))])
def test_a_search_by_file(text, indices):
    assert search(probe([0, 0, 1], files=("cats/7.png", "0101.png", "Cat.png")), text).indices == indices


def test_what_is_typed_and_entered_is_selected_or_said_not_to_be_there(panel, qtbot):
    qtbot.keyClicks(panel.search, "square")
    with qtbot.waitSignal(panel.selected) as selected:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert selected.args == [Selected(indices=(2, 3), origin="search for square")]
    panel.search.setText("<b>hexagon")
    with qtbot.waitSignal(panel.noticed) as noticed:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert noticed.args[0].text == "No sample of the map has <b>hexagon as label, text, file or number."


def test_a_click_on_a_sample_keeps_it_in_view(panel, qtbot):
    panel.run.take(Selected(indices=(1, 4)))
    panel.draw()
    with qtbot.waitSignal(panel.pinned) as pinned:
        qtbot.mouseClick(panel.gallery, Qt.MouseButton.LeftButton, pos=panel.gallery.boxes()[0].center().toPoint())
    assert pinned.args == [1]


def test_a_selection_is_kept_under_a_name_and_had_again(window, stage, monkeypatch, qtbot):
    stage.begin()
    stage.tell(probe(LABELS))
    window.panels["latent_map"].selected.emit(Selected(indices=(0, 1), origin="drawn on the map"))
    panel = window.panels["selection"]
    assert not window.docks["selection"].isHidden()
    panel.draw()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: (" the  round ones ", True))
    qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    panel.draw()
    assert panel.kept.currentText() == "the round ones"
    qtbot.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
    panel.draw()
    assert stage.session.run.selection.indices == ()
    panel.kept.textActivated.emit("the round ones")
    assert stage.session.run.selection.indices == (0, 1)


def test_a_button_shows_what_a_probe_makes_of_the_selection(panel, qtbot):
    assert panel.probe.isHidden()
    panel.run.take(Selected(indices=(0, 2)))
    panel.draw()
    with qtbot.waitSignal(panel.opened) as opened:
        qtbot.mouseClick(panel.probe, Qt.MouseButton.LeftButton)
    assert opened.args == ["few_labels"]


def test_the_engine_is_asked_about_what_is_selected(window, stage, qtbot):
    stage.begin()
    stage.tell(probe(LABELS))
    window.panels["latent_map"].selected.emit(Selected(indices=(4, 1)))
    qtbot.waitUntil(window.panels["selection"].can_be_seen)
    window.panels["selection"].draw()
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].samples.selected == (1, 4))
    assert "SelectionFigures" in stage.engine.commands(Watch)[-1].panel_data


def test_other_samples_are_not_selected_and_what_is_not_there_cannot_be(panel):
    panel.run.take(Selected(indices=(3, 99, -1, 3), name="some"))
    assert panel.run.selection.indices == (3,)
    panel.run.take(probe([0, 0]))
    assert panel.run.selection.indices == ()
    assert not panel.run.kept
    panel.draw()
    assert panel.empty_text(panel.run)


def test_a_number_is_shown_in_steps(panel):
    panel.run.take(probe([0] * 5, names=(), numbers={"x": [1, 2, 3, 4, math.nan]}))
    panel.run.take(Selected(indices=(0, 1, 4)))
    panel.draw()
    assert panel.summary.text().startswith("3 of 5")


def test_what_was_searched_for_goes_with_the_selection_that_it_found(panel):
    panel.search.setText("disc")
    panel.draw()
    assert panel.search.text() == "disc", "one may be typing"
    panel.run.take(search(panel.run.probe, "disc"))
    panel.draw()
    assert panel.search.text() == "disc"
    panel.run.take(Selected(indices=(1,), origin="drawn on the map"))
    panel.draw()
    assert panel.search.text() == ""
