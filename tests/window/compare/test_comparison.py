"""Runs side by side: aligned maps, linked samples, curves, a table, and runs that come, go and train on."""

import msgspec
import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from window_fakes import latent_map, prepared, probe, scalars, texts

from sslviz.core.messages import Diagnosis, Pulse, References, State, Watch
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.compare.rows import all_figures, rows_of
from sslviz.window.latent.colours import Colours
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import RunModel
from sslviz.window.shell.keyboard import tab_rows

LABELS = np.arange(40) % 3
XY = np.random.default_rng(3).normal(size=(40, 2))
TURNED = XY @ [[0, 2], [-2, 0]] + 7


def train(stage, temperature, xy, knn, labels=LABELS):
    """Let the newest run train up to step 40."""
    stage.session.set_value("temperature", temperature)
    stage.session.train()
    stage.session.pull()
    untrained = ReferenceLine(curve="knn", label="untrained", value=0.4, role="untrained")
    stage.tell(State(state="preparing"), prepared(temperature=temperature), State(state="training"))
    stage.tell(
        probe(labels), latent_map(xy, step=40), References(lines=(untrained,)), Health(step=40, figures={"knn": knn})
    )
    stage.tell(scalars([20, 40], loss=[3.0, 3 - knn]), Pulse(40, 1.0, 12.0, 900.0, 0))


@pytest.fixture
def compared(window, stage, qtbot):
    """The window that compares two runs of different temperatures that train, the second of which is current."""
    train(stage, 0.2, XY, knn=0.8)
    window.session.runs.new()
    stage.introduce()
    train(stage, 0.5, TURNED, knn=0.7)
    window.comparing.compare(window.session.runs)
    made = window.comparing.window
    qtbot.waitExposed(made)
    draw(made)
    return made


def draw(made):
    made.view.draw()
    for each in made.view.maps:
        each.canvas.cloud.arrive()


def move_to(port, place):
    """Move the mouse in a widget; the main window, which is larger, is in its way if the cursor itself is moved."""
    at, none = QPointF(place), Qt.MouseButton.NoButton
    keys = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(port, QMouseEvent(QEvent.Type.MouseMove, at, port.mapToGlobal(at), none, none, keys))


def point_at(plot, x, y):
    """Move the mouse to a point in data coordinates."""
    move_to(plot.viewport(), plot.mapFromScene(plot.getViewBox().mapViewToScene(pg.Point(x, y))))


def rows(made):
    """The rows of the table as texts."""
    view = made.view.table_view
    cells = [[view.item(row, column).text() for column in range(view.columnCount())] for row in range(view.rowCount())]
    return {name: said for name, *said in cells}


def test_maps_are_aligned_and_the_engines_of_both_send_them(compared, stage):
    first, second = compared.view.shown
    np.testing.assert_allclose(second.canvas.cloud.target, first.canvas.cloud.target, atol=1e-4)
    for engine in stage.engines:
        assert {"LatentMap", "Health"} <= set(engine.commands(Watch)[-1].panel_data)
    compared.close()
    assert stage.engines[0].commands(Watch)[-1].panel_data == ()


def test_of_encoders_that_were_only_looked_at_there_are_maps_and_a_table_without_a_training(window, stage, qtbot):
    for count, knn in ((30, 0.6), (40, 0.8)):
        stage.session.train()
        stage.session.pull()
        stage.tell(State(state="preparing"), msgspec.structs.replace(prepared(), trains=False))
        stage.tell(probe(LABELS[:count]), latent_map(XY[:count], step=0), Health(step=0, figures={"knn": knn}))
        stage.tell(State(state="finished", text="Finished without training.", saved=True))
        if count < 40:
            window.session.runs.new()
            stage.introduce()
    window.comparing.compare(window.session.runs)
    made = window.comparing.window
    qtbot.waitExposed(made)
    draw(made)
    assert len(made.view.shown) == 2
    assert made.view.curves.visibleRegion().isEmpty()
    said = rows(made)
    assert (said["Map samples"], said["k-NN"]) == (["30", "40"], ["60.0%", "80.0%"])
    assert not {"Verdict", "Loss", "Steps", "Seconds", "k-NN, untrained"} & said.keys()


