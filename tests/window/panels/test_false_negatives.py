"""Tests of the panel of false negatives: its pairs, their figures, and selecting a pair on the map."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_fakes import latent_map, probe

from sslviz.core.entries import UNKNOWN
from sslviz.core.messages import State
from sslviz.core.panel_data import FalseNegatives
from sslviz.core.wire import Array
from sslviz.window.panels.false_negatives import FalseNegativesPanel
from sslviz.window.runs.run_model import ENDED

PAIRS = [[0, 2], [1, 3], [0, 1]]


def result(pairs=PAIRS):
    columns = [Array.of(np.linspace(high, 1, len(pairs), dtype=np.float32)) for high in (0.5, 4)]
    found = Array.of(np.array(pairs, np.int32).reshape(-1, 2))
    return FalseNegatives(step=40, samples=4, pairs=found, cosines=columns[0], repulsions=columns[1])


@pytest.fixture
def panel(on_screen):
    made = FalseNegativesPanel()
    made.run.take(probe([0, 1, 0, 2], side=20))
    made.run.take(result())
    on_screen(made, 500, 200)
    made.draw()
    return made


def test_each_pair_is_one_picture_of_both(panel):
    first = panel.pairs.cards[0]
    assert (first.image.width(), first.image.height()) == (42, 20)
    assert first.image.pixelColor(3, 3).red() == 0
    assert first.image.pixelColor(30, 3).red() == 2
    assert [card.figure for card in panel.pairs.cards] == ["4.0×", "2.5×", "1.0×"]
    assert first.tooltip == "disc and disc\ncosine 0.500, pushed 4.0 times as hard as the average pair"
    assert (
        panel.summary.text() == "3 pairs, pushed up to 4 times the average   1 share their label   4 samples, step 40"
    )


def test_pairs_of_unknown_label_have_no_colour_and_do_not_count(panel):
    panel.run.take(probe([UNKNOWN] * 4))
    panel.run.take(result())
    panel.draw()
    assert {card.colour for card in panel.pairs.cards} == {""}
    assert "0 share their label" in panel.summary.text()


def test_pairs_of_one_label_have_another_colour(panel):
    colours = [card.colour for card in panel.pairs.cards]
    assert colours[0] != colours[1] == colours[2]


def test_a_click_selects_both(panel):
    selected = []
    panel.selected.connect(selected.append)
    place = panel.pairs.boxes()[1].center().toPoint()
    QTest.mouseClick(panel.pairs, Qt.MouseButton.LeftButton, pos=place)
    assert (selected[0].indices, selected[0].origin) == ((1, 3), "a pair of negatives")
    assert panel.pairs.pointed == 1  # where the keys go on


def test_the_frame_goes_with_its_pair_and_is_around_no_other(panel):
    selected = []
    panel.selected.connect(selected.append)
    panel.pairs.pointed = 1
    panel.run.take(result([[1, 3], [0, 2], [0, 1]]))
    panel.draw()
    assert panel.pairs.pointed == 0
    panel.run.take(result([[0, 2], [0, 1]]))
    panel.draw()
    QTest.keyClick(panel.pairs, Qt.Key.Key_Return)
    assert selected == []
    QTest.keyClick(panel.pairs, Qt.Key.Key_Right)
    QTest.keyClick(panel.pairs, Qt.Key.Key_Return)
    assert selected[0].indices == (0, 2)


def test_a_click_means_the_pair_that_is_seen(panel):
    """A click must not select the pair that takes its place at the next drawing."""
    selected = []
    panel.selected.connect(selected.append)
    panel.run.take(result([[0, 1], [0, 2], [1, 3]]))
    QTest.mouseClick(panel.pairs, Qt.MouseButton.LeftButton, pos=panel.pairs.boxes()[1].center().toPoint())
    assert selected[0].indices == (1, 3)


def test_a_pair_that_is_not_on_the_map_is_not_shown(panel):
    panel.run.take(result([[0, 9]]))
    panel.draw()
    assert panel.pairs.cards == ()
    assert panel.table() is None


def test_the_table_has_a_row_for_each(panel):
    table = panel.table()
    assert table["sample"] == [100, 101, 100]
    assert table["other"] == [102, 103, 101]
    assert table["other_labels"] == ["disc", "bar", "square"]
    assert table["push"] == [4.0, 2.5, 1.0]


def test_it_says_why_it_is_empty(panel):
    panel.run.take(probe([0, 1]))
    panel.draw()
    assert "in a moment" in panel.empty_text(panel.run)
    panel.run.take(State(state="finished"))
    assert panel.empty_text(panel.run) != ENDED  # its engine still answers
    panel.run.connected = False
    assert panel.empty_text(panel.run) == ENDED


def test_without_pictures_or_labels_it_still_shows_what_there_is(panel):
    panel.run.take(probe([0, 1, 0, 2], frames=0, texts=("a", "b", "c", "d")))
    panel.run.take(result())
    panel.draw()
    assert panel.pairs.cards[0].image.isNull()
    assert len(panel.pairs.cards) == 3


def test_both_are_seen_on_the_map_and_the_panel_stays_in_front(window, stage):
    stage.begin()
    stage.tell(probe([0, 1, 0, 2]), latent_map([[0, 0], [1, 1], [2, 0], [3, 3]]), result())
    window.open_panel("false_negatives")
    panel = window.panels["false_negatives"]
    panel.draw()
    QTest.mouseClick(panel.pairs, Qt.MouseButton.LeftButton, pos=panel.pairs.boxes()[0].center().toPoint())
    assert stage.session.run.selection.indices == (0, 2)
    assert panel.can_be_seen()
    assert not window.panels["selection"].can_be_seen()
