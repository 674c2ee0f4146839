"""The spectrum: drawn on a logarithmic axis beside the untrained network, read off by mouse and keys."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from window_fakes import leave, point_at, prepared

from sslviz.core.panel_data import Spectrum
from sslviz.core.wire import Array
from sslviz.window.panels.spectrum import MIN_VALUE, SpectrumPanel
from sslviz.window.runs.run_model import RunModel


def spectrum(values, untrained=(0.5, 0.4, 0.3, 0.2)):
    given = (Array.of(np.array(each, np.float32)) for each in (values, untrained))
    now, before = given
    return Spectrum(step=30, values=now, untrained=before)


@pytest.fixture
def panel(on_screen):
    made = SpectrumPanel()
    made.run.take(spectrum([0.9, 0.1, 0.01, 0.0]))
    on_screen(made, 420, 260)
    made.draw()
    return made


def test_it_is_drawn_on_a_logarithmic_axis(panel):
    assert panel.values.tolist() == pytest.approx(np.log10([0.9, 0.1, 0.01, MIN_VALUE]).tolist(), abs=1e-5)
    assert panel.untrained[0] == pytest.approx(np.log10(0.5))
    (left, right), _ = panel.plot.getViewBox().viewRange()
    assert left < 1
    assert right > 4
    assert panel.plot.getAxis("left").logMode


def test_a_direction_is_read_off_by_mouse_and_keys(panel, qtbot):
    assert panel.readout.text() == "dashed: untrained   step 30"
    point_at(panel.plot, 2.1, -1)
    assert panel.readout.text() == "direction 2   0.1 (untrained 0.4)   step 30"
    leave(panel.plot)
    assert panel.readout.text() == "dashed: untrained   step 30"
    for _ in range(2):
        qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    assert panel.readout.text().startswith("direction 2 ")
    assert panel.cursor_line.x == 2


def test_of_a_network_that_is_not_trained_there_is_one_curve(panel):
    panel.run.take(msgspec.structs.replace(prepared(), trains=False))
    panel.run.take(msgspec.structs.replace(spectrum([0.9, 0.1]), untrained=None, of="h"))
    panel.draw()
    assert len(panel.untrained) == 0
    point_at(panel.plot, 2.1, -1)
    assert panel.readout.text() == "direction 2   0.1"
    assert panel.description(panel.run) == "of h"
    assert list(panel.table()) == ["direction", "singular_value"]


def test_other_runs_are_drawn_thinly(panel):
    other = RunModel(colour=3)
    other.take(spectrum([0.2, 0.1, 0.1, 0.1]))
    panel.show_run(panel.run, (other, RunModel()))
    panel.draw()
    ((x, y),) = panel.curves_of_others.points
    assert (x[0], y[0]) == (1, pytest.approx(np.log10(0.2)))
    panel.show_run(panel.run)
    panel.draw()
    assert panel.curves_of_others.points == []


@pytest.mark.parametrize("values", [[np.nan] * 4, [np.inf, 1, 1, 1], [-1, 0, 0, 0]])
def test_what_is_no_singular_value_is_drawn_at_the_edge(panel, values):
    panel.run.take(spectrum(values))
    panel.draw()
    assert not panel.failure


def test_nothing_to_show_says_so_and_has_no_table(on_screen):
    panel = SpectrumPanel()
    on_screen(panel)
    panel.draw()
    assert panel.empty_text(panel.run)
    assert panel.table() is None
    panel.run.take(spectrum([], ()))
    panel.draw()
    assert panel.table() == {"direction": [], "singular_value": [], "untrained": []}
