"""Several runs: a second one keeps the first, the current one is shown and steered, and they share the processor."""

import logging

import pyqtgraph as pg
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QInputDialog, QTabBar
from window_fakes import actions, answer, latent_map, mark, prepared, scalars, views

from sslviz.core.messages import Change, Diagnosis, Notice, Scalars, Start, State, Watch
from sslviz.core.requests import MapRequest
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.comparison import OF_SCRIPT, loss_caution
from sslviz.window.runs.run_model import ENDED
from sslviz.window.style.theme import theme


def train_and_begin_anew(stage):
    stage.introduce()
    stage.begin()
    stage.tell(State(state="stopped"))
    stage.session.train()


# ----------------------------------------------------------------- the session


def test_a_second_run_does_not_lose_the_first(two):
    first, second = two.session.runs
    assert two.session.current is second
    assert not two.engines[0].hung_up
    two.engines[0].tell(scalars([1, 2], loss=[3.0, 2.0]))
    two.engine.tell(scalars([1], loss=[4.0]))
    two.session.pull()
    assert first.model.curves["loss"].values.tolist() == [3.0, 2.0]
    assert second.model.curves["loss"].values.tolist() == [4.0]
    assert two.session.runs.comparable == (first.model,)


def test_each_is_named_by_what_differs_and_coloured(two, qtbot):
    first, second = two.session.runs
    assert (first.model.title, second.model.title) == ("Coloured shapes", "Coloured shapes (2)")
    assert first.model.colour != second.model.colour
    with qtbot.waitSignal(two.session.runs.legend_changed):
        two.tell(mark("temperature", 0.2, 0.05))
    assert (first.model.title, second.model.title) == ("Coloured shapes · τ 0.2", "Coloured shapes · τ 0.05")
    two.session.runs.rename(first, "mine")
    assert (first.model.title, second.model.title) == ("mine", "Coloured shapes · τ 0.05")
    two.session.runs.rename(first, " ")
    assert first.model.title == "Coloured shapes · τ 0.2"


def test_a_setting_without_effect_does_not_keep_losses_from_being_compared(two):
    runs = tuple(two.session.runs)
    two.tell(prepared(temperature=0.05))
    assert loss_caution(runs).startswith("Temperature differs")
    for run in runs:
        run.config.settings = tuple(replace(each, only_if={"batch_size": (8, 16)}) for each in run.config.settings)
    assert loss_caution(runs) == ""


def test_losses_of_other_methods_and_data_cannot_be_compared(two):
    two.tell(prepared(objective="masked", temperature=0.05))
    assert loss_caution(tuple(two.session.runs)) == "Objective differs, so these losses cannot be compared; k-NN can."
    two.tell(prepared(data="digits", objective="masked"))
    assert loss_caution(tuple(two.session.runs)) == "Data and objective differ, so these losses cannot be compared."


def test_a_run_that_is_being_read_is_not_called_one_of_a_script(stage, tmp_path):
    stage.introduce()
    stage.begin()
    stage.session.runs.open(tmp_path)
    stage.introduce()
    assert loss_caution(tuple(stage.session.runs)) == ""
    stage.tell(prepared())  # without an objective: not settings of sslviz
    assert loss_caution(tuple(stage.session.runs)) == OF_SCRIPT


def test_what_is_chosen_for_the_next_run_renames_no_run_that_has_ended(stage):
    stage.introduce()
    stage.session.set_value("temperature", 0.5)
    assert stage.session.run.title == "Coloured shapes · τ 0.5"
    stage.begin()
    stage.tell(prepared(temperature=0.5), State(state="stopped", step=5))
    stage.session.set_value("temperature", 0.9)
    assert stage.session.run.title == "Coloured shapes · τ 0.5"


def test_another_choice_than_the_presets_is_named_by_data_and_objective(stage):
    stage.introduce()
    stage.session.set_value("objective", "masked")
    assert stage.session.run.title == "Shapes, masked"
    stage.session.undo()
    assert stage.session.run.title == "Coloured shapes"


