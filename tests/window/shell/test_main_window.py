"""The main window in use: buttons and keys, form, docks, messages. The engine is a fake."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QToolButton, QToolTip
from window_fakes import actions, furnish, prepared, scalars, texts, views

from sslviz.core.messages import Change, Control, Notice, Preview, Progress, Pulse, Start, State, Watch
from sslviz.core.panel_data import LatentMap, Similarity
from sslviz.core.requests import SimilarityRequest
from sslviz.window.demo.stories import demo_run
from sslviz.window.shell.dock_layout import ASKED_FOR
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.style.theme import theme


def tick(window):
    """One tick of the clock, with an update of the status bar."""
    window.clock.tick()
    window.refresh_status()


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def visible_buttons(parent, kind):
    return {button.text() or button.toolTip(): button for button in parent.findChildren(kind) if button.isVisible()}


# ----------------------------------------------------------------- buttons


BUTTONS = {
    "ready": (["ready"], "Train", {"train", "step"}),
    "preparing": (["preparing"], "Pause", {"train", "stop", "reset"}),
    "training": (["preparing", "training"], "Pause", {"train", "step", "stop", "reset"}),
    "paused": (["preparing", "training", "paused"], "Continue", {"train", "step", "stop", "reset"}),
    "stopped": (["preparing", "training", "stopped"], "Train", {"train", "step", "reset"}),
    "finished": (["preparing", "training", "finished"], "Train", {"train", "step", "reset"}),
    "failed": (["preparing", "training", "failed"], "Train", {"train", "step", "reset"}),
}


def test_in_each_state_just_what_makes_sense_can_be_pressed(window, stage):
    controls = window.controls
    for state, (states, word, enabled) in BUTTONS.items():
        stage.session.reset()
        for each in states:
            stage.tell(State(state=each, text="over"))
        found = {name for name in ("train", "step", "stop", "reset") if getattr(controls, name).isEnabled()}
        assert (state, found) == (state, enabled)
        assert controls.train.text() == controls.train_action.text() == word
        assert controls.chip.text() == state


def test_a_click_on_train_begins_and_the_next_ones_pause_and_continue(window, stage, qtbot):
    train = window.controls.train
    press(qtbot, train)
    tick(window)
    assert len(stage.engine.commands(Start)) == 1
    stage.tell(State(state="preparing"), prepared(), State(state="training"))
    press(qtbot, train)
    stage.tell(State(state="paused", step=3))
    press(qtbot, window.controls.step)
    press(qtbot, train)
    press(qtbot, window.controls.stop)
    assert [command.action for command in stage.engine.commands(Control)] == ["pause", "step", "resume", "stop"]


def test_the_keys_do_what_the_buttons_do(window, stage, qtbot):
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    tick(window)
    stage.tell(State(state="preparing"), prepared(), State(state="training"))
    for key in (Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F7):
        qtbot.keyClick(window, key)
    assert [command.action for command in stage.engine.commands(Control)] == ["pause", "step", "stop"]
    qtbot.keyClick(window, Qt.Key.Key_F8)
    assert len(stage.engines) == 2


def test_pause_while_the_engine_starts_takes_train_back(window, stage, qtbot):
    press(qtbot, window.controls.train)
    stage.tell(State(state="stopped"))
    press(qtbot, window.controls.train)
    assert window.controls.train.text() == "Pause"
    press(qtbot, window.controls.train)
    assert window.controls.train.text() == "Train"
    stage.introduce()
    assert stage.engine.commands(Start) == []


# ----------------------------------------------------------------- the form


def test_a_slider_moved_by_hand_acts_on_the_run_and_on_the_views(window, stage, qtbot):
    stage.begin()
    slider = window.form.fields["colour"].slider
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    tick(window)
    assert stage.engine.commands(Change) == [Change(values={"colour": 0.0})]
    stage.tell(views(1, step=1))
    assert stage.engine.commands(Preview)[-1].values["colour"] == 0.0


def test_fixed_fields_are_greyed_while_a_run_goes_on(window, stage):
    seed = window.form.fields["seed"].slider
    assert seed.isEnabled()
    stage.begin()
    assert not seed.isEnabled()
    stage.tell(State(state="stopped"))
    assert seed.isEnabled()


def test_fields_of_settings_that_came_during_a_run_are_greyed_too(stage, qtbot):
    window = MainWindow(stage.session)
    qtbot.addWidget(window)
    stage.introduce()
    stage.begin()
    furnish(window)
    assert not window.form.fields["seed"].slider.isEnabled()
    assert window.form.fields["colour"].slider.isEnabled()
    window.shut_down()


def test_a_preset_fills_the_form(window, stage, qtbot):
    window.controls.presets.setFocus()
    qtbot.keyClick(window.controls.presets, Qt.Key.Key_Down)
    assert stage.session.preset.name == "shapes-colour-shortcut"
    assert window.form.fields["colour"].value() == 0.0


@pytest.mark.parametrize("state", ["requested", "preparing", "training", "paused"])
def test_a_preset_opens_beside_a_run_that_goes_on(window, stage, qtbot, state):
    first = stage.session.current
    press(qtbot, window.controls.train)
    if state != "requested":
        tick(window)
        stage.tell(State(state="preparing"), prepared(), *([] if state == "preparing" else [State(state=state)]))
    window.controls.presets.setFocus()
    for _ in range(2):
        qtbot.keyClick(window.controls.presets, Qt.Key.Key_Down)
    assert [run.config.preset.name for run in stage.session.runs] == ["shapes", "digits"]
    assert stage.session.current is stage.session.runs[1]
    assert not stage.session.running
    assert first.running
    assert actions(stage.engines[0]) == []
    assert first.config.values["data"] == "shapes"
    how = "stays paused" if state == "paused" else "goes on"
    assert window.messages.text == f"Colour shortcut is open beside Coloured shapes, which {how}."
    assert window.controls.presets.currentData() == "digits"


def test_other_data_change_the_rows(window, stage, qtbot):
    assert "samples" in window.form.fields
    qtbot.keyClick(window.form.fields["data"].combo, Qt.Key.Key_Down)
    assert stage.session.values["data"] == "digits"
    assert "samples" not in window.form.fields
    assert window.form.fields["rotation"].value() == 15.0


def test_with_other_data_no_preset_is_named(window, stage, qtbot):
    presets = window.controls.presets
    assert presets.currentData() == stage.session.preset.name
    qtbot.keyClick(window.form.fields["data"].combo, Qt.Key.Key_Down)
    assert presets.currentIndex() == -1
    assert presets.placeholderText() == "Own choice"
    qtbot.keyClick(presets, Qt.Key.Key_Down)
    assert presets.currentData() == stage.session.preset.name
    window.session.set_value("temperature", 0.7)
    assert presets.currentData() == stage.session.preset.name


def test_a_list_answered_by_keys_may_change_the_whole_form(window, stage, qtbot):
    """The form is rebuilt while Qt is still closing the drop-down list, which must not be deleted before."""
    stage.introduce()
    combo = window.form.fields["data"].combo
    for section in window.form.sections.values():
        section.expand(animate=False)
    before = combo.currentText()
    combo.setFocus()
    combo.showPopup()
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(view, key)
    qtbot.waitUntil(lambda: window.form.fields["data"].combo.currentText() != before)
    qtbot.wait(50)
    assert window.form.fields["data"].combo is not combo


def test_data_that_do_not_go_with_the_objective_are_refused_in_the_form(window, stage, qtbot):
    for _ in range(2):
        qtbot.keyClick(window.form.fields["data"].combo, Qt.Key.Key_Down)
    assert window.form.fields["data"].value() == stage.session.values["data"] == "digits"
    assert "learns from image data, and these are text data." in window.messages.text


def test_a_refusal_of_the_engine_reaches_its_field_with_the_value_in_force(window, stage, qtbot):
    stage.begin()
    field = window.form.fields["temperature"]
    qtbot.keyClick(field.slider, Qt.Key.Key_End)
    tick(window)
    stage.tell(Notice(level="refused", text="temperature takes less today.", key="temperature"))
    assert field.value() == 0.2
    assert field.accessibleDescription() == "Temperature takes less today."
    assert window.messages.text == "Temperature takes less today."
    assert stage.session.values["temperature"] == 0.2
    QToolTip.hideText()


def test_a_notice_about_a_field_does_not_put_back_what_was_chosen_for_the_next_run(window, stage):
    stage.begin()
    stage.tell(State(state="stopped"))
    window.form.fields["data"].enter("digits")
    stage.tell(Notice(level="info", text="The views appear once the samples are here.", key="data"))
    assert window.form.fields["data"].value() == "digits"
    assert window.messages.text == "The views appear once the samples are here."
    assert not QToolTip.isVisible()  # once is enough


# ----------------------------------------------------------------- messages to the person


def test_a_failure_stays_until_it_is_dismissed_and_does_not_come_back(window, stage, qtbot):
    stage.begin()
    stage.tell(State(state="failed", text="Loss became NaN at step 57.", details="Traceback …"))
    assert window.messages.text == "Loss became NaN at step 57."
    stage.tell(Notice(level="info", text="by the way"))
    assert window.messages.text == "Loss became NaN at step 57."
    press(qtbot, visible_buttons(window.messages, QToolButton)["Dismiss this message"])
    assert not window.messages.isVisible()
    window.next_theme()
    assert not window.messages.isVisible()


def test_a_new_run_takes_the_failure_of_the_one_before_away(window, stage, qtbot):
    stage.begin()
    stage.tell(State(state="failed", text="Loss became NaN at step 57."))
    press(qtbot, window.controls.train)
    assert not window.messages.isVisible()


def test_names_are_never_html(window):
    window.messages.say("<b>bold</b> <img src=x>")
    assert window.messages.findChild(QLabel).textFormat() == Qt.TextFormat.PlainText


def pulse(**more):
    return Pulse(step=1234, epoch=3.2, wall_time_s=9.0, samples_per_second=4512.3, skipped=7, **more)


def status(window):
    tick(window)
    facts, costs = texts(window.status)
    return facts, costs


def test_the_status_bar_says_where_the_run_is(window, stage):
    stage.begin()
    stage.tell(scalars([1234], loss=[2.0]), pulse())
    facts, costs = status(window)
    assert facts == "Step 1,234  ·  epoch 3.2  ·  4,512 samples/s  ·  CPU"
    assert costs == "7 pictures skipped"
    stage.tell(pulse(busy="reference levels"))
    assert status(window)[0].endswith("CPU  ·  taking the reference levels …")


def test_the_status_bar_says_what_is_waited_for(stage, qtbot):
    window = MainWindow(stage.session)
    qtbot.addWidget(window)
    assert status(window)[0] == "Starting the training engine …"
    stage.introduce()
    assert "Press Train" in status(window)[0]
    stage.tell(State(state="preparing"), Progress(text="Making 10,000 samples", fraction=0.25))
    assert status(window)[0] == "Making 10,000 samples"
    assert window.status.findChild(QProgressBar).value() == 250
    window.shut_down()


def test_the_title_names_the_run(window, stage):
    assert window.windowTitle() == "sslviz"
    stage.begin()
    assert window.windowTitle() == f"Coloured shapes ({stage.session.run.name}) – sslviz"


# ----------------------------------------------------------------- docks and what is asked for


def asked(stage):
    watches = stage.engine.commands(Watch)
    return set(watches[-1].panel_data) if watches else set()


ALL = {"Health", "LatentMap", "Similarity", "Views"}


def test_only_pictures_that_can_be_seen_are_asked_for(window, stage, qtbot):
    qtbot.waitUntil(lambda: asked(stage) == ALL)
    press(qtbot, visible_buttons(window.docks["similarity"], QToolButton)["Hide Similarity (View brings it back)"])
    qtbot.waitUntil(lambda: asked(stage) == ALL - {"Similarity"})
    window.docks["similarity"].view_action.trigger()
    qtbot.waitUntil(lambda: asked(stage) == ALL)


def test_a_panel_behind_another_tab_is_not_asked_for(window, stage, qtbot):
    window.tabifyDockWidget(window.docks["similarity"], window.docks["health"])
    window.docks["similarity"].raise_()
    qtbot.waitUntil(lambda: asked(stage) == ALL - {"Health"})
    window.docks["health"].raise_()
    qtbot.waitUntil(lambda: asked(stage) == ALL - {"Similarity"})


def test_a_dock_can_be_detached_and_the_layout_put_back(window, stage, qtbot):
    dock = window.docks["loss"]
    press(qtbot, visible_buttons(dock, QToolButton)["Detach Loss into a window of its own, or put it back"])
    assert dock.isFloating()
    window.docks["views"].close()
    window.arrangement.reset()
    assert not dock.isFloating()
    assert window.docks["views"].isVisible()
    qtbot.waitUntil(lambda: asked(stage) == ALL)


def test_a_sample_kept_in_view_comes_to_the_front_in_its_run(window, stage, qtbot):
    assert window.docks["sample"].isHidden()
    demo = demo_run()
    stage.begin()
    stage.tell(demo.probe, demo.latent_map)
    window.panels["latent_map"].pinned.emit(5)
    qtbot.waitUntil(window.panels["sample"].can_be_seen)
    qtbot.waitUntil(lambda: bool(window.panels["sample"].strip.cards))
    assert window.panels["sample"].strip.cards[0].sample == 5
    qtbot.waitUntil(lambda: window.panels["latent_map"].rings.pinned == 5)
    window.panels["sample"].pinned.emit(None)
    qtbot.waitUntil(lambda: window.panels["latent_map"].rings.pinned is None)
    assert window.session.run.pinned is None


def test_the_choice_of_pairs_reaches_the_engine(window, stage, qtbot):
    qtbot.keyClick(window.panels["similarity"].source, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].request(SimilarityRequest).source == "probe")


def test_other_views_can_be_drawn(window, stage, qtbot):
    before = stage.engine.commands(Preview)[-1]
    stage.tell(views(before.generation))
    press(qtbot, window.panels["views"].draw_button)
    tick(window)
    assert stage.engine.commands(Preview)[-1].draw == before.draw + 1


def test_the_log_comes_to_the_front_when_it_is_asked_for(window, qtbot):
    log = window.docks["log"]
    assert not log.isVisible()
    log.view_action.trigger()
    qtbot.waitUntil(lambda: not log.visibleRegion().isEmpty())
    window.arrangement.reset()
    assert not log.isVisible()


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (1920, 1080)], ids=str)
def test_at_any_size_every_panel_has_room_and_none_lies_on_another(window, size, qtbot):
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    window.arrangement.reset()
    qtbot.wait(50)
    in_front = {name: dock for name, dock in window.docks.items() if not dock.visibleRegion().isEmpty()}
    away = {"patches", "prediction", "steps_ahead"}  # nothing to show of this objective; others come when asked for
    assert set(window.docks) - set(in_front) == ASKED_FOR | away
    places = {name: dock.geometry() for name, dock in in_front.items()}
    for name, place in places.items():
        assert window.rect().contains(place), name
        assert min(place.width(), place.height()) >= 90, name
        assert not [other for other in places if other != name and places[other].intersects(place)]
    area = {name: place.width() * place.height() for name, place in places.items()}
    assert max(area, key=area.get) == "latent_map" or size < (1280, 720)


def test_back_from_the_task_bar_the_docks_are_as_they_were(window, qtbot):
    qtbot.wait(50)
    docks = [window.docks["settings"], window.docks["latent_map"]]
    before = docks[0].width()
    window.resizeDocks(docks, [before + 100, docks[1].width() - 100], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: docks[0].width() > before + 50)
    by_hand = docks[0].width()
    window.showMinimized()
    window.showNormal()
    qtbot.wait(50)
    assert docks[0].width() == by_hand


def test_panels_are_told_of_messages_and_of_another_run(window, stage):
    stage.begin()
    stage.tell(scalars([1], loss=[3.0]))
    for _ in range(20):
        window.clock.tick()
    assert len(window.panels["loss"].loss.values[0]) == 1
    stage.session.reset()
    assert all(panel.run is stage.session.run for panel in window.panels.values())
    assert {LatentMap, Similarity} <= {kind for panel in window.panels.values() for kind in panel.message_types}


def test_the_theme_is_switched_by_its_button(window, qtbot):
    press(qtbot, window.controls.theme)
    assert theme().palette.dark
    press(qtbot, window.controls.theme)
    assert not theme().palette.dark


def test_a_panel_made_to_float_is_seen_to_and_lies_over_the_window_at_its_next_start(window, qtbot):
    dock = window.docks["latent_map"]
    place = dock.mapToGlobal(QPoint(0, 0))
    detach = next(button for button in dock.findChildren(QToolButton) if button.toolTip().startswith("Detach"))
    detach.click()
    assert dock.isFloating()
    assert dock.pos() != place
    assert dock.titleBarWidget().property("floats") == "yes"
    shown = []
    dock.visibilityChanged.connect(shown.append)
    window.arrangement.settle()
    qtbot.waitUntil(lambda: shown[-2:] == [False, True])
    detach.click()
    assert not dock.isFloating()
    assert dock.titleBarWidget().property("floats") == ""
