"""Tests of the microscope: the curves of the sample in view, now and when it was taken into view."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from window_fakes import latent_map, probe

from sslviz.core.messages import State, Watch
from sslviz.core.panel_data import Invariance
from sslviz.core.wire import Array
from sslviz.window.panels.microscope import ENCODING, MicroscopePanel, description
from sslviz.window.runs.choices import Pin


def invariance(step, index=1, fall=0.5, here=0.25):
    strengths = np.array([[0, 0.5, 1], [0, 90, 180]], np.float32)
    return Invariance(
        step=step,
        index=index,
        keys=("crop", "rotation"),
        labels=("Crop", "Rotation"),
        strengths=Array.of(strengths),
        in_force=Array.of(np.array([here, 45], np.float32)),
        cosines=Array.of(np.array([[1, 1 - fall / 2, 1 - fall], [1, 0, -0.9]], np.float32)),
        images=Array.of(np.zeros((2, 3, 4, 4, 3), np.uint8)),
    )


@pytest.fixture
def panel(on_screen):
    made = MicroscopePanel()
    made.run.take(probe([0, 1, 1]))
    made.run.take(Pin(index=1))
    on_screen(made, 460, 240)
    made.draw()
    return made


def test_it_waits_for_the_sample_in_view(panel):
    assert panel.empty_text(panel.run) == ENCODING
    panel.run.take(invariance(5, index=2))
    panel.draw()
    assert panel.curves.shown == ()
    panel.run.take(State(state="stopped"))
    panel.run.connected = False
    assert panel.empty_text(panel.run).startswith("This run has ended")
    panel.run.take(Pin(index=None))
    assert "Click a point" in panel.empty_text(panel.run)


def test_it_shows_now_beside_when_the_sample_was_taken_into_view(panel):
    panel.run.take(invariance(5, fall=0.8))
    panel.draw()
    assert [len(each.before) for each in panel.curves.shown] == [0, 0]
    panel.run.take(invariance(40, fall=0.2))
    panel.draw()
    crop, rotation = panel.curves.shown
    assert crop.cosines.tolist() == pytest.approx([1, 0.9, 0.8])
    assert crop.before.tolist() == pytest.approx([1, 0.6, 0.2])
    assert (crop.here, rotation.here) == (0.25, 0.25)
    assert description(crop) == "Crop: cosine 0.80 at full strength, 0.20 when it was taken into view"
    assert panel.step.text() == "step 40"
    panel.run.take(Pin(index=2))
    panel.run.take(invariance(41, index=2))
    panel.draw()
    assert len(panel.curves.shown[0].before) == 0


def test_a_sample_that_is_taken_into_view_again_is_compared_with_the_second_time(panel):
    for message in (invariance(5, fall=0.8), invariance(40, fall=0.6), Pin(index=None), Pin(index=1)):
        panel.run.take(message)
    panel.draw()
    assert [len(each.before) for each in panel.curves.shown] == [0, 0]
    panel.run.take(invariance(90, fall=0.4))
    panel.run.take(invariance(95, fall=0.2))
    panel.draw()
    assert panel.curves.shown[0].before[-1] == pytest.approx(0.6)


def test_nothing_of_a_sample_is_shown_for_another_sample_that_has_its_place_on_the_map(panel):
    for message in (invariance(5), probe([0, 1, 1, 2]), Pin(index=1)):
        panel.run.take(message)
    panel.draw()
    assert panel.curves.shown == ()
    assert panel.empty_text(panel.run) == ENCODING
    panel.run.take(invariance(90))
    panel.draw()
    assert [len(each.before) for each in panel.curves.shown] == [0, 0]


def test_its_table_has_a_row_for_each_strength(panel):
    assert panel.table() is None
    panel.run.take(invariance(5))
    table = panel.table()
    assert table["augmentation"] == ["crop"] * 3 + ["rotation"] * 3
    assert table["strength"] == pytest.approx([0, 0.5, 1, 0, 90, 180])
    assert table["cosine"][-1] == pytest.approx(-0.9)


@pytest.mark.parametrize("values", [np.full((2, 3), np.nan, np.float32), np.full((2, 3), 1e30, np.float32)])
def test_what_is_no_cosine_is_drawn_at_the_edge(panel, values):
    given = invariance(5)
    panel.run.take(
        Invariance(**{name: getattr(given, name) for name in given.__struct_fields__} | {"cosines": Array.of(values)})
    )
    panel.draw()
    panel.grab()
    assert panel.curves.isVisible()  # a panel that fails hides its parts


def test_it_is_opened_from_the_sample_and_asks_the_engine(window, stage, qtbot):
    stage.begin()
    stage.tell(probe([0, 1, 1]), latent_map(np.eye(3)[:, :2]))
    window.panels["latent_map"].pinned.emit(2)
    sample = window.panels["sample"]
    sample.draw()
    button = next(each for each in sample.title_widgets() if each.toolTip().startswith("Microscope"))
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.panels["microscope"].can_be_seen)
    window.panels["microscope"].draw()
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].samples.pinned == 2)
    assert "Invariance" in stage.engine.commands(Watch)[-1].panel_data
