"""Recorded runs in the window: opened from their folder, looked at, and never steered."""

import itertools

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QTabBar, QToolButton
from window_fakes import latent_map, prepared, probe, scalars, similarity, texts

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Change, Open, Preview, Progress, Pulse, References, Start, State, Watch
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import SettingError
from sslviz.window.form.settings_form import NO_SETTINGS
from sslviz.window.plotting.small_multiple import line_of
from sslviz.window.runs.run_list import MOST_RUNS
from sslviz.window.runs.run_status import READING, TOO_SHORT
from sslviz.window.shell.display import SMALLEST
from sslviz.window.shell.status_bar import facts


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "mine"
    made.mkdir()
    (made / "metrics.jsonl").touch()
    return made


def recorded(**more):
    """Return the Prepared message of a run that a script recorded."""
    facts = {"panel_data": ("Similarity", "Spectrum"), "snapshot_steps": (10, 20, 30), "values": {"lr": 0.1}}
    return msgspec.structs.replace(prepared(), **{"device": "", **facts, **more})


@pytest.fixture
def opened(window, stage, folder):
    """The window with an open run that a script recorded."""
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="preparing"), recorded(), probe([0, 1, 2]), State(state="recorded", step=40))
    stage.tell(latent_map([[0, 0], [1, 1], [2, 0]], step=40))
    return window


