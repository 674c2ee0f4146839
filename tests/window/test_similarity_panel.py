"""The similarity panel: order, scale, positives, histograms, and the card beside the mouse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from window_fakes import point_at, similarity

from sslviz.core.wire import Array
from sslviz.window.panels.similarity import SimilarityPanel, ordering
from sslviz.window.widgets import HoverCard

LABELS = [2, 0, 1]
POSITIVES = [0.9, 0.8, 0.7]


def matrix():
    """Of three samples: every pair has its own value, the positives those above."""
    cells = np.arange(36).reshape(6, 6) / 100 - 0.5
    cells = (cells + cells.T) / 2
    np.fill_diagonal(cells, 1.0)
    for sample, value in enumerate(POSITIVES):
        cells[sample, sample + 3] = cells[sample + 3, sample] = value
    return cells


@pytest.fixture
def panel(on_screen):
    made = SimilarityPanel()
    made.run.take(similarity(matrix(), LABELS))
    on_screen(made, 520, 300)
    made.draw()
    return made


@pytest.fixture
def card(panel):
    return panel.findChild(HoverCard)


def levels(panel):
    return panel._image.image.astype(float) / 127.5 - 1


# ----------------------------------------------------------------- order


@given(st.lists(st.integers(-3, 9), max_size=40), st.booleans())
def test_any_order_has_every_row_once_and_both_views_of_a_sample_in_the_same_place(labels, by_label):
    order = ordering(np.array(labels, np.int32), by_label=by_label)
    half = len(labels)
    assert sorted(order.tolist()) == list(range(2 * half))
    assert (order[half:] == order[:half] + half).all()


@given(st.lists(st.integers(-3, 9), max_size=40))
def test_by_label_the_labels_rise_and_samples_of_one_keep_their_order(labels):
    order = ordering(np.array(labels, np.int32), by_label=True)[: len(labels)].tolist()
    assert [(labels[i], i) for i in order] == sorted((label, i) for i, label in enumerate(labels))


def test_ordered_by_label_the_positives_stay_on_their_diagonal(panel, qtbot):
    assert np.diag(levels(panel), 3) == pytest.approx(POSITIVES, abs=0.01)
    by_label = panel.title_widgets()[0]
    qtbot.mouseClick(by_label, Qt.MouseButton.LeftButton)
    assert panel.wants_drawing()
    panel.draw()
    expected = [POSITIVES[sample] for sample in np.argsort(LABELS)]
    assert np.diag(levels(panel), 3) == pytest.approx(expected, abs=0.01)
    assert np.diag(levels(panel), -3) == pytest.approx(expected, abs=0.01)


# ----------------------------------------------------------------- what is drawn


def test_the_scale_is_fixed(on_screen):
    panel = SimilarityPanel()
    on_screen(panel)
    for low, high in ((-1.0, 1.0), (0.0, 0.5)):
        cells = np.full((4, 4), low)
        cells[0, 1] = high
        panel.run.take(similarity(cells, [0, 1]))
        panel.draw()
        assert levels(panel)[0, 1] == pytest.approx(high, abs=0.01)
        assert levels(panel)[2, 2] == pytest.approx(low, abs=0.01)


def test_a_batch_of_another_size_replaces_it(panel):
    panel.run.take(similarity(np.eye(4), [0, 1]))
    panel.draw()
    assert panel._image.image.shape == (4, 4)


def test_the_positives_can_be_marked_or_not(panel, qtbot):
    mark = panel.title_widgets()[1]
    assert panel._positives.isVisible()
    qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
    panel.draw()
    assert not panel._positives.isVisible()


def test_the_histograms_say_their_means(panel):
    positive, negative = np.zeros(64, np.int64), np.zeros(64, np.int64)
    positive[63], negative[[31, 32]] = 5, 7
    counts = {"positive_counts": Array.of(positive), "negative_counts": Array.of(negative)}
    panel.run.take(similarity(matrix(), LABELS, **counts))
    panel.draw()
    texts = [title.toPlainText() for title in panel._titles]
    assert texts == ["negatives 0.00", "positives 0.98"]


def test_the_source_is_asked_of_the_engine(panel, qtbot):
    assert panel.watch_choices() == {"similarity_source": "batch"}
    with qtbot.waitSignal(panel.request_changed):
        qtbot.keyClick(panel.source, Qt.Key.Key_Down)
    assert panel.watch_choices() == {"similarity_source": "probe"}


# ----------------------------------------------------------------- the card


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (0, 3, "+0.900   positive pair\nsample 1, view a · sample 1, view b"),
        (4, 1, "+0.800   positive pair\nsample 2, view b · sample 2, view a"),
        (2, 2, "+1.000   itself\nsample 3, view a · sample 3, view a"),
        (0, 1, "-0.465   negative pair\nsample 1, view a · sample 2, view a"),
    ],
)
def test_pointing_at_a_cell_shows_its_value_and_its_views(panel, card, row, column, text):
    point_at(panel.matrix, column + 0.5, row + 0.5)
    assert card.isVisible()
    assert card.text == text
    shades = [picture.pixmap().toImage().pixelColor(3, 3).red() for picture in card._pictures]
    assert shades == [row, column]


def test_it_names_the_samples_in_the_order_that_is_shown(panel, card):
    panel.title_widgets()[0].setChecked(True)
    panel.draw()
    point_at(panel.matrix, 3.5, 0.5)
    assert card.text == "+0.800   positive pair\nsample 2, view a · sample 2, view b"


def test_the_card_goes_with_the_mouse(panel, card):
    point_at(panel.matrix, 1.5, 1.5)
    assert card.isVisible()
    point_at(panel.matrix, -0.05, -0.05)
    assert not card.isVisible()


def test_the_card_stays_inside_the_panel(panel, card):
    for row, column in ((0, 0), (0, 5), (5, 0), (5, 5)):
        point_at(panel.matrix, column + 0.5, row + 0.5)
        assert panel.rect().contains(card.geometry())


def test_the_card_tells_of_what_is_drawn_not_of_what_came_since(panel, card):
    panel.run.take(similarity(-matrix(), LABELS))
    point_at(panel.matrix, 3.5, 0.5)
    assert card.text.startswith("+0.900")
    panel.draw()
    point_at(panel.matrix, 3.6, 0.6)
    assert card.text.startswith("-0.900")