def test_no_two_runs_of_the_list_have_one_colour(stage):
    for _ in range(12):
        train_and_begin_anew(stage)
        colours = {theme().palette.run(run.model.colour) for run in stage.session.runs}
        assert len(colours) == len(stage.session.runs)


def test_a_hidden_run_is_not_drawn_and_different_temperatures_are_not_compared(window, two):
    first, _ = two.session.runs
    two.engines[0].tell(scalars([1, 2], loss=[3.0, 2.0]))
    two.tell(prepared(temperature=0.05), scalars([1, 2], loss=[5.0, 4.0]))
    two.session.pull()
    panel = window.panels["loss"]
    panel.draw()
    assert panel.caution.text() == "Temperature differs, so these losses cannot be compared; k-NN can."
    assert panel.legend.accessibleName() == "Runs: τ 0.05, τ 0.2"
    assert last_steps(panel.loss) == {2}
    panel.legend.toggled.emit(first.model)
    assert panel.wants_drawing()
    panel.draw()
    assert panel.legend.isVisible()
    assert not panel.caution.isVisible()
    assert panel.loss.others.points == []


def test_the_second_begins_with_the_settings_of_the_first_and_they_part_then(stage):
    stage.introduce()
    stage.session.set_value("temperature", 0.7)
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    assert stage.session.values["temperature"] == 0.7
    stage.session.set_value("temperature", 0.3)
    first, second = stage.session.runs
    assert (first.config.values["temperature"], second.config.values["temperature"]) == (0.7, 0.3)
    assert stage.engines[0].commands(Change) == []


def test_another_task_after_a_run_is_for_a_run_of_its_own(stage):
    """A run that has ended keeps its settings when others are chosen for the next run."""
    stage.introduce()
    stage.begin()
    stage.tell(State(state="stopped", step=5))
    stage.session.pull()
    stage.session.set_value("data", "digits")
    stage.introduce()
    first, second = stage.session.runs
    assert stage.session.current is second
    assert (first.config.values["data"], second.config.values["data"]) == ("shapes", "digits")
    stage.session.runs.choose(first)
    stage.session.choose_preset("digits")
    assert list(stage.session.runs) == [first, second]
    assert stage.session.current is second


def test_views_of_other_data_are_not_shown_for_those_that_are_to_come(stage):
    stage.introduce()
    stage.begin()
    stage.tell(views(5))
    stage.session.choose_preset("shapes-colour-shortcut")
    assert stage.session.run.views is not None
    stage.session.choose_preset("digits")
    assert stage.session.run.views is None
    assert stage.session.runs[0].model.views is not None


def test_what_was_chosen_for_the_next_run_is_not_said_of_the_one_before(stage):
    stage.introduce()
    stage.begin()
    stage.tell(State(state="stopped", step=5))
    stage.session.pull()
    stage.session.set_value("temperature", 0.9)
    stage.session.train()
    first, second = stage.session.runs
    assert (first.config.values["temperature"], second.config.values["temperature"]) == (0.2, 0.9)


def test_runs_of_another_task_are_not_laid_over(two):
    first, second = two.session.runs
    second.config.values["data"] = "digits"
    assert two.session.runs.comparable == ()
    second.config.values["data"] = "shapes"
    assert two.session.runs.comparable == (first.model,)


def test_one_that_stands_ready_is_taken_before_another_is_made(stage):
    stage.introduce()
    stage.session.runs.new()
    assert len(stage.session.runs) == 1
    stage.begin()
    stage.session.runs.new()
    stage.session.runs.choose(stage.session.runs[0])
    stage.session.runs.new()
    assert len(stage.session.runs) == 2
    assert stage.session.current is stage.session.runs[1]


def test_on_the_processor_starting_one_pauses_the_other_and_says_so(stage, qtbot):
    stage.introduce()
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    with qtbot.waitSignal(stage.session.noticed) as noticed:
        stage.begin()
    assert actions(stage.engines[0]) == ["pause"]
    assert "Coloured shapes is paused, so that Coloured shapes (2) has the processor" in noticed.args[0].text