def choose(dialog, path):
    """Choose a path as a click on Choose does; the click itself is slow because of the dialog's file system model."""
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_the_menu_asks_for_a_folder_and_shows_it(window, stage, folder, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    choose(dialog, folder)
    assert stage.engine.commands(Open) == [Open(folder=str(folder))]
    assert window.session.run.title == "mine"
    assert window.runs.tabs.count() == 2


def test_a_folder_without_a_run_is_refused_and_nothing_changes(window, stage, tmp_path):
    window.open_run(tmp_path)
    assert "holds no run" in window.messages.text
    assert len(window.session.runs) == 1


def test_the_same_folder_again_is_the_same_run(opened, stage, folder):
    first = opened.session.current
    opened.session.runs.choose(opened.session.runs[0])
    opened.open_run(folder / ".." / folder.name)
    assert opened.session.current is first
    assert len(opened.session.runs) == 2


def test_a_folder_whose_engine_has_ended_is_read_again_by_another(opened, stage, folder, qtbot):
    first = opened.session.current
    stage.engine.end()
    qtbot.waitUntil(lambda: first.model.out_of_reach)
    assert first.model.state_text == (
        "The engine of this recorded run ended by itself (exit code 0). Open its folder again (File, Open run)."
    )
    assert first.model.saved is None
    opened.open_run(folder)
    assert opened.session.current is not first
    assert len(stage.engines) == 3
    assert stage.engine.commands(Open) == [Open(folder=str(folder))]


def test_its_engine_is_asked_for_pictures_and_for_nothing_else(opened, stage):
    opened.panel_docks.watch()
    engine = stage.engine
    assert engine.commands(Watch)[-1].panel_data
    opened.session.set_value("temperature", 0.7)
    opened.session.draw_views()
    opened.session.pull()
    assert not engine.commands(Preview) + engine.commands(Change) + engine.commands(Start)


def test_only_what_it_can_give_is_offered(opened):
    offered = {name for name, dock in opened.docks.items() if dock.offered}
    assert {"loss", "latent_map", "similarity", "spectrum", "health", "few_labels"} <= offered
    assert not offered & {"views", "microscope", "patches", "prediction", "steps_ahead"}


def test_the_settings_of_a_script_can_be_read_and_not_set(opened):
    texts = {each.text() for each in opened.form.widget().findChildren(QLabel)}
    assert {"lr", "0.1"} <= texts
    assert opened.form.fields == {}
    assert not opened.controls.train_action.isEnabled()
    assert not opened.controls.step_action.isEnabled()
    assert opened.controls.chip.text() == "recorded"
    assert "Recorded run  ·  step 40" in facts_of(opened)


def test_the_status_bar_says_what_is_computed_of_a_recorded_run(opened, stage):
    busy = Pulse(step=40, epoch=0.0, wall_time_s=1.0, samples_per_second=0.0, skipped=0, busy="figures of 9 snapshots")
    stage.tell(busy)
    assert "computing the figures of 9 snapshots …" in facts_of(opened)


def test_the_status_bar_says_whether_the_run_is_still_being_written(opened, stage):
    stage.tell(State(state="recorded", step=40, text="Still being written."))
    assert facts_of(opened).startswith("Still being written.  ·  Recorded run  ·  step 40")
    assert opened.controls.chip.text() == "recorded"
    stage.tell(State(state="recorded", step=40))
    assert facts_of(opened).startswith("Recorded run  ·  step 40")


def facts_of(window):
    window.status.show_run(window.session.run, "", 0)
    return texts(window.status)[0]


def test_going_back_to_another_run_brings_its_settings_back(opened):
    opened.session.runs.choose(opened.session.runs[0])
    assert "temperature" in opened.form.fields
    assert opened.controls.train_action.isEnabled()


def test_a_run_of_its_own_can_be_trained_again_with_the_same_settings(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    values = {"data": "shapes", "objective": "contrastive", "temperature": 0.7}
    stage.tell(State(state="preparing"), recorded(values=values), State(state="recorded"))
    assert window.session.values["temperature"] == 0.7
    assert "temperature" in window.form.fields
    assert window.controls.train_action.isEnabled()
    window.session.train()
    stage.introduce()
    (start,) = stage.engine.commands(Start)
    assert start.values["temperature"] == 0.7
    assert [run.model.state for run in window.session.runs] == ["ready", "recorded", "preparing"]


def test_settings_that_are_not_known_here_are_a_scripts(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(recorded(values={"data": "shapes", "objective": "magic"}), State(state="recorded"))
    assert window.session.current.from_script
    assert window.form.fields == {}


def test_another_task_is_for_another_run(opened):
    try:
        opened.session.choose_preset("digits")
    except SettingError as error:
        pytest.fail(str(error))
    assert not opened.session.run.recorded
    assert opened.session.runs[1].model.recorded


def test_a_script_is_compared_with_scripts_whose_loss_has_the_same_levels(opened, stage, tmp_path):
    assert opened.session.runs.comparable == ()
    first = opened.session.current
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "metrics.jsonl").touch()
    opened.open_run(tmp_path / "other")
    stage.introduce()
    stage.tell(recorded(), State(state="recorded"))
    assert opened.session.runs.comparable == (first.model,)
    assert opened.panels["loss"].others == (first.model,)
    stage.tell(References(lines=(ReferenceLine(curve="loss", label="chance", value=5.5),)))
    assert opened.session.runs.comparable == opened.panels["loss"].others == ()
    opened.session.runs.choose(opened.session.runs[0])
    assert opened.session.runs.comparable == ()


def test_the_replay_asks_for_a_snapshot_and_follows_the_newest(opened, stage, qtbot):
    panel = opened.panels["latent_map"]
    panel.draw()
    assert panel.replay.isVisible()
    assert (panel.replay.slider.value(), panel.run.snapshot) == (2, 0)
    panel.replay.slider.setValue(1)
    assert panel.run.cursor_step == 20
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].snapshot == 2)
    panel.replay.slider.setValue(2)
    stage.tell(recorded(snapshot_steps=(10, 20, 30, 40)))
    panel.draw()
    assert (panel.replay.slider.value(), panel.run.snapshot) == (3, 0)


def test_a_panel_says_which_step_it_shows_while_the_user_looks_back(opened, stage):
    panel, said = opened.panels["similarity"], []
    panel.described.connect(lambda of, time: said.append(time))
    stage.tell(msgspec.structs.replace(similarity(np.eye(6), [0, 1, 2]), step=30))
    for step in (20, 30, None):
        opened.session.move_cursor(step)
        assert panel.wants_drawing() or not panel.can_be_seen()
        panel.draw()
    assert said[-3:] == ["now, step 30", "step 30", ""]


def test_each_run_keeps_the_step_that_was_looked_back_at(opened, stage, tmp_path):
    panel, first = opened.panels["latent_map"], opened.session.current
    panel.draw()
    panel.replay.slider.setValue(1)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "metrics.jsonl").touch()
    opened.open_run(tmp_path / "other")
    stage.introduce()
    stage.tell(recorded(snapshot_steps=tuple(range(10, 100, 10))), State(state="recorded"))
    panel.draw()
    assert (panel.replay.slider.value(), panel.run.snapshot) == (8, 0)
    panel.replay.slider.setValue(4)
    opened.session.runs.choose(first)
    panel.draw()
    assert (panel.replay.slider.value(), panel.run.snapshot) == (1, 2)
    opened.session.runs.choose(opened.session.runs[2])
    panel.draw()
    assert (panel.replay.slider.value(), panel.run.snapshot) == (4, 5)


