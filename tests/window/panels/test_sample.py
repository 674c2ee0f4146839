"""Tests of the sample in view: choosing it on the map by mouse and keys, and its neighbours in the panel."""

from __future__ import annotations

import msgspec
import numpy as np
import pyqtgraph as pg
import pytest
from gliding import glide
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QPainter, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from window_fakes import latent_map, probe

from sslviz.core.entries import UNKNOWN
from sslviz.core.panel_data import Losses, PinnedViews
from sslviz.core.wire import Array
from sslviz.window.demo.stories import demo_panel, demo_run
from sslviz.window.latent.cloud import GLIDE_MS
from sslviz.window.latent.neighbours import neighbours_of
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.panels.sample import EMPTY, SamplePanel, caption
from sslviz.window.runs.choices import Pin, Selected
from sslviz.window.runs.run_model import RunModel


def shown(on_screen, kind, *size, story=""):
    made = demo_panel(kind, story)
    on_screen(made, *size)
    made.draw()
    return made


@pytest.fixture
def panel(on_screen):
    return shown(on_screen, SamplePanel, 700, 180)


def centre(box):
    return box.center().toPoint()


def test_its_neighbours_are_those_of_the_latent_space(panel):
    run = panel.run
    indices, cosines = neighbours_of(run, run.pinned)
    shown = panel.strip.cards
    assert shown[0].sample == run.pinned
    assert [card.sample for card in shown[1:]] == indices.tolist()
    assert [card.figure for card in shown[1:]] == [f"{cosine:.3f}" for cosine in cosines]
    assert panel.table()["sample"] == [int(run.probe.ids.numpy()[card.sample]) for card in shown]
    assert "neighbours have its shape" in panel.caption.text()


def test_the_file_of_the_sample_stands_for_its_number(panel):
    run = panel.run
    assert panel.description(run) == ""
    files = tuple(f"<b>{index}</b>.png" for index in range(run.probe.ids.shape[0]))
    run.take(msgspec.structs.replace(run.probe, files=files))
    panel.draw()
    assert panel.description(run) == panel.strip.cards[0].figure == files[run.pinned]
    assert panel.table()["file"] == [files[card.sample] for card in panel.strip.cards]


def test_a_click_on_a_neighbour_goes_on_from_there(panel, qtbot):
    asked = []
    panel.pinned.connect(asked.append)
    boxes = panel.strip.boxes()
    assert len(boxes) > 4
    qtbot.mouseClick(panel.strip, Qt.MouseButton.LeftButton, pos=centre(boxes[3]))
    qtbot.mouseClick(panel.strip, Qt.MouseButton.LeftButton, pos=centre(boxes[0]))  # it is in view already
    assert asked == [panel.strip.cards[3].sample]


def test_by_keys(panel, qtbot):
    asked = []
    panel.pinned.connect(asked.append)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(panel.strip, key)
    assert asked == [panel.strip.cards[2].sample]


@pytest.mark.parametrize(("width", "height"), [(300, 170), (540, 170)])
def test_the_notes_of_small_cards_are_not_cut(on_screen, monkeypatch, width, height):
    strip = shown(on_screen, SamplePanel, width, height).strip
    first, *others = strip.cards
    strip.show_cards((first, first._replace(figure="view a"), first._replace(figure="view b"), *others))
    written, draw = [], QPainter.drawText
    monkeypatch.setattr(QPainter, "drawText", lambda painter, *what: (written.append(what[-1]), draw(painter, *what)))
    strip.grab()
    notes = [card.figure for card in strip.cards[: len(strip.boxes())]]
    assert {"view a", "view b"} <= set(notes)
    assert set(notes) <= set(written)


def test_keys_pass_views_while_these_are_renewed(panel, qtbot):
    first = panel.strip.cards[0]
    renewed = (first, first._replace(figure="view a"), first._replace(figure="view b"), *panel.strip.cards[1:])
    panel.strip.show_cards(renewed)
    places = []
    for _ in range(4):
        qtbot.keyClick(panel.strip, Qt.Key.Key_Right)
        panel.strip.show_cards(renewed)
        places.append(panel.strip.pointed)
    assert places == [1, 2, 3, 4]


def test_letting_go(panel, qtbot):
    asked = []
    panel.pinned.connect(asked.append)
    qtbot.mouseClick(panel.unpin, Qt.MouseButton.LeftButton)
    assert asked == [None]
    panel.run.take(Pin(index=None))
    panel.draw()
    assert panel.strip.cards == ()
    assert panel.table() is None
    assert panel.empty_text(panel.run) == EMPTY
    assert panel.unpin.isHidden()


def test_names_are_shown_as_they_are(panel, monkeypatch):
    texts = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, *_: texts.append(text))
    hostile = tuple("<img src=x>\nplain" for _ in range(panel.run.probe.ids.shape[0]))
    panel.run.probe = msgspec.structs.replace(panel.run.probe, texts=hostile)
    panel.draw()
    at = centre(panel.strip.boxes()[1])
    panel.strip.event(QHelpEvent(QEvent.Type.ToolTip, at, panel.strip.mapToGlobal(at)))
    assert "<img src=x> plain" in texts[0]
    assert not Qt.mightBeRichText(texts[0])