def test_going_on_with_the_first_pauses_the_second(two):
    first, _ = two.session.runs
    two.session.runs.choose(first)
    two.session.train()
    assert actions(two.engines[0]) == ["pause", "resume"]
    two.engines[0].tell(State(state="training"))
    two.session.pull()
    assert actions(two.engines[1]) == ["pause"]


def test_run_both_lets_the_paused_one_go_on(two):
    two.session.sharing.run_side_by_side(on=True)
    assert actions(two.engines[0]) == ["pause", "resume"]
    two.engines[0].tell(State(state="training"))
    two.session.pull()
    assert actions(two.engines[1]) == []
    two.session.sharing.run_side_by_side(on=False)
    assert actions(two.engines[0]) == ["pause", "resume", "pause"]


def test_run_both_leaves_one_alone_that_a_person_paused(stage):
    stage.introduce()
    stage.begin()
    stage.session.pause()
    stage.tell(State(state="paused"))
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    stage.session.sharing.run_side_by_side(on=True)
    assert actions(stage.engines[0]) == ["pause"]


def test_a_pause_by_hand_that_a_long_step_delays_is_still_by_hand(stage):
    """The first run still reports "training" when the second begins: it is told nothing, and must not be resumed."""
    stage.introduce()
    stage.begin()
    stage.session.pause()
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    stage.session.sharing.run_side_by_side(on=True)
    assert actions(stage.engines[0]) == ["pause"]


def test_run_both_leaves_one_alone_that_a_person_has_taken_over(two):
    two.session.runs.choose(two.session.runs[0])
    two.session.step()
    two.engines[0].tell(State(state="paused", step=6))
    two.session.pull()
    two.session.sharing.run_side_by_side(on=True)
    assert actions(two.engines[0]) == ["pause", "step"]


def test_run_both_also_calls_back_one_that_has_not_paused_yet(stage):
    """In a long step, the first run pauses only after it was told to go on."""
    stage.introduce()
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    stage.session.sharing.run_side_by_side(on=True)
    assert actions(stage.engines[0]) == ["pause", "resume"]


def test_one_at_a_time_again_while_a_recorded_run_is_in_front(two, tmp_path):
    two.session.sharing.run_side_by_side(on=True)
    for engine in two.engines[:2]:
        engine.tell(State(state="training"))
    two.session.pull()
    two.session.runs.open(tmp_path)
    two.session.sharing.run_side_by_side(on=False)
    assert [actions(engine)[-1:] for engine in two.engines[:2]] == [["resume"], ["pause"]]


def test_what_another_run_says_is_told_with_its_name(two, qtbot):
    with qtbot.waitSignal(two.session.noticed) as noticed:
        two.tell(Notice(level="warning", text="Complete collapse."))
    assert noticed.args[0].text == "Complete collapse."
    two.session.runs.choose(two.session.runs[0])
    with qtbot.waitSignal(two.session.noticed) as noticed:
        two.tell(Notice(level="warning", text="Complete collapse.", key="temperature"))
    assert (noticed.args[0].text, noticed.args[0].key) == ("Coloured shapes (2): Complete collapse.", "")
    assert noticed.args[1] is two.session.runs[1].model


TROUBLED = Diagnosis(
    step=60, verdict="shortcut", title="Shortcut", text="It takes one.", evidence=(), advice="Mend it."
)


def test_a_run_out_of_view_says_once_that_it_is_in_trouble(two, qtbot):
    with qtbot.assertNotEmitted(two.session.noticed):
        two.tell(TROUBLED)
    with qtbot.waitSignal(two.session.noticed) as noticed:
        two.engines[0].tell(TROUBLED)
        two.session.pull()
    assert noticed.args[0].text == "Coloured shapes: Shortcut. It takes one. Mend it."
    with qtbot.assertNotEmitted(two.session.noticed):
        two.engines[0].tell(TROUBLED)
        two.session.pull()


