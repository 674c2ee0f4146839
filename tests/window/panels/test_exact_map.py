"""umap-learn on request: chosen in the map's menu or while exporting, shown, saved, and left again."""

import csv

import numpy as np
import pytest
from gliding import FIRST, LABELS, drawn
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QToolButton
from window_fakes import choose, exact_map, latent_map, probe, texts

from sslviz.core.exact_map import LayOut, MapProgress
from sslviz.core.messages import Notice, State, Watch
from sslviz.core.requests import MapRequest
from sslviz.window.latent.exact_bar import RETURNS, STAYS
from sslviz.window.latent.map_options import EXACT
from sslviz.window.panels.latent_map import OTHER_STEP
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.live_run import NO_ENGINE, UNFINISHED_MAP
from sslviz.window.runs.map_view import EXACT_SHOWN_S
from sslviz.window.share import Share

OTHER = 2 * FIRST[::-1].copy()
"""Positions on the map by umap-learn."""
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(window, stage, monkeypatch, tmp_path):
    """The map's panel in the window, with a live map of step 1,200 of a run that trains."""
    monkeypatch.setattr(Share, "folder", str(tmp_path))
    stage.begin()
    stage.tell(probe(LABELS), latent_map(FIRST, step=1200))
    made = window.panels["latent_map"]
    made.draw()
    return made


def tell(stage, panel, *messages):
    """Let the engine send messages, and draw the map."""
    stage.tell(*messages)
    panel.draw()


def press(panel, text):
    (button,) = [each for each in panel.exact_bar.findChildren(QToolButton) if each.text() == text]
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)


def dialog(window):
    (found,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    return found


def sent(stage):
    return [command.request for command in stage.engine.commands(LayOut)]


def methods_checked(panel):
    return [button.text() for button in panel.options.methods.buttons.values() if button.isChecked()]


# ----------------------------------------------------------------- the menu and the line above the caption


def test_the_entry_of_the_menu_requests_a_map_with_the_parameters_chosen(panel, stage):
    assert panel.exact_bar.isHidden()
    choose(panel.options, "30 neighbours")
    choose(panel.options, EXACT)
    assert sent(stage) == [MapRequest(method="umap-learn", neighbours=30)]
    panel.draw()
    assert texts(panel.exact_bar) == ["umap-learn: starting"]
    assert methods_checked(panel) == ["UMAP"]
    assert all(command.request(MapRequest).method == "umap" for command in stage.engine.commands(Watch))
    assert EXACT not in choose(panel.options, EXACT), "one at a time"
    assert len(sent(stage)) == 1


def test_before_there_is_a_map_the_entry_is_disabled(window):
    panel = window.panels["latent_map"]
    panel.draw()
    assert EXACT not in choose(panel.options, EXACT)


def test_progress_is_shown_and_can_be_cancelled(panel, stage):
    choose(panel.options, EXACT)
    bar = panel.exact_bar._progress
    panel.draw()
    assert bar.maximum() == 0, "it moves, but tells no share"
    tell(stage, panel, MapProgress(text="epoch 125 of 500", fraction=0.25))
    assert texts(panel.exact_bar) == ["umap-learn: epoch 125 of 500"]
    assert bar.value() / bar.maximum() == 0.25
    press(panel, "Cancel")
    assert sent(stage)[1:] == [None]
    tell(stage, panel, MapProgress(text=""))
    assert panel.exact_bar.isHidden()
    assert EXACT in choose(panel.options, "15 neighbours")


def test_the_map_says_what_it_is_and_gives_way_to_the_live_one(panel, stage):
    assert panel.caption.title.startswith("UMAP (live) of 4 of 5,000 samples   step 1,200")
    tell(stage, panel, exact_map(OTHER, step=1200), MapProgress(text=""))
    assert panel.caption.title.startswith("umap-learn 0.5.12, exact, of 4 of 5,000 samples   step 1,200")
    assert methods_checked(panel) == []
    assert texts(panel.exact_bar) == [RETURNS]
    tell(stage, panel, latent_map(FIRST, step=1300))
    panel.cloud.arrive()
    np.testing.assert_array_equal(drawn(panel.cloud), OTHER)
    stage.session.run.map_view.arrived -= EXACT_SHOWN_S
    tell(stage, panel, latent_map(FIRST, step=1400))
    assert panel.caption.title.startswith("UMAP (live) of 4 of 5,000 samples   step 1,400")
    assert panel.exact_bar.isHidden()
    assert methods_checked(panel) == ["UMAP"]


def test_while_paused_it_stays_until_the_user_leaves_it(panel, stage):
    tell(stage, panel, State(state="paused", step=1200), exact_map(OTHER, step=1200))
    assert texts(panel.exact_bar) == [STAYS]
    press(panel, "Back to live")
    panel.draw()
    panel.cloud.arrive()
    np.testing.assert_array_equal(drawn(panel.cloud), FIRST)
    assert panel.exact_bar.isHidden()


@pytest.mark.parametrize("method", ["umap", "pca"])
def test_the_choice_of_a_method_leaves_it_too(panel, stage, qtbot, method):
    tell(stage, panel, exact_map(OTHER, step=1200))
    button = panel.options.methods.buttons[method]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel.draw()
    assert button.isChecked()
    assert stage.session.run.map_view.exact is None
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].request(MapRequest).method == method)


