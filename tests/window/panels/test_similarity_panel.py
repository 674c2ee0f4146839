"""Tests of the similarity panel: order, scale, positives, histograms, and the card beside the mouse."""

import math

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel
from window_fakes import point_at, probe, similarity

from sslviz.core.requests import SimilarityRequest
from sslviz.core.wire import Array
from sslviz.window.demo.stories import demo_panel
from sslviz.window.panels.similarity import SimilarityPanel
from sslviz.window.style.hover_card import HoverCard

LABELS = [2, 0, 1]
POSITIVES = [0.9, 0.8, 0.7]


def matrix():
    """Return a 6 × 6 matrix of three samples in which every pair has its own value and positives have POSITIVES."""
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


def reds(card):
    """Return the red channel of each image on the card, of a pixel near its corner."""
    return [pixmap.toImage().pixelColor(3, 3).red() for pixmap in card.pixmaps]


def levels(panel):
    return panel.image.levels.astype(float) / 127.5 - 1


# ----------------------------------------------------------------- order


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
    assert panel.image.levels.shape == (4, 4)


def test_the_positives_can_be_marked_or_not(panel, qtbot):
    mark = panel.title_widgets()[1]
    assert panel.image.positive_lines is not None
    qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
    panel.draw()
    assert panel.image.positive_lines is None


def test_the_histograms_say_their_means(panel):
    panel.run.take(similarity(matrix(), LABELS, positive_mean=1.0, negative_mean=-0.001))
    panel.draw()
    assert panel.pairs.captions == ("negatives 0.00", "positives 1.00")
    panel.run.take(similarity(matrix(), LABELS, positive_mean=math.nan, negative_mean=-0.5))
    panel.draw()
    assert panel.pairs.captions == ("negatives −0.50", "positives")


def test_the_source_is_asked_of_the_engine(panel, qtbot):
    assert panel.request() == SimilarityRequest()
    with qtbot.waitSignal(panel.request_changed):
        qtbot.keyClick(panel.source, Qt.Key.Key_Down)
    assert panel.request().source == "probe"


# ----------------------------------------------------------------- the card


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (0, 3, "+0.900   positive pair\n1 of the batch, view a · 1 of the batch, view b"),
        (4, 1, "+0.800   positive pair\n2 of the batch, view b · 2 of the batch, view a"),
        (2, 2, "+1.000   itself\n3 of the batch, view a · 3 of the batch, view a"),
        (0, 1, "-0.465   negative pair\n1 of the batch, view a · 2 of the batch, view a"),
    ],
)
def test_pointing_at_a_cell_shows_its_value_and_its_views(panel, card, row, column, text):
    point_at(panel.matrix, column + 0.5, row + 0.5)
    assert card.isVisible()
    assert card.text == text
    assert reds(card) == [row, column]


def test_it_names_the_samples_in_the_order_that_is_shown(panel, card):
    panel.title_widgets()[0].setChecked(True)
    panel.draw()
    point_at(panel.matrix, 3.5, 0.5)
    assert card.text == "+0.800   positive pair\n2 of the batch, view a · 2 of the batch, view b"


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


def test_samples_of_the_map_have_their_own_numbers(panel, card):
    panel.run.take(probe(LABELS))
    show(panel, similarity(matrix(), LABELS, source="probe"))
    point_at(panel.matrix, 4.5, 0.5)
    assert card.text.endswith("sample 100, view a · sample 101, view b")
    assert panel.table()["row"][:2] == ["100a", "101a"]
    show(panel, similarity(matrix(), LABELS))
    point_at(panel.matrix, 4.6, 0.6)
    assert card.text.endswith("1 of the batch, view a · 2 of the batch, view b")


# ----------------------------------------------------------------- scores and latents


def scores(**more):
    """Return the scores of three predictions with three candidates; those of prediction i are 10 i + 0, 1, 2."""
    facts = {"what": "scores", "limit": 20.0, "shift": 0, "step_ahead": 2, "steps_ahead": (2, 8), **more}
    return similarity(10 * np.arange(3)[:, None] + np.arange(3), LABELS, **facts)


def latents():
    unseen = {"images": Array.of(np.zeros((0, 0, 0, 3), np.uint8)), "positive_counts": Array.of(np.zeros(64, np.int64))}
    return similarity(np.eye(3), LABELS, what="latents", shift=None, **unseen)