def test_a_removed_run_that_is_being_saved_says_nothing_of_its_trouble(two, qtbot):
    first = two.session.runs[0]
    two.engines[0].keeps_saving = True
    two.session.runs.remove(first)
    with qtbot.assertNotEmitted(two.session.noticed):
        two.engines[0].tell(TROUBLED)
        two.session.pull()
    assert first.model.verdict == "shortcut"
    two.engines[0].end()


def test_on_another_device_both_go_on(stage):
    stage.introduce()
    for _ in range(2):
        stage.session.train()
        stage.session.pull()
        on_gpu = prepared()
        stage.tell(State(state="preparing"), type(on_gpu)(**{**_fields(on_gpu), "device": "CUDA"}), _training())
        if len(stage.engines) == 1:
            stage.session.runs.new()
            stage.introduce()
    assert actions(stage.engines[0]) == []


def test_pictures_are_made_of_the_chosen_run_only(two):
    watch = Watch(panel_data=("Views",))
    two.session.watch(watch)
    assert two.engines[1].commands(Watch)[-1] == watch
    two.session.runs.choose(two.session.runs[0])
    assert two.engines[1].commands(Watch)[-1] == Watch(panel_data=())
    assert two.engines[0].commands(Watch)[-1] == watch


def test_an_ended_run_says_that_it_answers_no_more_once_its_engine_is_gone(stage, qtbot):
    """Its engine is there until another run is chosen; until then, it answers."""
    watches = [Watch(panel_data=("LatentMap",), requests=(MapRequest(neighbours=n),)) for n in (15, 30, 30)]
    stage.introduce()
    stage.begin()
    stage.tell(State(state="stopped", step=9))
    first, told = stage.session.current, []
    stage.session.noticed.connect(lambda notice, _: told.append(notice.text))
    stage.session.watch(watches[0])
    assert stage.engine.commands(Watch)[-1] == watches[0]
    assert not first.model.out_of_reach
    stage.session.runs.new()
    stage.session.runs.choose(first)
    assert first.model.out_of_reach
    assert told == []  # nothing new was asked for
    stage.session.watch(watches[1])
    stage.session.watch(watches[2])
    assert told == [ENDED]


def test_only_what_is_overlaid_is_told_of_the_others(two, qtbot):
    two.engines[0].tell(scalars([1], loss=[1.0]), latent_map([[0, 0]]))
    with qtbot.waitSignal(two.session.arrived) as arrived:
        two.session.pull()
    assert arrived.args[0] == {Scalars}


def test_an_ended_run_stays_on_the_list_but_not_its_engine(stage):
    stage.introduce()
    stage.begin()
    stage.tell(State(state="stopped", step=9))
    stage.session.train()
    first, second = stage.session.runs
    assert (first.model.state, first.model.step) == ("stopped", 9)
    assert stage.engines[0].hung_up
    stage.introduce()
    assert len(stage.engine.commands(Start)) == 1
    assert second is stage.session.current


def test_reset_begins_anew_in_the_same_place_and_says_where_the_run_is(two, qtbot):
    first, second = two.session.runs
    two.engines[0].tell(scalars([1], loss=[1.0]))
    two.session.pull()
    two.session.runs.choose(first)
    with qtbot.waitSignal(two.session.noticed) as noticed:
        two.session.reset()
    anew = two.session.current
    assert list(two.session.runs) == [anew, second]
    assert two.engines[0].hung_up
    assert (anew.model.colour, anew.model.title) == (first.model.colour, "Coloured shapes")
    assert noticed.args[0].text.startswith("Coloured shapes is kept: the panel Runs")


def test_removing_a_run_hangs_up_and_shows_another(two):
    first, second = two.session.runs
    two.session.runs.remove(second)
    assert two.engines[1].hung_up
    assert list(two.session.runs) == [first]
    assert two.session.current is first


def test_the_list_is_never_empty(stage):
    stage.introduce()
    stage.begin()
    stage.session.runs.remove(stage.session.current)
    assert len(stage.session.runs) == 1
    assert not stage.session.running