def test_what_it_shows_has_no_age(opened):
    panel = opened.panels["latent_map"]
    panel.draw()
    assert panel.caption.title.endswith("step 40")


def test_a_run_that_cannot_be_read_says_why(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="failed", text="It cannot be shown."))
    assert window.messages.text == "It cannot be shown."
    window.session.train()
    assert window.session.run.state != "failed"


def test_while_a_folder_is_read_nothing_is_said_to_be_missing(window, stage, folder):
    window.open_run(folder)
    for tell in ([], [State(state="preparing"), Progress(text="Reading the run")]):
        stage.tell(*tell)
        for name in ("loss", "health", "latent_map", "similarity"):
            window.panels[name].draw()
            assert READING in texts(window.panels[name])
        assert facts(window.session.run) == READING
    assert READING in {each.text() for each in window.form.findChildren(QLabel)}
    stage.tell(recorded(values={}), State(state="recorded", step=40))
    assert NO_SETTINGS in {each.text() for each in window.form.findChildren(QLabel)}
    assert window.panels["similarity"].wants_drawing(), "though nothing that it shows has come"
    for name, said in (("loss", "No loss was recorded"), ("similarity", "The similarities within")):
        window.panels[name].draw()
        assert any(said in text for text in texts(window.panels[name]))


def test_snapshots_that_cannot_be_read_are_not_called_missing(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(recorded(snapshot_steps=tuple(range(10, 250, 10))), State(state="recorded", step=40))
    window.panels["latent_map"].draw()
    assert any("can be read" in text for text in texts(window.panels["latent_map"]))


def test_what_was_not_recorded_is_told(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(recorded(panel_data=(), snapshot_steps=(), figures=()), State(state="recorded"))
    texts = {name: window.panels[name].empty_text(window.session.run) for name in ("latent_map", "health")}
    assert texts["latent_map"] == "No embeddings were recorded: log h to see their map here."
    assert texts["health"].startswith("Nothing was recorded")


def test_of_a_short_run_that_sslviz_has_trained_nobody_is_told_to_log(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    values = {"data": "shapes", "objective": "contrastive"}
    stage.tell(recorded(panel_data=(), snapshot_steps=(), values=values), State(state="recorded", step=3))
    for name in ("latent_map", "health", "loss", "diagnosis"):
        assert window.panels[name].empty_text(window.session.run).endswith(TOO_SHORT)


def test_numbers_of_a_script_are_figures_of_health(opened, stage):
    figure = FigureEntry(key="acc/train", title="Acc/train", help="As given.", per_step=True)
    stage.tell(recorded(figures=(figure,)), scalars([1, 2], **{"acc/train": [0.1, 0.2]}))
    panel = opened.panels["health"]
    panel.draw()
    assert panel.empty_text(opened.session.run) == ""
    assert panel.multiples["acc/train"].isVisible()


def test_a_number_of_a_script_is_shown_as_it_was_given(opened, stage):
    figure = FigureEntry(key="accuracy", title="Accuracy", help="As given.", per_step=True, smooth=False)
    stage.tell(recorded(figures=(figure,)), scalars([1, 2, 3], accuracy=[0.2, 1.0, np.nan]))
    line = line_of(opened.session.run, figure)
    assert line.values.tolist() == [0.2, 1.0]


def test_neither_stop_nor_reset_is_for_a_recorded_run(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="preparing"))
    assert not window.controls.stop_action.isEnabled()
    assert not window.controls.reset_action.isEnabled()


def test_a_folder_that_is_being_read_is_no_training_to_be_stopped(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="preparing"))
    assert not window.session.running
    assert window.controls.presets.isEnabled()
    assert window.close(), "without a question"


def test_recorded_runs_leave_the_list_when_it_is_long(window, stage, tmp_path):
    said = []
    window.session.noticed.connect(lambda notice, _: said.append(notice))
    for number in range(MOST_RUNS + 3):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        (folder / "metrics.jsonl").touch()
        window.open_run(folder)
        stage.introduce()
        stage.tell(recorded(), State(state="recorded"))
    assert len(window.session.runs) <= MOST_RUNS + 1
    assert window.session.run.title == f"run{MOST_RUNS + 2}"
    assert said[0].text.startswith("run0 has left the tabs, which hold 8 runs; the panel Runs")
    assert window.messages.isVisible()
    assert "has left the tabs" in said[-1].text
    assert said[-1].text in {each.text() for each in window.messages.findChildren(QLabel)}


def test_one_too_many_is_taken_off_by_hand_without_harm(window, stage, tmp_path, monkeypatch):
    monkeypatch.setattr("sslviz.window.runs.run_list.MOST_RUNS", 1)
    stage.introduce()
    stage.begin()
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "metrics.jsonl").touch()
    window.open_run(folder)
    stage.introduce()
    stage.tell(recorded(), State(state="recorded"))
    session = window.session
    assert len(session.runs) == 2
    said = []
    session.noticed.connect(lambda notice, _: said.append(notice))
    session.runs.remove(session.current)
    assert len(session.runs) == 1
    assert session.current is session.runs[0]
    assert said == []


