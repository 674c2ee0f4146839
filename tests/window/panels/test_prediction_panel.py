"""Tests of the prediction panel: images or texts, the requested horizon, the play button, the table."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from window_fakes import strips, tokens

from sslviz.core.panel_data import WrittenText
from sslviz.core.requests import PredictionRequest
from sslviz.core.wire import Array
from sslviz.window.panels.prediction import PAUSE, PLAY, START_HORIZON, PredictionPanel
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.written_lines import readable

TOKENS = tokens([[0, 1, 2]], [[[0, 1], [1, 0], [0, 2]]], np.broadcast_to([0.6, 0.3], (1, 3, 2)))


@pytest.fixture
def panel(on_screen):
    made = PredictionPanel()
    on_screen(made, 560, 230)
    return made


def show(panel, message):
    panel.run.take(message)
    panel.notify({type(message)})
    assert panel.wants_drawing()
    panel.draw()


def offered(panel):
    return [control is panel.play or "horizon" for control in panel.title_widgets() if control.isVisible()]


def test_pictures_and_texts_each_have_their_view(panel):
    assert not panel.strips.isVisible()
    show(panel, strips())
    assert (panel.strips.isVisible(), panel.tokens.isVisible()) == (True, False)
    show(panel, TOKENS)
    assert (panel.strips.isVisible(), panel.tokens.isVisible()) == (False, True)


def test_it_draws_by_itself_what_the_run_tells(panel):
    show(panel, strips(count=2))
    panel.strips.choose(9)
    assert panel.strips.chosen == 1  # the last of two
    show(panel, TOKENS)
    assert panel.tokens.text.reading.tokens.tolist() == [[0, 1, 2]]
    assert "50 % of 2 predicted right" in [line.text() for line in panel.tokens.findChildren(QLabel)]


def test_another_run_that_has_predicted_nothing_shows_nothing(panel):
    show(panel, strips())
    panel.show_run(RunModel())
    panel.draw()
    assert not panel.strips.isVisible()
    texts = [line.text() for line in panel.findChildren(QLabel) if line.isVisible()]
    assert texts == [panel.empty_text(panel.run)]
    assert offered(panel) == []


def test_only_what_applies_is_offered(panel):
    show(panel, strips())
    assert offered(panel) == [True]
    show(panel, strips(longest_horizon=8))
    assert offered(panel) == ["horizon", True]
    show(panel, strips(context=0, ahead=1))
    assert offered(panel) == []
    show(panel, strips(longest_horizon=8))
    show(panel, TOKENS)
    assert offered(panel) == []


# ----------------------------------------------------------------- written texts


def written(step, prompt="def f(", text="x):\n"):
    return WrittenText(step=step, prompt=prompt, text=text)


def test_the_newest_texts_that_the_network_wrote_stand_above(panel):
    show(panel, TOKENS)
    assert not panel.tokens.written.isVisible()
    for step in (5, 1200, 1300, 1400):
        show(panel, written(step))
    assert panel.tokens.written.isVisible()
    assert panel.tokens.written.geometry().bottom() <= panel.tokens.text.mapTo(panel.tokens, QPoint()).y()
    assert panel.tokens.written.words() == [f"step {step}: def f(x):↵" for step in ("1,400", "1,300", "1,200")]
    panel.show_run(RunModel())
    show(panel, TOKENS)
    assert not panel.tokens.written.isVisible()


def test_a_low_panel_shows_one_line_a_high_one_all(panel, on_screen):
    show(panel, TOKENS)
    show(panel, written(5))
    low = panel.tokens.written.height()
    panel.resize(560, 500)
    assert panel.tokens.written.height() == 3 * low


def test_written_texts_are_of_one_network():
    run = RunModel()
    run.take(written(5))
    assert run.written
    run.expect({"objective": "contrastive"})
    assert run.written == ()


def test_signs_that_cannot_be_seen_stay_on_the_line():
    assert readable(" a  b\n\tc\x07\ufffd<b>") == " a  b↵⇥c\\x07▯<b>"


# ----------------------------------------------------------------- the horizon


def test_the_horizon_is_asked_of_the_engine(panel, qtbot):
    assert panel.request() == PredictionRequest(horizon=START_HORIZON)
    show(panel, strips(longest_horizon=10))
    assert panel.horizon.value() == START_HORIZON
    with qtbot.waitSignal(panel.request_changed):
        qtbot.keyClick(panel.horizon.slider, Qt.Key.Key_Right)
    assert panel.request() == PredictionRequest(horizon=START_HORIZON + 1)
    with qtbot.assertNotEmitted(panel.request_changed):
        show(panel, strips(longest_horizon=10, ahead=6))
    assert panel.horizon.value() == START_HORIZON + 1


def test_the_horizon_and_the_film_say_what_they_are(panel):
    show(panel, strips(longest_horizon=8))
    texts = [line.text() for line in panel.horizon.findChildren(QLabel)]
    assert texts == ["frames ahead", "t+5"]
    assert (panel.play.text(), panel.play.toolTip()) == ("play", PLAY)


def test_a_run_that_rolls_out_fewer_steps_lowers_no_horizon_of_later_runs(panel, qtbot):
    """The engine rolls out as many steps as it can; more may be asked for."""
    with qtbot.assertNotEmitted(panel.request_changed):
        show(panel, strips(longest_horizon=3))
    assert (panel.horizon.value(), panel.request().horizon) == (3, START_HORIZON)
    show(panel, strips(longest_horizon=8))
    assert (panel.horizon.value(), panel.request().horizon) == (START_HORIZON, START_HORIZON)


# ----------------------------------------------------------------- the film


def test_the_button_plays_and_ends_the_film(panel, qtbot):
    show(panel, strips())
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    assert panel.strips.playing
    assert (panel.play.icon_name, panel.play.toolTip()) == ("pause", PAUSE)
    show(panel, strips(step=2))
    assert panel.strips.playing
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    assert not panel.strips.playing
    assert (panel.play.icon_name, panel.play.toolTip()) == ("play", PLAY)


def test_ended_by_a_key_the_button_knows(panel, qtbot):
    show(panel, strips())
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.strips, Qt.Key.Key_Escape)
    assert panel.play.icon_name == "play"


# ----------------------------------------------------------------- the figures


def test_the_table_of_pictures_has_every_error(panel):
    assert panel.table() is None
    show(panel, strips(count=2, context=1, ahead=2))
    assert panel.table() == {
        "sample": [1, 1, 2, 2],
        "column": ["t+1", "t+2", "t+1", "t+2"],
        "MSE": [1.0, 2.0, 11.0, 12.0],
        "copy last": [101.0, 102.0, 111.0, 112.0],
    }
    none = Array.of(np.full((3, 5), math.nan, np.float32))
    show(panel, strips(errors=none, reference_errors=none))
    assert panel.table() is None


def test_the_table_of_texts_has_every_token_that_was_asked_for(panel):
    show(panel, TOKENS)
    assert panel.table() == {
        "text": [1, 1],
        "place": [2, 3],
        "actual": ["b", "c"],
        "probability": pytest.approx([0.6, 0.3]),
        "likeliest": ["b", "a"],
        "its_probability": pytest.approx([0.6, 0.6]),
    }
    show(panel, tokens([[0, 2]], [[[0, 1], [0, 1]]], np.full((1, 2, 2), 0.5)))
    assert panel.table()["probability"] == [None]
    show(panel, tokens([[0]], [[[0]]], [[[1.0]]]))
    assert panel.table() is None