def test_another_step_leaves_it_and_cancels_one_that_is_not_finished(panel, stage, window):
    for step in (400, 800, 1200):
        stage.tell(latent_map(FIRST, step))
    tell(stage, panel, exact_map(OTHER, step=1200))
    choose_step = panel.replay.slider.setValue
    choose_step(1)
    assert stage.session.run.map_view.exact is None
    assert sent(stage) == []
    choose_step(2)
    choose(panel.options, EXACT)
    choose_step(0)
    assert sent(stage)[1:] == [None]
    assert window.messages.text == OTHER_STEP
    tell(stage, panel, exact_map(OTHER, step=1200), MapProgress(text=""))  # finished at that very moment
    assert stage.session.run.map_view.exact is None
    choose_step(2)
    choose(panel.options, EXACT)
    tell(stage, panel, exact_map(OTHER, step=1200), MapProgress(text=""))
    assert stage.session.run.map_view.exact is not None


def trail_parts(panel):
    return sum(curve.xData is not None for curve in panel.trails.curves)


def test_between_two_layouts_there_are_no_trails(panel, stage):
    stage.session.select(Selected(indices=(0, 1)))
    tell(stage, panel, latent_map(FIRST + 1, step=1300))
    assert trail_parts(panel) == 1
    tell(stage, panel, exact_map(OTHER, step=1300))
    assert trail_parts(panel) == 0
    panel.run.map_view.show_live()
    tell(stage, panel, latent_map(FIRST + 2, step=1400))
    assert trail_parts(panel) == 2, "the trails of before go on"


@pytest.mark.parametrize("how", ["another tab is chosen", "the engine dies"])
def test_a_layout_ends_with_the_engine_of_its_run(panel, stage, window, qtbot, how):
    """The engine of an ended run is asked to end when another tab is chosen; what it has sent before comes late."""
    engine, run, told = stage.engine, stage.session.run, []
    stage.session.noticed.connect(lambda notice, _: told.append(notice.text))
    tell(stage, panel, State(state="stopped", step=1200))
    choose(panel.options, EXACT)
    tell(stage, panel, MapProgress(text="epoch 3 of 200", fraction=0.015))
    assert texts(panel.exact_bar) == ["umap-learn: epoch 3 of 200"]
    engine.tell(MapProgress(text="epoch 4 of 200", fraction=0.02))
    if how == "the engine dies":
        engine.end()
        qtbot.waitUntil(lambda: run.out_of_reach)
    else:
        stage.session.runs.new()
        stage.session.pull()
        stage.session.runs.choose(stage.session.runs[0])
    stage.session.pull()
    panel.draw()
    assert panel.run is run
    assert panel.exact_bar.isHidden()
    assert told == [UNFINISHED_MAP if how == "the engine dies" else f"Coloured shapes: {UNFINISHED_MAP}"]


def test_an_engine_that_was_asked_to_end_is_asked_for_no_layout(panel, stage):
    """It may take a while to end."""
    stage.tell(State(state="stopped", step=1200))
    stage.engine.keeps_saving, told = True, []
    stage.session.noticed.connect(lambda notice, _: told.append(notice.text))
    stage.session.current.hang_up()
    choose(panel.options, EXACT)
    panel.draw()
    assert panel.exact_bar.isHidden()
    assert told == [NO_ENGINE]
    stage.engine.end()


def test_a_run_without_an_engine_says_so(panel, stage, window):
    stage.session.current.training_thread.close()
    stage.session.pull()
    window.messages.dismiss()  # it says that the engine has ended
    choose(panel.options, EXACT)
    assert window.messages.text == NO_ENGINE
    panel.draw()
    assert panel.exact_bar.isHidden()


# ----------------------------------------------------------------- exports


def ask_for(panel, text):
    choose(panel.findChild(Share).button, text)
    return dialog(panel.window())


def answer(open_dialog, name, name_filter=""):
    if name_filter:
        open_dialog.selectNameFilter(name_filter)
        open_dialog.filterSelected.emit(name_filter)
    open_dialog.findChild(QLineEdit).setText(name)
    open_dialog.accept()