def test_the_list_stays_short(stage):
    for _ in range(12):
        train_and_begin_anew(stage)
    assert len(stage.session.runs) == 8
    assert stage.session.runs[-1] is stage.session.current


def test_closing_ends_all(two):
    two.session.close()
    assert all(engine.hung_up for engine in two.engines)


# ----------------------------------------------------------------- the tabs


def test_the_tabs_show_and_choose_runs(window, two, qtbot):
    tabs = window.runs.tabs
    assert [tabs.tabText(index) for index in range(tabs.count())] == ["Coloured shapes", "Coloured shapes (2)"]
    assert tabs.currentIndex() == 1
    qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(0).center())
    assert two.session.current is two.session.runs[0]
    assert window.panels["loss"].run is two.session.run
    assert window.panels["loss"].others == two.session.runs.comparable
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert two.session.current is two.session.runs[1]


def test_a_right_click_on_a_tab_offers_what_can_be_done_with_that_run(window, two, qtbot):
    tabs = window.runs.tabs
    place = tabs.tabRect(0).center()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, tabs.mapToGlobal(place))
    QCoreApplication.sendEvent(tabs, asked)
    menu = QApplication.activePopupWidget()
    assert [(action.text(), action.isEnabled()) for action in menu.actions()] == [
        ("Rename …", True),
        ("Compare with the chosen run", True),
        ("Close the tab", True),
    ]
    first = two.session.runs[0]
    questions = []
    answer("Stop and save", questions)
    remove = menu.actions()[2]
    menu.close()
    remove.trigger()
    assert first not in two.session.runs
    assert questions[0].startswith("Stop Coloured shapes, save it and close its tab?")


def test_the_menu_of_a_tab_stays_with_its_run(window, two, qtbot, monkeypatch):
    """While the menu is open, a run before it leaves the list, so that another run has the tab's place."""
    two.session.runs.new()
    first, _, third = two.session.runs
    tabs = window.runs.tabs
    place = tabs.tabRect(1).center()
    QCoreApplication.sendEvent(tabs, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, tabs.mapToGlobal(place)))
    rename, _, remove = QApplication.activePopupWidget().actions()
    two.session.runs.remove(first)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("mine", True))
    rename.trigger()
    assert [run.model.title for run in two.session.runs] == ["mine", "Coloured shapes"]
    questions = []
    answer("Stop and save", questions)
    remove.trigger()
    assert list(two.session.runs) == [third]


def test_the_state_in_a_word_keeps_its_width(window, two):
    widths = set()
    for state in ("preparing", "paused", "training", "failed"):
        window.controls.chip.setText(state)
        window.controls.chip.ensurePolished()
        widths.add(
            (window.controls.chip.width(), window.controls.chip.sizeHint().width() <= window.controls.chip.width())
        )
    assert len(widths) == 1
    assert widths.pop()[1]


def test_the_form_shows_the_chosen_runs_settings(window, two):
    two.session.set_value("temperature", 0.9)
    two.session.runs.choose(two.session.runs[0])
    assert window.form.fields["temperature"].value() == 0.2
    two.session.runs.choose(two.session.runs[1])
    assert window.form.fields["temperature"].value() == 0.9


def test_one_run_has_no_close_button_and_no_run_both(window, stage):
    assert window.runs.tabs.tabButton(0, QTabBar.ButtonPosition.RightSide) is None
    assert not window.runs.both.isVisible()


def test_run_both_is_a_button(window, two, qtbot):
    assert window.runs.both.isVisible()
    qtbot.mouseClick(window.runs.both, Qt.MouseButton.LeftButton)
    assert actions(two.engines[0])[-1] == "resume"


def test_a_run_is_renamed(window, two, qtbot, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("<b>no & colour</b>", True))
    tabs = window.runs.tabs
    tabs.setFocus()
    qtbot.keyClick(tabs, Qt.Key.Key_F2)
    assert two.session.run.title == "<b>no & colour</b>"
    assert tabs.tabText(1) == "<b>no && colour</b>"
    assert "&lt;b&gt;no &amp; colour" in tabs.tabToolTip(1)