def dimensions():
    """Return the matrix of four dimensions; that of dimension i has 10 i + 0, 1, 2, 3."""
    cells = 10 * np.arange(4)[:, None] + np.arange(4)
    unseen = {"images": Array.of(np.zeros((0, 0, 0, 3), np.uint8))}
    return similarity(cells, [], what="dimensions", limit=50.0, shift=0, of="z", **unseen)


def queries():
    """Return the cosines of three queries with their keys and two keys of the queue; row i has i and 0, 1, 2, 3, 4."""
    cells = np.arange(3)[:, None] / 10 + np.arange(5) / 100
    keys = np.broadcast_to(np.array([100, 101, 102], np.uint8)[:, None, None, None], (3, 4, 4, 3))
    return similarity(cells, LABELS, what="queries", shift=0, of="z", column_images=Array.of(keys))


def prototypes():
    """Return a matrix of three prototypes with one that no view is on."""
    names = tuple(f"prototype {number}, {share} % of the views" for number, share in ((7, 60), (2, 40), (9, 0)))
    unseen = {"images": Array.of(np.zeros((0, 0, 0, 3), np.uint8))}
    cells = [[1.5, 0.5, 0], [0.5, 1, 0], [0, 0, 0]]
    return similarity(cells, [], what="prototypes", limit=2.0, shift=0, texts=names, **unseen)


def show(panel, message):
    panel.run.take(message)
    panel.draw()


def controls(panel):
    """Return the names of the controls that are visible."""
    names = ("by label", "positives", "source", "ahead")
    return {name for name, each in zip(names, panel.title_widgets(), strict=True) if each.isVisible()}


def test_each_kind_of_matrix_has_the_controls_that_apply(on_screen):
    panel = SimilarityPanel()
    on_screen(panel, 520, 300)
    assert controls(panel) == set()
    show(panel, similarity(matrix(), LABELS))
    assert controls(panel) == {"by label", "positives", "source"}
    show(panel, scores())
    assert controls(panel) == {"by label", "positives", "ahead"}
    show(panel, latents())
    assert controls(panel) == {"by label"}
    show(panel, dimensions())
    assert controls(panel) == {"source"}
    show(panel, queries())
    assert controls(panel) == {"by label", "positives", "source"}
    show(panel, prototypes())
    assert controls(panel) == {"source"}
    show(panel, similarity(matrix(), LABELS))
    assert controls(panel) == {"by label", "positives", "source"}


def test_alone_it_opens_no_windows_for_its_controls(qtbot):
    panel = demo_panel(SimilarityPanel)
    qtbot.addWidget(panel)
    assert not any(control.isVisible() for control in panel.title_widgets())


def test_scores_have_a_scale_of_their_own(panel):
    show(panel, scores())
    assert levels(panel)[2, 0] == pytest.approx(1, abs=0.01)
    assert levels(panel)[1, 0] == pytest.approx(0.5, abs=0.01)
    assert panel.pairs.tick_labels == ("−20", "−10", "0", "10", "20")
    show(panel, similarity(matrix(), LABELS))
    assert panel.pairs.tick_labels == ("−1", "−.5", "0", ".5", "1")


def test_the_step_ahead_is_asked_of_the_engine_within_what_there_is(panel, qtbot):
    show(panel, scores())
    slider = panel.ahead.slider
    assert (slider.minimum(), slider.maximum(), slider.value()) == (2, 8, 2)
    assert slider.accessibleName()
    assert slider.toolTip()
    with qtbot.waitSignal(panel.request_changed):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert panel.request().step_ahead == 3
    assert panel.ahead.findChildren(QLabel)[-1].text() == "k = 3"
    with qtbot.assertNotEmitted(panel.request_changed):
        show(panel, scores(step_ahead=3))
    assert panel.ahead.value() == 3


def test_a_run_that_predicts_fewer_steps_lowers_no_step_ahead_of_later_runs(panel, qtbot):
    show(panel, scores())
    qtbot.keyClick(panel.ahead.slider, Qt.Key.Key_End)
    assert panel.request().step_ahead == 8
    with qtbot.assertNotEmitted(panel.request_changed):
        show(panel, scores(step_ahead=5, steps_ahead=(2, 5)))
    assert (panel.ahead.value(), panel.request().step_ahead) == (5, 8)
    show(panel, scores(step_ahead=8))
    assert (panel.ahead.value(), panel.request().step_ahead) == (8, 8)


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (1, 1, "+11.000   the positive\nprediction from 2 of the batch · candidate of 2 of the batch"),
        (2, 0, "+20.000   a negative\nprediction from 3 of the batch · candidate of 1 of the batch"),
    ],
)
def test_pointing_at_a_score_shows_prediction_and_candidate(panel, card, row, column, text):
    shades = np.array([100, 101, 102], np.uint8)[:, None, None, None]
    show(panel, scores(column_images=Array.of(np.broadcast_to(shades, (3, 4, 4, 3)))))
    point_at(panel.matrix, column + 0.5, row + 0.5)
    assert card.text == text
    assert reds(card) == [row, 100 + column]