def saved_positions(path):
    with path.open(encoding="utf-8") as file:
        return [[float(row["x"]), float(row["y"])] for row in csv.DictReader(file)]


def test_data_by_umap_learn_are_saved_when_the_map_has_come(panel, stage, window, tmp_path, qtbot):
    opened = ask_for(panel, "Save data…")
    assert opened.nameFilters() == ["CSV table (*.csv)", f"CSV table by {EXACT} (*.csv)"]
    answer(opened, "map.csv", f"CSV table by {EXACT} (*.csv)")
    assert sent(stage) == [MapRequest(method="umap-learn")]
    tell(stage, panel, MapProgress(text="epoch 1 of 2", fraction=0.5), latent_map(FIRST + 1, step=1300))
    assert not (tmp_path / "map.csv").exists()
    tell(stage, panel, exact_map(OTHER, step=1200), MapProgress(text=""))
    qtbot.waitUntil((tmp_path / "map.csv").exists)
    assert saved_positions(tmp_path / "map.csv") == OTHER.tolist()
    assert window.messages.text == f"Saved map.csv in {tmp_path}."
    assert panel.caption.title.startswith("umap-learn 0.5.12, exact")


def test_data_are_saved_though_the_map_came_and_went_while_the_panel_was_hidden(panel, stage, tmp_path, qtbot):
    answer(ask_for(panel, "Save data…"), "map.csv", f"CSV table by {EXACT} (*.csv)")
    panel.window().docks["latent_map"].hide()
    stage.tell(exact_map(OTHER, step=1200), MapProgress(text=""))
    stage.session.run.map_view.arrived -= EXACT_SHOWN_S
    stage.tell(latent_map(FIRST, step=1300))
    panel.window().docks["latent_map"].show()
    qtbot.waitUntil((tmp_path / "map.csv").exists)
    assert saved_positions(tmp_path / "map.csv") == OTHER.tolist()


def test_a_picture_of_the_map_in_view_is_of_it_though_the_live_map_returns(panel, stage, tmp_path, qtbot):
    tell(stage, panel, exact_map(OTHER, step=1200), MapProgress(text=""))
    press(panel, "Save picture…")
    opened = dialog(panel.window())
    assert opened.selectedNameFilter() == f"PNG picture by {EXACT} (*.png)"
    stage.session.run.map_view.arrived -= EXACT_SHOWN_S
    tell(stage, panel, latent_map(FIRST, step=1300))
    assert panel.run.map_view.exact is None
    size = panel.size()
    answer(opened, "map.png")
    qtbot.waitUntil((tmp_path / "map.png").exists)
    assert sent(stage) == [], "it is there already"
    np.testing.assert_array_equal(drawn(panel.cloud), OTHER)
    image = QImage(str(tmp_path / "map.png"))
    assert image.size() == size * 2
    bar = panel.exact_bar.geometry()
    row = [image.pixel(x, 2 * bar.center().y()) for x in range(2 * bar.left(), 2 * bar.right(), 3)]
    assert len(set(row)) == 1, "the buttons are not in the picture"
    assert panel.exact_bar.isVisible()


@pytest.mark.parametrize("text", ["", "umap-learn gave no map: no. The map in view stays."])
def test_when_the_map_does_not_come_nothing_is_saved(panel, stage, tmp_path, text):
    panel.picture_requested.emit()
    answer(dialog(panel.window()), "map.png", f"PNG picture by {EXACT} (*.png)")
    tell(stage, panel, MapProgress(text=""), *([Notice(level="warning", text=text)] if text else []))
    tell(stage, panel, exact_map(OTHER, step=1200))
    QTest.qWait(50)
    assert not (tmp_path / "map.png").exists()
    assert text in panel.window().messages.text


def test_data_that_are_gone_when_the_map_comes_are_not_called_saved(panel, stage, tmp_path, monkeypatch, qtbot):
    answer(ask_for(panel, "Save data…"), "map.csv", f"CSV table by {EXACT} (*.csv)")
    asked, notices = [], []
    monkeypatch.setattr(panel, "table", lambda: asked.append(1))
    panel.noticed.connect(notices.append)
    tell(stage, panel, exact_map(OTHER, step=1200), MapProgress(text=""))
    qtbot.waitUntil(lambda: bool(asked))
    assert notices == []
    assert not (tmp_path / "map.csv").exists()


def test_other_panels_offer_no_variants(panel, window):
    window.panels["views"].picture_requested.emit()
    opened = dialog(window)
    assert opened.nameFilters() == ["PNG picture (*.png)", "SVG drawing (*.svg)"]
    opened.reject()
