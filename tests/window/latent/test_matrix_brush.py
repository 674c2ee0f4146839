"""A selection on the map is marked in the matrix of the fixed samples, and one in the matrix on the map."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from window_fakes import probe, similarity, turn_wheel

from sslviz.window.latent.matrix_brush import COVER_ALPHA, samples_in_region, selected_rows
from sslviz.window.panels.similarity import SimilarityPanel
from sslviz.window.plotting.matrix_order import ordering
from sslviz.window.runs.choices import Selected

LABELS = [1, 0, 1, 0]
ORDER = ordering(np.array(LABELS), 8, 8, by_label=True)  # samples 1, 3, 0, 2 and their views b


@pytest.fixture
def panel(on_screen):
    made = SimilarityPanel()
    made.run.take(probe(LABELS))
    made.run.take(similarity(np.eye(8), LABELS, source="probe"))
    on_screen(made, 560, 320)
    made.draw()
    return made


def drag(panel, start, end, held=Qt.KeyboardModifier.NoModifier):
    plot = panel.matrix
    places = [plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(*place))) for place in (start, end)]
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, held, places[0])
    QTest.mouseMove(plot.viewport(), places[1])
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, held, places[1])


def test_rows_of_both_views_of_a_selected_sample_are_chosen():
    shown = similarity(np.eye(8), LABELS, source="probe")
    assert np.flatnonzero(selected_rows(shown, ORDER, (0, 3))).tolist() == [1, 2, 5, 6]
    assert not selected_rows(similarity(np.eye(8), LABELS), ORDER, (0, 3)).any()
    assert not selected_rows(shown, ORDER, (70,)).any()


@pytest.mark.parametrize(
    ("corners", "samples"),
    [
        ([[0.2, 0.2], [0.8, 0.8]], (1,)),
        ([[1.5, 6.2], [1.6, 7.9]], (0, 2, 3)),
        ([[-9, -9], [99, 99]], (0, 1, 2, 3)),
        ([[20, 20], [30, 30]], ()),
    ],
)
def test_a_line_around_cells_reaches_their_rows_and_columns(corners, samples):
    shown = similarity(np.eye(8), LABELS, source="probe")
    assert samples_in_region(shown, ORDER, np.array(corners, float)) == samples


def test_cells_of_samples_that_are_not_selected_are_veiled(panel):
    assert not panel.cover.item.isVisible()
    panel.run.take(Selected(indices=(1,)))
    panel.draw()
    assert panel.cover.item.isVisible()
    alpha = panel.cover.item.image[..., 3]
    assert alpha[1, :].tolist() == [0] * 8
    assert alpha[0].tolist() == [COVER_ALPHA, 0, COVER_ALPHA, COVER_ALPHA, COVER_ALPHA, 0, COVER_ALPHA, COVER_ALPHA]
    panel.run.take(Selected(indices=()))
    panel.draw()
    assert not panel.cover.item.isVisible()


def test_drawing_on_the_matrix_selects_samples_of_the_map(panel, qtbot):
    with qtbot.waitSignal(panel.selected) as selected:
        drag(panel, (2.1, 2.1), (3.9, 3.9))
    assert selected.args == [Selected(indices=(2, 3), origin="drawn on the matrix")]


def test_once_zoomed_in_a_drag_moves_the_matrix_and_one_with_shift_selects(panel, qtbot):
    turn_wheel(panel.matrix.viewport())
    panel.matrix.getViewBox().setRange(xRange=(0, 5), yRange=(0, 5), padding=0)
    panel.draw()
    with qtbot.assertNotEmitted(panel.selected):
        drag(panel, (2.1, 2.1), (3.9, 3.9))
    with qtbot.waitSignal(panel.selected):
        drag(panel, (2.1, 2.1), (3.9, 3.9), Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)


def test_a_batch_says_that_it_is_not_on_the_map(panel, qtbot):
    panel.run.take(similarity(np.eye(8), LABELS))
    panel.draw()
    with qtbot.waitSignal(panel.noticed) as noticed, qtbot.assertNotEmitted(panel.selected):
        drag(panel, (2.1, 2.1), (3.9, 3.9))
    assert "choose “64 fixed”" in noticed.args[0].text