def test_what_is_selected_clicked_or_pointed_at_in_one_map_is_marked_in_both(compared, stage, window):
    first, second = compared.view.shown
    models = [run.model for run in stage.session.runs]
    compared.view.tools.drags["lasso"].click()
    port = second.canvas.plot.viewport()
    middle = port.rect().center()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    for corner in (QPoint(1, port.height()), middle, QPoint(port.width(), 1)):
        move_to(port, corner)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(port.width(), 1))
    assert models[0].selection.indices == models[1].selection.indices != ()
    assert len(first.canvas.cloud.selected) == len(models[0].selection.indices)

    point_at(first.canvas.plot, *first.canvas.cloud.xy[5].tolist())
    assert first.pointer.card.isVisible()
    assert (first.canvas.rings.pointed, second.canvas.rings.pointed) == (None, 5)
    QTest.keyClick(first.canvas.plot, Qt.Key.Key_Return)
    assert [model.pinned for model in models] == [5, 5]
    assert second.canvas.rings.pinned == 5
    QTest.keyClick(first.canvas.plot, Qt.Key.Key_Escape)
    assert second.canvas.rings.pointed is None
    QTest.keyClick(first.canvas.plot, Qt.Key.Key_Escape)
    assert [model.selection.indices for model in models] == [(), ()]
    QTest.keyClick(first.canvas.plot, Qt.Key.Key_Escape)
    assert [model.pinned for model in models] == [None, None]
    assert compared.isVisible()


def test_a_click_on_the_legend_selects_a_class_in_all_maps(compared, stage):
    legend = compared.view.colours.legend
    QTest.mouseClick(legend, Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    chosen = tuple(np.flatnonzero(LABELS == 1).tolist())
    assert [run.model.selection.indices for run in stage.session.runs] == [chosen, chosen]


def test_the_table_says_what_differs_and_which_is_best(compared, stage):
    said = rows(compared)
    assert said["Temperature"] == ["0.2 · default", "0.5"]
    assert "Rotation" not in said
    assert (said["k-NN"], said["k-NN, untrained"]) == (["80.0%", "70.0%"], ["40.0%", "40.0%"])
    assert (said["Steps"], said["Seconds"]) == (["40", "40"], ["12", "12"])
    best = {
        (row.name, cell.text) for row in rows_of(stage.session.runs, same_data=True) for cell in row.cells if cell.best
    }
    assert best == {("k-NN", "80.0%")}, "losses at different temperatures cannot be compared"
    assert compared.view.loss_caution.text() == "Temperature differs, so these losses cannot be compared; k-NN can."
    table = compared.view.table()
    titles = [run.model.title for run in stage.session.runs]
    assert list(table) == ["figure", *titles]
    assert table[titles[1]][table["figure"].index("Temperature")] == 0.5


def test_runs_of_the_same_title_have_columns_of_their_own(window, compared):
    for run in window.session.runs:
        window.session.rename(run, "figure")
    assert list(compared.view.table()) == ["figure", "figure (2)", "figure (3)"]


def test_verdicts_that_are_switched_off_leave_the_table(window, compared, stage):
    stage.tell(Diagnosis(step=40, verdict="learning", title="Learning", text="", evidence=()))
    draw(compared)
    assert rows(compared)["Verdict"] == ["–", "Learning"]
    window.session.verdicts.switch(on=False)
    assert compared.view.wants_drawing()
    draw(compared)
    assert rows(compared)["Verdict"] == ["–", "–"]


def test_settings_that_only_some_runs_have_come_last(compared, stage):
    stage.tell(prepared(objective="masked", temperature=0.2))
    third = stage.session.runs.current
    third.config.settings = tuple(each for each in third.config.settings if each.key != "colour")
    stage.session.runs[0].model.values["colour"] = 0.5
    third.model.values["colour"] = None
    draw(compared)
    names = [row.name for row in rows_of(stage.session.runs, same_data=True)]
    assert names.index("Objective") == 1
    assert rows(compared)["Objective"] == ["contrastive", "masked"]
    assert names.index("Colour") > names.index("Settings that only some of these runs have") > names.index("Loss")


def test_losses_that_compare_have_a_best_one_and_no_caution(compared, stage):
    stage.tell(prepared(temperature=0.2))
    draw(compared)
    assert not compared.view.loss_caution.isVisible()
    found = {row.name: [cell.best for cell in row.cells] for row in rows_of(stage.session.runs, same_data=True)}
    assert found["Loss"] == [True, False]
    assert rows(compared)["No settings differ"]


def test_runs_of_other_data_are_neither_aligned_nor_linked(compared, stage):
    stage.tell(probe((LABELS + 1) % 3), latent_map(TURNED, step=41))
    draw(compared)
    second = compared.view.shown[1]
    np.testing.assert_allclose(second.canvas.cloud.target, TURNED, atol=1e-4)
    assert "other samples than the first run" in compared.view.data_caution.text()
    second.selected.emit(Selected(indices=(1, 2)))
    assert [run.model.selection.indices for run in stage.session.runs] == [(), (1, 2)]
    assert not any(cell.best for row in rows_of(stage.session.runs, same_data=False) for cell in row.cells)


def test_a_run_that_trains_on_moves_and_curves_have_common_axes(compared, stage):
    stage.tell(latent_map(TURNED + XY[::-1], step=90), Health(step=90, figures={"knn": 0.9}))
    stage.tell(scalars([60, 90], loss=[2.0, 1.0]), Diagnosis(90, "learning", "Learning", "It learns.", ()))
    assert compared.view.wants_drawing()
    draw(compared)
    said = rows(compared)
    assert (said["k-NN"], said["Verdict"]) == (["80.0%", "90.0%"], ["–", "Learning"])
    plots = compared.view.curves.plots
    assert len({tuple(plot.plot.getViewBox().viewRange()[0]) for plot in plots.values()}) == 1
    assert len(plots["knn"].plot.others.points) == 2
    point_at(plots["knn"].plot, 40.0, 0.5)
    assert plots["knn"].readout.text() == "80.0%  70.0%"
    assert plots["loss"].plot.cursor_line.x == pytest.approx(40.0, abs=2.0)


def test_a_run_that_is_removed_leaves_and_a_reset_one_stays_in_its_place(window, compared, stage):
    runs = window.session.runs
    runs.add_like(runs.current)
    stage.introduce()
    third = runs[2]
    runs.choose(third)
    train(stage, 0.1, XY, knn=0.6)
    compared.menu.aboutToShow.emit()
    compared.menu.actions()[2].trigger()
    draw(compared)
    assert compared.view.runs == tuple(runs)
    runs.remove(runs[0])
    draw(compared)
    assert compared.view.runs == (runs[0], third)
    assert [each.isVisible() for each in compared.view.maps] == [True, True, False]
    window.session.reset()
    assert compared.view.runs == (runs[0], runs[1])
    assert runs[1] is not third
    draw(compared)
    runs.remove(runs[1])
    assert not compared.isVisible()
    assert runs.compared == ()


def test_a_tab_is_compared_with_the_chosen_run_and_one_run_alone_with_none(window, stage):
    train(stage, 0.2, XY, knn=0.8)
    (compare,) = (each for each in window.findChildren(QAction) if each.text() == "&Compare…")
    compare.trigger()
    assert window.comparing.window is None
    assert window.docks["runs"].in_front, "where runs are selected"
    window.session.runs.new()
    stage.introduce()
    train(stage, 0.5, TURNED, knn=0.7)
    tabs = window.runs.tabs
    place = tabs.tabRect(0).center()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, tabs.mapToGlobal(place))
    QApplication.sendEvent(tabs, asked)
    menu = tabs.findChild(QMenu)
    next(each for each in menu.actions() if each.text() == "Compare with the chosen run").trigger()
    menu.close()
    first, second = window.session.runs
    assert window.comparing.window.view.runs == (second, first)
    window.comparing.close()
    compare.trigger()
    assert window.comparing.window.view.runs == (second, first)