def test_latents_are_named_and_need_no_pictures(panel, card):
    show(panel, latents())
    point_at(panel.matrix, 1.5, 0.5)
    assert card.text == "+0.000   two samples\n1 of the batch · 2 of the batch"
    assert card.pixmaps == []
    point_at(panel.matrix, 2.5, 2.5)
    assert card.text == "+1.000   itself\n3 of the batch · 3 of the batch"
    assert panel.pairs.captions == ("all pairs −0.03", "")


def test_dimensions_are_named_and_are_no_samples(panel, card):
    panel.by_label.setChecked(True)
    show(panel, dimensions())
    point_at(panel.matrix, 1.5, 2.5)
    assert card.text == "+21.000   two dimensions\ndimension 3 · dimension 2"
    assert card.pixmaps == []
    point_at(panel.matrix, 2.5, 2.5)
    assert card.text == "+22.000   the same dimension\ndimension 3 · dimension 3"
    assert panel.pairs.captions == ("two dim. −0.03", "same dim. 0.90")
    assert panel.image.positive_lines is None
    assert panel.table() == {
        "row": ["1", "2", "3", "4"],
        **{str(column + 1): [10.0 * row + column for row in range(4)] for column in range(4)},
    }
    assert panel.description(panel.run) == "of the dimensions of z"


def test_the_queue_stands_on_the_right_of_the_keys_of_the_batch(panel, card):
    show(panel, queries())
    assert panel.image.levels.shape == (3, 5)
    assert marked(panel) == {(0.0, 0.0, 2.0, 3.0), (1.0, 0.0, 4.0, 3.0)}
    panel.by_label.setChecked(True)
    panel.draw()
    assert levels(panel)[0] == pytest.approx([0.11, 0.12, 0.1, 0.13, 0.14], abs=0.01)
    point_at(panel.matrix, 0.5, 0.5)
    assert card.text == "+0.110   its key\nquery of 2 of the batch · key of 2 of the batch"
    assert reds(card) == [1, 101]
    point_at(panel.matrix, 1.5, 0.5)
    assert card.text == "+0.120   another key\nquery of 2 of the batch · key of 3 of the batch"
    point_at(panel.matrix, 4.5, 2.5)
    assert card.text == "+0.040   a key of the queue\nquery of 1 of the batch · key 2 of the queue"
    assert reds(card) == [0]
    assert panel.pairs.captions == ("others −0.03", "keys 0.90")
    assert list(panel.table()) == ["row", "label", "2", "3", "1", "queue 1", "queue 2"]
    assert panel.table()["queue 2"] == pytest.approx([0.14, 0.24, 0.04], abs=1e-3)
    assert panel.description(panel.run) == "of queries and keys"


def test_the_arrow_keys_reach_every_key_of_the_queue(panel, card):
    show(panel, queries())
    for _ in range(9):
        panel.matrix.stepped.emit(1, 0)
    assert card.text.endswith("key 2 of the queue")
    for _ in range(9):
        panel.matrix.stepped.emit(0, 1)
    assert card.text.startswith("+0.240")


def test_prototypes_are_named_and_have_a_scale_of_their_own(panel, card):
    panel.by_label.setChecked(True)
    show(panel, prototypes())
    assert levels(panel)[0] == pytest.approx([0.75, 0.25, 0], abs=0.01)
    point_at(panel.matrix, 1.5, 0.5)
    names = "teacher: prototype 7, 60 % of the views\nstudent: prototype 2, 40 % of the views"
    assert card.text == f"0.500   two prototypes\n{names}"
    point_at(panel.matrix, 0.5, 0.5)
    assert card.text.startswith("1.500   the same prototype\nteacher: prototype 7")
    assert panel.pairs.captions == ("others −0.03", "same 0.90")
    assert panel.pairs.tick_labels == ("−2", "−1", "0", "1", "2")
    assert panel.table()["prototype 2, 40 % of the views"] == [0.5, 1.0, 0.0]
    assert panel.description(panel.run) == "of prototypes"


def marked(panel):
    """Return the lines around the positives as (x0, y0, x1, y1)."""
    return set(map(tuple, panel.image.positive_lines.tolist()))