@pytest.mark.parametrize("story", SamplePanel.stories)
@pytest.mark.parametrize("size", [(540, 190), (1000, 290), (300, 120)])
def test_what_there_is_room_for_lies_inside_and_apart(on_screen, story, size):
    strip, clicked = shown(on_screen, SamplePanel, *size, story=story).strip, []
    strip.chosen.connect(clicked.append)
    boxes = strip.boxes()
    assert len(boxes) > (6 if size[0] > 500 else 0), len(boxes)
    for number, box in enumerate(boxes):
        assert strip.rect().contains(box.toRect()), number
        assert not any(box.intersects(other) for other in boxes[:number])
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=centre(box))
    assert clicked == [card.samples for card in strip.cards[1 : len(boxes)]]  # the first is in view already


def test_the_engine_computes_data_of_a_sample_only_where_one_is_in_view(panel):
    assert {Losses, PinnedViews} < set(panel.wanted_data())
    panel.run.take(Pin(index=None))
    assert panel.wanted_data() == ()


def test_other_samples_are_not_the_one_in_view():
    run = demo_run()
    assert run.pinned is not None
    run.take(probe([0] * 2000))
    assert run.pinned is None
    run.take(Pin(index=10**9))
    assert run.pinned is None
    run.take(Pin(index=-1))
    assert run.pinned is None
    RunModel().take(Pin(index=3))


@pytest.mark.parametrize("rows", [0, 3])
def test_a_map_of_fewer_points_does_no_harm(panel, rows):
    near = Array.of(np.zeros((rows, 0), np.int32)), Array.of(np.zeros((rows, 0), np.float32))
    panel.run.map_view.shown = msgspec.structs.replace(panel.run.latent_map, neighbours=near[0], cosines=near[1])
    panel.draw()
    assert len(panel.strip.cards) == 1
    panel.run.map_view.shown = None
    panel.draw()
    assert "first map" in panel.caption.text()


# ----------------------------------------------------------------- on the map


@pytest.fixture
def latent(on_screen):
    return shown(on_screen, LatentMapPanel, 700, 420)


def place(panel, index):
    at = pg.Point(*panel.cloud.xy[index].tolist())
    return panel.plot.mapFromScene(panel.plot.getViewBox().mapViewToScene(at))


def test_a_click_on_the_map_keeps_the_sample(latent, qtbot):
    asked = []
    latent.pinned.connect(asked.append)
    at = place(latent, 20)
    qtbot.mouseClick(latent.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(asked) == 1
    found = latent.cloud.xy[asked[0]]
    assert np.linalg.norm(found - latent.cloud.xy[20]) < 0.2  # itself, or one that lies on it
    latent.run.take(Pin(index=asked[0]))
    latent.draw()
    assert latent.rings.pinned == asked[0]
    assert latent.rings.neighbours.tolist() == neighbours_of(latent.run, asked[0])[0].tolist()
    qtbot.mouseClick(latent.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked[1] == asked[0]  # it stays


def test_a_click_beside_all_points_and_a_double_click_leave_it(latent, qtbot):
    """A double click shows the whole map; the sample in view must stay in view."""
    asked = []
    latent.pinned.connect(asked.append)
    view = latent.plot.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert asked == []
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place(latent, 20))
    assert asked == []


def test_rings_and_a_few_selected_points_lie_over_the_names_of_classes(latent):
    count, name = len(latent.cloud.xy), latent.names.item
    assert min(latent.rings.neighbour_item.zValue(), latent.rings.pinned_item.zValue()) > name.zValue()
    for indices, over in ((range(3), True), (range(count), False)):
        latent.run.take(Selected(indices=tuple(indices)))
        latent.draw()
        assert {part.item.zValue() > name.zValue() for part in latent.cloud.selected_parts} == {over}


def test_rings_follow_their_points(latent):
    ring = latent.rings.pinned_item
    before = ring.data["x"][0]
    latent.cloud.move_to(latent.cloud.xy + np.float32(1), latent.cloud.labels)
    glide(latent.cloud, GLIDE_MS)
    assert ring.data["x"][0] == pytest.approx(before + 1)
    latent.run.take(Pin(index=None))
    latent.draw()
    assert not len(ring.data)


def test_enter_keeps_what_the_keys_point_at(latent, qtbot):
    asked = []
    latent.pinned.connect(asked.append)
    latent.plot.setFocus()
    qtbot.keyClick(latent.plot, Qt.Key.Key_Right)
    qtbot.keyClick(latent.plot, Qt.Key.Key_Return)
    (index,) = asked
    assert latent.pointer.card.text.endswith(f"sample {latent.run.probe.ids.numpy()[index]}")


def test_its_caption_counts_neighbours_of_known_label_alone():
    run = RunModel()
    near = {"neighbours": np.array([[1, 2], [0, 2], [0, 1]], np.int32), "cosines": np.ones((3, 2), np.float32)}
    near = {name: Array.of(values) for name, values in near.items()}
    for labels, start in (
        ([0, 0, UNKNOWN], "1 of 1 neighbours"),
        ([UNKNOWN, 0, 0], "step"),
        ([0, UNKNOWN, UNKNOWN], "step"),
    ):
        run.take(probe(labels))
        run.take(msgspec.structs.replace(latent_map(np.zeros((3, 2))), **near))
        assert caption(run, 0).startswith(start)