def test_the_keys_reach_all_parts_and_escape_does_not_close_it(compared, qtbot):
    view = compared.view
    stops = [widget for row in tab_rows(compared) for widget in row]
    parts = [each.canvas.plot for each in view.shown] + [each.plot for each in view.curves.plots.values()]
    assert {compared.button, view.legend, view.table_view, view.colours.legend, *parts} <= set(stops)
    view.table_view.setFocus()
    qtbot.keyClick(view.table_view, Qt.Key.Key_Escape)
    assert compared.isVisible()
    qtbot.keyClick(compared, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not compared.isVisible()


def test_four_runs_have_room_in_a_small_window(window, compared, stage):
    for temperature in (0.1, 1.0):
        window.session.runs.new()
        stage.introduce()
        train(stage, temperature, XY, knn=0.5)
    window.comparing.compare(window.session.runs)
    compared.resize(1240, 660)
    draw(compared)
    assert (compared.width(), compared.height()) == (1240, 660), "its parts need no more"
    assert all(each.canvas.plot.width() > 200 and each.canvas.plot.height() > 180 for each in compared.view.shown)
    bar = compared.view.curves.verticalScrollBar()
    assert bar.maximum() == 0


def test_knn_without_a_description_is_listed_and_the_missing_map_explained(compared, stage):
    """A run that was recorded without its samples, as sslviz train does."""
    bare = RunModel()
    bare.life_cycle.open_folder()
    bare.take(Health(step=40, figures={"knn": 0.5}))
    assert [entry.title for entry in all_figures([bare])] == ["k-NN"]
    shown = compared.view.shown[0]
    shown.show_run(bare)
    bare.take(State(state="recorded", step=40))
    shown.show_map("bare", Colours(), None)
    assert "No embeddings were recorded: log h to see their map here." in texts(shown)


def test_a_single_value_is_drawn_as_a_dot(compared):
    plots = compared.view.curves.plots
    symbols = {key: {line.opts["symbol"] for line in plots[key].plot.others._lines} for key in ("knn", "loss")}
    assert symbols == {"knn": {"o"}, "loss": {None}}