def test_the_positives_are_marked_where_they_are(panel):
    """Two samples have two diagonals of two positives each, with a line at a distance of one cell on either side."""
    show(panel, similarity(np.eye(4), [0, 1]))
    assert marked(panel) == {(1.0, 0.0, 3.0, 2.0), (3.0, 0.0, 4.0, 2.0), (0.0, 2.0, 1.0, 4.0), (1.0, 2.0, 3.0, 4.0)}
    show(panel, scores())
    assert marked(panel) == {(0.0, 0.0, 2.0, 3.0), (1.0, 0.0, 3.0, 3.0)}
    show(panel, latents())
    assert panel.image.positive_lines is None


def test_ordered_by_label_the_positives_of_scores_stay_on_the_diagonal(panel):
    panel.title_widgets()[0].setChecked(True)
    show(panel, scores(limit=50.0))
    assert np.diag(levels(panel) * 50) == pytest.approx([11, 22, 0], abs=0.3)


def test_the_table_names_what_the_rows_are(panel):
    show(panel, scores())
    table = panel.table()
    assert table["row"] == ["1", "2", "3"]
    assert table["2"] == [1.0, 11.0, 21.0]
    assert table["label"] == ["2", "0", "1"]


# ----------------------------------------------------------------- more cells than pixels


@pytest.mark.parametrize("width", [250, 331, 402, 530, 777])
@pytest.mark.parametrize("by_label", [False, True])
def test_the_diagonals_are_whole_however_small_the_cells(width, by_label, on_screen):
    size = 512
    cells = np.tile(np.eye(size // 2), (2, 2))
    panel = SimilarityPanel()
    panel.run.take(similarity(cells, np.arange(size // 2) % 10))
    panel.mark_positives.setChecked(False)
    panel.by_label.setChecked(by_label)
    on_screen(panel, width, 300)
    panel.draw()
    panel.draw()
    view, plot = panel.matrix.getViewBox(), panel.matrix
    screen = plot.viewport().grab().toImage()
    area = (
        plot.mapFromScene(view.mapViewToScene(QPointF(0, 0))),
        plot.mapFromScene(view.mapViewToScene(QPointF(size, size))),
    )
    rows = range(area[0].y() + 3, area[1].y() - 3)
    assert len(rows) > 90
    blank = screen.pixelColor(area[0].x() + len(rows) // 4, area[0].y() + 4).rgb()
    dark = [sum(screen.pixelColor(x, y).rgb() != blank for x in range(area[0].x() + 2, area[1].x() - 2)) for y in rows]
    middle = len(dark) // 2  # there the positives begin and end at the edges
    assert min(dark[: middle - 5] + dark[middle + 5 :]) >= 2


def test_zoomed_in_every_cell_is_drawn(panel, on_screen, qtbot):
    show(panel, similarity(np.tile(np.eye(256), (2, 2)), np.zeros(256)))
    assert len(panel.image.levels) < 512
    panel.matrix.follows = False
    panel.matrix.getViewBox().setRange(xRange=(0, 40), yRange=(0, 40), padding=0)
    assert panel.wants_drawing()
    panel.draw()
    assert panel.image.levels.shape == (512, 512)


def test_the_means_do_not_lie_over_each_other_in_a_narrow_panel(panel):
    for width in (520, 300, 270):
        panel.resize(width, 200)
        QApplication.processEvents()
        panel.draw()
        left, right = panel.pairs.caption_rects
        assert left.right() < right.left() + 8  # of which half is the margin of each


def test_another_size_is_seen_whole_where_one_had_looked_closer(panel):
    view = panel.matrix.getViewBox()
    panel.matrix.follows = False
    view.setRange(xRange=(4, 9), yRange=(4, 9), padding=0)
    panel.run.take(similarity(matrix(), LABELS))
    panel.draw()
    assert not panel.matrix.follows  # the same size leaves it there
    panel.run.take(similarity(np.eye(20), [0] * 10))
    panel.draw()
    assert panel.matrix.follows
    assert view.viewRange()[1] == pytest.approx([0, 20], abs=2)


def test_a_key_of_the_queue_has_no_text(panel, card):
    show(panel, msgspec.structs.replace(queries(), texts=("first", "second", "third")))
    point_at(panel.matrix, 3.5, 1.5)
    assert card.text == "+0.130   a key of the queue\nquery of 2 of the batch · key 1 of the queue\nsecond"


def test_prototypes_without_names_are_refused():
    with pytest.raises(ValueError, match="texts of 3 rows"):
        msgspec.structs.replace(prototypes(), texts=()).verify()
