"""The view of a sweep: curves, figures against the values, maps, and what the user points at in them."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from recorded_sweep import catalogue_of_sweeps, record_sweep, sweep_of

from sslviz.core.sweep.folder import put_aside
from sslviz.core.sweep.sentences import SweepWords
from sslviz.window.sweep.reader import SweepReader
from sslviz.window.sweep.view import POINT, SweepView


def shown(folder, sweep, qtbot):
    """Return a view that shows the sweep in a folder."""
    view = SweepView(sweep, folder)
    qtbot.addWidget(view)
    view.resize(1160, 600)
    view.show()
    read(view, folder, sweep, qtbot)
    return view


def read(view, folder, sweep, qtbot):
    """Let the view show what is in the folder now."""
    reader = SweepReader(folder, sweep, view)
    with qtbot.waitSignal(reader.changed) as signal:
        reader.look()
    reader.close()
    view.show_sweep(signal.args[0], SweepWords(sweep, catalogue_of_sweeps()))


@pytest.fixture
def sweep():
    return sweep_of(0.05, 0.1, 0.2, 0.5)


@pytest.fixture
def view(tmp_path, sweep, qtbot):
    record_sweep(tmp_path, sweep)
    return shown(tmp_path, sweep, qtbot)


def at(widget, place):
    """Return a place that a painted widget has computed, in pixels of the widget."""
    x, y = place
    return QPoint(round(float(x)), round(float(y)))


def test_it_says_which_value_is_best_and_that_losses_do_not_compare(view):
    assert view.lead.text().startswith("k-NN is highest at τ = 0.1: ")
    assert "τ = 0.1 is better than 0.5 by" in view.sentences.text()
    assert "The losses cannot be compared" in view.sentences.text()
    assert view.curves["knn"].isVisible()
    assert not view.curves["loss"].isVisible()
    assert view.curves["top1"].isVisible()
    assert "loss" not in view.figures


def test_losses_that_compare_are_drawn_too(tmp_path, qtbot):
    sweep = msgspec.structs.replace(sweep_of(), vary={"colour": (0.5, 1.0)}, seeds=(0, 1))
    record_sweep(tmp_path, sweep)
    view = shown(tmp_path, sweep, qtbot)
    assert view.curves["loss"].isVisible()
    assert not view.curves["top1"].isVisible()
    assert list(view.figures)[:2] == ["knn", "loss"]
    assert "The loss is lowest at colour = " in view.sentences.text()


def test_the_mean_of_a_value_is_that_of_its_finished_seeds(tmp_path, sweep, qtbot):
    runs = record_sweep(tmp_path, sweep, finished=6)
    view = shown(tmp_path, sweep, qtbot)
    done = [run for run in runs if run.figures]
    by_value = [[run.figures["knn"] for run in done if run.values == each] for each in sweep.combinations]
    assert [len(found) for found in by_value] == [2, 2, 1, 1]
    spread = view.figures["knn"].spread
    assert [spread[value].mean for value in range(4)] == pytest.approx([np.mean(found) for found in by_value])
    assert spread[0].std == pytest.approx(np.std(by_value[0], ddof=1))
    assert spread[3].std is None
    steps, mean, deviation = view.curves["knn"].means[0]
    assert (steps[0], steps[-1]) == (1, 200)
    assert view.result.runs[0].curves["knn"][1][-1] == runs[0].figures["knn"]
    lines = [view.result.runs[index].curves["knn"] for index in (0, 4)]
    assert mean[-1] == pytest.approx(np.mean([values[-1] for _, values in lines]))
    assert deviation[-1] == pytest.approx(np.std([values[-1] for _, values in lines], ddof=1))


def test_maps_are_turned_to_fit_the_first(view):
    first, *others = view.maps.maps
    before = [run.small_map for run in view.result.runs[1:]]
    apart, apart_before = (np.mean([abs(each.xy - first.xy) for each in maps]) for maps in (others, before))
    assert apart < 0.4 * apart_before


def test_of_each_map_one_picture_is_kept_whatever_the_size_was(view):
    for width in (1160, 1000, 900):
        view.resize(width, 600)
        view.grab()
    assert len(view.maps._pictures) == 12


def test_what_the_mouse_points_at_comes_forward_everywhere_and_a_click_opens_it(view, qtbot):
    plot = view.figures["knn"]
    x, y = plot.traces()[5]
    with qtbot.waitSignal(view.run_chosen) as opened:
        qtbot.mouseMove(plot, at(plot, (x[0], y[0])))
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(plot, (x[0], y[0])))
    assert opened.args[0] is view.result.runs[5]
    assert view.readout.text().startswith("τ = 0.1, seed 1 · finished · k-NN ")
    for part in (*view.curves.values(), *view.figures.values(), view.maps):
        assert part._bold == {5}
    with qtbot.waitSignal(view.run_chosen) as opened:
        curve = view.curves["knn"]
        x, y = curve.traces()[2]
        qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=at(curve, (x[-1], y[-1])))
    assert opened.args[0].value == 2


def test_keys_walk_the_maps(view, qtbot):
    view.activateWindow()
    view.maps.setFocus()
    for key in ("Right", "Right", "Down", "Down", "Left", "Down"):
        qtbot.keyClick(view.maps, getattr(Qt.Key, f"Key_{key}"))
    assert view.readout.text().startswith("τ = 0.05, seed 2")
    with qtbot.waitSignal(view.run_chosen) as opened:
        qtbot.keyClick(view.maps, Qt.Key.Key_Return)
    assert (opened.args[0].value, opened.args[0].run.seed) == (0, 2)
    qtbot.keyClick(view.maps, Qt.Key.Key_Escape)
    assert view.readout.text() == POINT


def test_the_legend_brings_all_runs_of_a_value_forward(view, qtbot):
    qtbot.mouseMove(view.legend, view.legend.places()[1].center().toPoint())
    assert view.maps._bold == {index for index, run in enumerate(view.result.runs) if run.value == 1}


def test_while_it_is_trained_the_rest_waits(tmp_path, sweep, qtbot):
    record_sweep(tmp_path, sweep, finished=5)
    view = shown(tmp_path, sweep, qtbot)
    states = [run.state for run in view.result.runs]
    assert states == ["finished"] * 5 + ["training"] + ["waiting"] * 6
    assert view.result.runs[5].done == pytest.approx(0.5)
    assert view.result.runs[5].active
    assert not view.result.active  # nobody holds the lock
    assert "Not finished: 7 of 12 runs." in view.sentences.text()


def test_a_run_that_is_put_aside_to_be_begun_again_has_nothing_yet(tmp_path, sweep, qtbot):
    runs = record_sweep(tmp_path, sweep, finished=0)
    view = shown(tmp_path, sweep, qtbot)
    reader = SweepReader(tmp_path, sweep, view)
    seen = []
    for _ in range(2):
        with qtbot.waitSignal(reader.changed) as signal:
            reader.look()
        seen.append(signal.args[0].runs[0])
        put_aside(runs[0].path)
    reader.close()
    assert [(run.state, run.done > 0, bool(run.curves)) for run in seen] == [
        ("training", True, True),
        ("waiting", False, False),
    ]


def test_its_table_has_a_row_for_each_run(view):
    table = view.table()
    assert table["temperature"][:4] == [0.05, 0.1, 0.2, 0.5]
    assert table["seed"] == [0] * 4 + [1] * 4 + [2] * 4
    assert len(table["knn"]) == 12