def test_delete_asks_before_it_stops_a_run(window, two, qtbot):
    questions, second = [], two.session.current
    for text, stays in (("Cancel", True), ("Stop and save", False)):
        answer(text, questions)
        qtbot.keyClick(window.runs.tabs, Qt.Key.Key_Delete)
        assert (second in two.session.runs) == stays
    assert [question.startswith("Stop Coloured shapes (2), save it") for question in questions] == [True, True]


def test_an_ended_run_with_steps_is_not_dropped_without_a_question(window, stage):
    stage.introduce()
    stage.begin()
    stage.tell(scalars([1], loss=[1.0]), State(state="stopped", step=1))
    stage.session.runs.new()
    questions = []
    for text, titles in (
        ("Cancel", ["Coloured shapes", "Coloured shapes (2)"]),
        ("Close the tab", ["Coloured shapes"]),
    ):
        answer(text, questions)
        window.runs.tabs.tabCloseRequested.emit(0)
        assert [run.model.title for run in stage.session.runs] == titles
    assert questions[0].startswith("Close the tab of Coloured shapes?")


def test_a_run_of_no_steps_that_is_put_aside_leaves_no_tab(stage):
    stage.introduce()
    stage.session.train()
    stage.session.pull()
    stage.tell(State(state="preparing"))
    stage.session.reset()
    assert len(stage.session.runs) == 1
    assert not stage.session.running


def test_a_failure_is_told_once_and_of_any_run(window, two, caplog):
    caplog.set_level(logging.INFO, "sslviz.engine")  # where the log panel takes it from
    two.engines[0].tell(State(state="failed", text="Stopped unexpectedly at step 5 (killed)."))
    two.session.pull()
    assert window.messages.text == "Coloured shapes: Stopped unexpectedly at step 5 (killed)."
    window.messages.dismiss()
    two.tell(State(state="paused"))
    assert not window.messages.isVisible()
    assert caplog.messages == ["Coloured shapes: Stopped unexpectedly at step 5 (killed)."]


def test_a_failure_is_not_told_again_when_the_engine_ends(window, stage, qtbot, caplog):
    """An engine that has told its failure may stay, to answer, and end or be replaced long afterwards."""
    caplog.set_level(logging.INFO, "sslviz.engine")
    failed = []
    stage.session.failed.connect(failed.append)
    stage.begin()
    first = stage.session.current
    stage.tell(State(state="failed", step=5, text="The loss is not a number."))
    stage.engine.end()
    qtbot.waitUntil(lambda: first.model.out_of_reach)
    stage.session.train()
    assert failed == [first]
    assert caplog.messages == ["Coloured shapes: The loss is not a number."]


def test_what_lies_beside_train_does_not_move(window, stage, qtbot):
    places = set()
    for message in (State(state="training"), State(state="paused"), State(state="stopped")):
        stage.session.run.state or stage.begin()
        stage.tell(message)
        qtbot.wait(1)
        places.add(window.controls.stop.x())
    assert len(places) == 1


def test_the_curves_of_both_are_drawn(window, two):
    two.engines[0].tell(scalars(range(1, 250), loss=[3.0] * 249, top1=[0.1] * 249))
    two.engine.tell(scalars(range(1, 100), loss=[4.0] * 99, top1=[0.2] * 99))
    two.session.pull()
    panel = window.panels["loss"]
    panel.draw()
    plot = panel.findChild(Plot)
    assert last_steps(plot) == {99, 249}
    assert plot.getViewBox().viewRange()[0][1] > 249
    two.session.runs.remove(two.session.runs[0])
    panel.draw()
    assert last_steps(plot) == {99}


def last_steps(plot):
    """Return the last step of each curve of a plot."""
    curves = [item.xData for item in plot.listDataItems() if isinstance(item, pg.PlotDataItem) and item.isVisible()]
    return {xs[-1] for xs in curves if xs is not None and len(xs)}


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _training():
    return State(state="training")