def test_an_opening_that_fails_speaks_of_no_training(window, stage, folder):
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="preparing"), State(state="failed", text="It cannot be shown."))
    run = window.session.run
    for name in ("loss", "latent_map", "health", "diagnosis", "sample_losses"):
        assert "Train" not in window.panels[name].empty_text(run)
        assert "training has begun" not in window.panels[name].empty_text(run)
    assert "Saved as" not in facts(run)
    assert "It cannot be shown." in facts(run)


def test_in_the_smallest_window_nothing_is_cut_off_or_covered(opened, stage, qtbot):
    stage.tell(recorded(snapshot_steps=tuple(range(10, 250, 10))), similarity(np.eye(6), [0, 1, 2]))
    opened.resize(*SMALLEST)
    for panel in opened.panels.values():
        panel.draw()
    qtbot.waitUntil(lambda: opened.size() == QSize(*SMALLEST))
    QApplication.processEvents()
    controls = [each for each in opened.findChildren(QToolButton) if each.isVisible() and each.window() is opened]
    outside = [each.accessibleName() for each in controls if not opened.rect().contains(place_of(each, opened))]
    assert outside == []
    assert opened.panels["latent_map"].replay.isVisible()
    shown = [dock for dock in opened.docks.values() if dock.isVisible()]
    covered = [(a, b) for a, b in itertools.combinations(shown, 2) if a.geometry().intersects(b.geometry())]
    assert covered == []


def place_of(widget, window):
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_panels_over_each_other_are_told_by_their_whole_names(opened):
    for name in ("few_labels", "sample", "selection"):
        opened.open_panel(name)
    bars = [each for each in opened.findChildren(QTabBar) if each.accessibleName() == "Panels in one place"]
    assert bars
    assert all(each.elideMode() == Qt.TextElideMode.ElideNone and each.usesScrollButtons() for each in bars)


def test_a_run_of_its_own_is_named_by_its_settings_once_they_are_read(window, stage, tmp_path):
    folder = tmp_path / "2026-01-31-142501-digits"
    folder.mkdir()
    (folder / "metrics.jsonl").touch()
    window.open_run(folder)
    stage.introduce()
    assert window.session.run.title == folder.name
    values = {"data": "digits", "objective": "contrastive", "temperature": 0.7}
    stage.tell(State(state="preparing"), recorded(values=values), State(state="recorded"))
    assert window.session.run.title == "Digits · τ 0.7"
    assert window.runs.tabs.tabText(1) == "Digits · τ 0.7"
    assert window.session.preset.name == "digits"


def test_the_preset_in_the_name_of_a_folder_counts_only_with_its_settings(window, stage, tmp_path):
    folder = tmp_path / "2026-01-31-142501-digits"
    folder.mkdir()
    (folder / "metrics.jsonl").touch()
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="preparing"), recorded(values={"lr": 0.1}), State(state="recorded"))
    assert (window.session.preset.name, window.session.values["data"]) == ("shapes", "shapes")
