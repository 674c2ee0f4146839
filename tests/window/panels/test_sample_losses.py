"""Tests of the histogram of losses: its counts, those of the selected samples, and selecting a range."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_fakes import probe

from sslviz.core.messages import State, Watch
from sslviz.core.panel_data import Losses
from sslviz.core.wire import Array
from sslviz.window.panels.sample_losses import SampleLossesPanel
from sslviz.window.plotting.loss_histogram import BINS
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import ENDED

VALUES = np.linspace(1, 3, 201, dtype=np.float32)


def losses(values=VALUES):
    return Losses(step=40, values=Array.of(np.asarray(values, np.float32)))


@pytest.fixture
def panel(on_screen):
    made = SampleLossesPanel()
    made.run.take(probe([0] * 201, side=4))
    made.run.take(losses())
    on_screen(made, 500, 260)
    made.draw()
    return made


@pytest.fixture
def selected(panel):
    found = []
    panel.selected.connect(found.append)
    return found


def place(panel, x, y):
    return panel.plot.mapFromScene(panel.plot.getViewBox().mapViewToScene(pg.Point(x, y)))


def drag(panel, start, end):
    view = panel.plot.viewport()
    first, last = place(panel, *start), place(panel, *end)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(view, (first + last) / 2)
    QTest.mouseMove(view, last)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)


def test_the_bars_count_all_samples_and_the_selected_ones(panel):
    assert len(panel.histogram.edges) == BINS + 1
    assert panel.histogram.counts.sum() == 201
    assert panel.histogram.selected_counts.sum() == 0
    panel.run.take(Selected(indices=(0, 1, 200)))
    panel.draw()
    counts = panel.histogram.selected_counts
    assert (counts[0], counts[-1], counts.sum()) == (2, 1, 3)
    assert panel.readout.text() == f"3 selected {(1 + 1.01 + 3) / 3:.2f}   mean 2.00   step 40"


def test_what_is_dragged_over_is_selected(panel, selected):
    drag(panel, (1.495, 3), (2.003, 1))
    (found,) = selected
    values = VALUES[list(found.indices)]
    assert values.min() == pytest.approx(1.5, abs=0.02)
    assert values.max() == pytest.approx(2.0, abs=0.02)
    assert len(values) == round((values.max() - values.min()) / 0.01) + 1
    assert found.origin.startswith("loss 1.")
    assert panel.pointed is None  # the bar where it began is not what was selected
    assert panel.readout.text().startswith("mean")


def test_the_last_bar_stands_for_all_beyond_it(panel, selected):
    panel.run.take(losses(np.where(np.arange(201) == 7, 900, VALUES)))
    panel.draw()
    assert panel.histogram.edges[-1] < 10
    QTest.mouseClick(
        panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place(panel, panel.histogram.edges[-1] - 0.01, 1)
    )
    assert 7 in selected[0].indices


def test_keys_go_from_bar_to_bar_and_select_one(panel, selected):
    panel.plot.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(panel.plot, key)
    low, high = panel.histogram.edges[1:3]
    assert selected[0].indices == tuple(np.flatnonzero((low <= VALUES) & (high >= VALUES)).tolist())
    assert panel.readout.text().startswith(f"loss {low:.2f} to {high:.2f}: ")


def test_losses_of_other_samples_or_none_are_not_shown(panel):
    for values in ([1.0, 2.0], [np.nan] * 201, [np.inf] * 201):
        panel.run.take(losses(values))
        panel.draw()
        assert panel.plot.isHidden()
        assert panel.table() is None
    assert "finite" in panel.empty_text(panel.run)


def test_losses_that_are_not_finite_are_left_out(panel, selected):
    panel.run.take(losses([np.nan, np.inf, -np.inf, *VALUES[3:]]))
    panel.run.take(Selected(indices=(0, 200)))
    panel.draw()
    assert panel.histogram.counts.sum() == 198
    assert panel.readout.text().startswith("2 selected 3.00")
    drag(panel, (1.0, 3), (2.003, 1))
    assert not {0, 1, 2} & set(selected[0].indices)
    panel.run.take(Selected(indices=(0,)))
    panel.draw()
    assert panel.readout.text().startswith("1 selected –")


def test_equal_losses_are_one_bar(panel):
    panel.run.take(losses([2.0] * 201))
    panel.draw()
    assert panel.histogram.counts.sum() == 201


def test_the_table_has_the_hardest_first(panel):
    panel.run.take(Selected(indices=(200,)))
    table = panel.table()
    assert table["loss"][0] == pytest.approx(3)
    assert table["selected"][:2] == [True, False]


def test_it_says_why_there_is_nothing(panel):
    panel.run.losses = None
    assert "appears here" in panel.empty_text(panel.run)
    panel.run.take(State(state="finished"))
    assert panel.empty_text(panel.run) != ENDED  # its engine still answers
    panel.run.connected = False
    assert panel.empty_text(panel.run) == ENDED


def test_the_engine_computes_losses_only_while_they_can_be_seen(window, stage, qtbot):
    stage.begin()
    assert "Losses" not in stage.engine.commands(Watch)[-1].panel_data
    window.open_panel("sample_losses")
    qtbot.waitUntil(lambda: "Losses" in stage.engine.commands(Watch)[-1].panel_data)
    window.docks["sample_losses"].hide()
    qtbot.waitUntil(lambda: "Losses" not in stage.engine.commands(Watch)[-1].panel_data)
