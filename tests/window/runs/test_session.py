"""The session: which commands it sends to the engine, and how it reacts to messages."""

import msgspec
import pytest
from window_fakes import actions, catalogue, latent_map, mark, prepared, scalars, views

from sslviz.core.messages import Change, Notice, Preview, Scalars, Start, State, Watch
from sslviz.core.run_note import note_of
from sslviz.core.settings import SettingError
from sslviz.window.runs import session as session_module

# ----------------------------------------------------------------- beginning


def test_until_the_engine_says_hello_there_are_no_settings(stage):
    assert stage.session.values == {}
    assert not stage.session.running
    assert stage.engine.sent == []


def test_hello_brings_the_presets_settings(stage):
    stage.introduce()
    session = stage.session
    assert session.values["data"] == "shapes"
    assert session.values["temperature"] == 0.2
    assert {setting.key for setting in session.settings} == set(session.values)


def test_the_next_session_knows_the_last_catalogue_at_once(stage, tmp_path):
    stage.introduce()
    other = type(stage)(tmp_path / "other")
    assert other.session.values == stage.session.values
    other.introduce(catalogue(version="2"))
    assert other.session.catalogue.version == "2"
    other.session.close()


def test_train_before_hello_starts_when_the_engine_is_ready(stage):
    session = stage.session
    session.train()
    session.pull()
    assert session.running
    assert stage.engine.commands(Start) == []
    stage.introduce()
    (start,) = stage.engine.commands(Start)
    assert start.values == session.values
    assert start.preset == "shapes"
    assert not start.paused
    session.pull()
    assert len(stage.engine.commands(Start)) == 1


def test_what_is_changed_before_the_engine_is_ready_is_what_it_starts_with(stage):
    stage.introduce()
    stage.session.reset()
    stage.session.train()
    stage.session.set_value("temperature", 1.5)
    stage.introduce()
    (start,) = stage.engine.commands(Start)
    assert start.values["temperature"] == 1.5
    assert stage.engine.commands(Change) == []


@pytest.mark.parametrize("undo", ["stop", "pause", "reset"])
def test_train_can_be_taken_back_before_the_engine_is_ready(stage, undo):
    stage.session.train()
    getattr(stage.session, undo)()
    assert not stage.session.running
    stage.introduce()
    assert stage.engine.commands(Start) == []


def test_what_takes_too_long_for_one_tick_waits_for_the_next(stage, monkeypatch):
    """Each tick takes in at least one message, and all of them come in order."""
    stage.introduce()
    stage.begin()
    monkeypatch.setattr(session_module, "MAX_PULL_S", 0.0)
    stage.engine.tell(*(scalars([step], loss=[float(step)]) for step in range(1, 6)), State(state="paused", step=5))
    steps = []
    while stage.session.run.state != "paused":
        stage.session.pull()
        steps.append(stage.session.run.step)
    assert steps == [1, 2, 3, 4, 5, 5]
    assert stage.session.run.curves["loss"].values.tolist() == [1, 2, 3, 4, 5]


def test_a_busy_window_leaves_to_the_mailbox_what_it_cannot_take_in(stage, monkeypatch):
    """One message is taken in at each tick, and one map comes: of the maps that wait, only the newest is kept."""
    stage.introduce()
    stage.begin()
    monkeypatch.setattr(session_module, "MAX_PULL_S", 0.0)
    stage.engine.tell(*(scalars([step], loss=[1.0]) for step in range(1, 6)))
    shown = []
    for step in range(1, 9):
        stage.engine.tell(latent_map([[0, 0]], step=step))
        stage.session.pull()
        shown.append(stage.session.run.latent_map.step if stage.session.run.latent_map else 0)
    assert shown == [0, 0, 0, 0, 0, 1, 7, 8]
    assert stage.session.skipped == 5  # maps 2 to 6


def test_a_removed_run_stays_until_its_end_was_taken_in(stage, qtbot, monkeypatch):
    """Its engine ends at once, but a busy window has many of its messages to take in before the last."""
    stage.introduce()
    stage.begin()
    stage.engine.farewell = State(state="failed", text="No space left on device.")
    stage.engine.tell(*(scalars([step], loss=[1.0]) for step in range(1, 6)))
    removed, failed = stage.session.current, []
    stage.session.failed.connect(failed.append)
    monkeypatch.setattr(session_module, "MAX_PULL_S", 0.0)
    stage.session.runs.remove(removed)
    assert removed.training_thread.wait(10_000)
    for _ in range(5):
        stage.session.pull()
    assert stage.session.runs.retired == [removed]
    stage.session.pull()
    assert failed == [removed]
    assert stage.session.runs.retired == []


def test_train_twice_is_train_once(stage):
    stage.introduce()
    stage.session.train()
    stage.session.train()
    stage.session.pull()
    stage.session.train()
    stage.session.pull()
    assert len(stage.engine.commands(Start)) == 1
    assert len(stage.engines) == 1


def test_step_begins_a_run_that_pauses_after_its_first_step(stage):
    stage.introduce()
    stage.session.step()
    stage.session.pull()
    (start,) = stage.engine.commands(Start)
    assert start.paused
    assert actions(stage.engine) == ["step"]


def test_each_run_has_a_folder_of_its_own(stage):
    stage.introduce()
    stage.begin()
    stage.tell(State(state="stopped", step=3))
    first = stage.engine.commands(Start)[0].folder
    stage.session.train()
    stage.introduce()
    second = stage.engine.commands(Start)[0].folder
    assert first.endswith("-shapes")
    assert stage.session.run.name in second


def test_the_buttons_of_a_run(stage):
    stage.introduce()
    stage.begin()
    stage.session.pause()
    stage.tell(State(state="paused", step=4))
    stage.session.step()
    stage.session.train()
    stage.session.stop()
    assert actions(stage.engine) == ["pause", "step", "resume", "stop"]


# ----------------------------------------------------------------- settings during a run


def test_ten_thousand_moves_between_two_pulls_are_one_change(stage):
    """Case 24 of the robustness list: very fast slider moves."""
    stage.introduce()
    stage.begin()
    for move in range(10_000):
        stage.session.set_value("temperature", 0.1 + move / 10_000)
        stage.session.set_value("colour", move / 10_000)
    stage.session.pull()
    assert stage.engine.commands(Change) == [Change(values={"temperature": 0.1 + 0.9999, "colour": 0.9999})]
    stage.session.pull()
    assert len(stage.engine.commands(Change)) == 1


def test_a_fixed_setting_is_not_sent_to_a_run_but_holds_for_the_next(stage):
    stage.introduce()
    stage.begin()
    stage.session.set_value("batch_size", 64)
    stage.session.pull()
    assert stage.engine.commands(Change) == []
    stage.tell(State(state="stopped"))
    stage.session.train()
    stage.introduce()
    assert stage.engine.commands(Start)[0].values["batch_size"] == 64


def test_without_a_run_nothing_is_changed_in_one(stage):
    stage.introduce()
    stage.session.set_value("temperature", 1.0)
    stage.session.pull()
    assert stage.engine.commands(Change) == []
    assert stage.session.values["temperature"] == 1.0


def test_a_mark_of_an_earlier_move_does_not_take_back_a_later_one(stage):
    """The slider moves on while the engine still reports an earlier value."""
    stage.introduce()
    stage.begin()
    stage.session.set_value("temperature", 0.3)
    stage.session.pull()
    stage.session.set_value("temperature", 0.5)
    stage.session.pull()
    stage.tell(mark("temperature", 0.2, 0.3))
    assert stage.session.values["temperature"] == 0.5
    stage.tell(mark("temperature", 0.3, 0.5))
    assert stage.session.values["temperature"] == 0.5


# ----------------------------------------------------------------- another engine


def test_train_after_stop_is_a_new_run_in_a_new_engine(stage):
    stage.introduce()
    stage.begin()
    first = stage.engine
    stage.tell(scalars([1], loss=[3.0]), State(state="stopped", step=1))
    assert not first.hung_up
    stage.session.train()
    assert first.hung_up
    assert len(stage.engines) == 2
    assert stage.session.run.curves == {}
    stage.introduce()
    assert len(stage.engine.commands(Start)) == 1
    assert len(first.commands(Start)) == 1


def test_reset_puts_the_run_aside_and_stands_ready(stage, qtbot):
    stage.introduce()
    stage.begin()
    stage.tell(views(5), scalars([1], loss=[3.0]))
    with qtbot.waitSignal(stage.session.runs.current_changed):
        stage.session.reset()
    assert not stage.session.running
    assert stage.session.run.curves == {}
    assert stage.session.run.views is not None
    stage.introduce()
    assert stage.engine.commands(Start) == []
    assert len(stage.engine.commands(Preview)) == 1


def test_views_of_the_new_engine_replace_those_kept_from_the_old(stage):
    stage.introduce()
    for _ in range(4):
        stage.session.draw_views()
        stage.session.pull()
        stage.tell(views(stage.engine.commands(Preview)[-1].generation))
    stage.session.reset()
    stage.introduce()
    newest = views(stage.engine.commands(Preview)[-1].generation, shade=9)
    stage.tell(newest)
    assert stage.session.run.views == newest


def test_late_messages_of_a_closed_run_are_dropped(stage):
    """Case 25 of the robustness list: messages that arrive after a reset."""
    stage.introduce()
    stage.begin()
    old = stage.engine
    old.tell(scalars([1], loss=[3.0]), State(state="failed", text="late"), latent_map([[0, 0]]))
    stage.session.reset()
    stage.session.pull()
    run = stage.session.run
    assert (run.state, run.curves, run.latent_map) == (None, {}, None)


def test_the_new_engine_is_told_what_is_looked_at(stage):
    stage.introduce()
    stage.session.watch(Watch(panel_data=("Views",)))
    stage.session.watch(Watch(panel_data=("Views",)))
    assert stage.engine.commands(Watch) == [Watch(panel_data=("Views",))]
    stage.session.reset()
    assert stage.engine.commands(Watch) == [Watch(panel_data=("Views",))]


def test_a_failed_engine_is_replaced_by_train(stage):
    stage.tell(State(state="failed", text="could not start"))
    assert not stage.session.running
    stage.session.train()
    stage.introduce()
    assert len(stage.engine.commands(Start)) == 1


def test_train_that_waits_for_an_engine_that_fails_is_over(stage):
    stage.session.train()
    stage.tell(State(state="failed", text="could not start"))
    assert not stage.session.running


def test_closing_hangs_up_on_every_engine(stage):
    for _ in range(3):
        stage.session.reset()
    stage.session.close()
    assert all(engine.hung_up for engine in stage.engines)


def test_retired_threads_are_let_go_when_they_have_ended(stage, qtbot):
    stage.session.reset()
    qtbot.waitUntil(lambda: stage.session.pull() or stage.session.runs.retired == [])


# ----------------------------------------------------------------- what is chosen


def test_a_preset_replaces_the_settings(stage, qtbot):
    stage.introduce()
    stage.session.set_value("temperature", 1.0)
    with qtbot.waitSignal(stage.session.settings_changed):
        stage.session.choose_preset("shapes-colour-shortcut")
    assert stage.session.values["colour"] == 0.0
    assert stage.session.values["temperature"] == 0.2
    stage.session.train()
    stage.session.pull()
    assert stage.engine.commands(Start)[0].preset == "shapes-colour-shortcut"


def test_a_preset_can_be_chosen_before_hello(stage):
    stage.session.choose_preset("digits")
    stage.introduce()
    assert stage.session.values["data"] == "digits"
    assert stage.session.values["rotation"] == 15.0


def test_a_preset_there_is_not_is_refused_with_those_there_are(stage):
    with pytest.raises(SettingError, match="there are shapes"):
        stage.session.choose_preset("dreams")
    assert stage.session.preset.name == "shapes"


def test_other_data_bring_their_own_defaults_and_keep_what_was_chosen(stage, qtbot):
    stage.introduce()
    session = stage.session
    session.set_value("temperature", 1.0)
    session.set_value("samples", 300)
    with qtbot.waitSignal(session.settings_changed):
        session.set_value("data", "digits")
    assert session.values["temperature"] == 1.0
    assert session.values["rotation"] == 15.0
    assert "samples" not in session.values
    session.set_value("data", "shapes")
    assert session.values["temperature"] == 1.0
    assert session.values["rotation"] == 0.0
    assert session.values["samples"] == 1000


def test_data_that_no_objective_takes_are_refused_and_the_ones_before_stay(stage, qtbot):
    stage.introduce()
    with qtbot.waitSignal(stage.session.noticed) as noticed:
        stage.session.set_value("data", "words")
    assert noticed.args[0].level == "refused"
    assert noticed.args[0].key == "objective"
    assert stage.session.values["data"] == "shapes"
    assert {setting.key for setting in stage.session.settings} == set(stage.session.values)


def test_a_new_catalogue_keeps_what_was_set(stage, qtbot):
    stage.introduce()
    stage.session.set_value("temperature", 1.0)
    stage.session.reset()
    stage.introduce(catalogue(version="2"))
    assert stage.session.values["temperature"] == 1.0


# ----------------------------------------------------------------- what is passed on


def test_what_came_in_a_pull_is_told_once_by_kind(stage, qtbot):
    stage.introduce()
    with qtbot.waitSignal(stage.session.arrived) as arrived:
        stage.tell(scalars([1], loss=[1.0]), scalars([2], loss=[1.0]), State(state="training"))
    assert arrived.args == [{type(scalars([])), State}]
    with qtbot.assertNotEmitted(stage.session.arrived):
        stage.session.pull()


def test_a_notice_is_passed_on_with_its_key(stage, qtbot):
    stage.introduce()
    with qtbot.waitSignal(stage.session.noticed) as noticed:
        stage.tell(Notice(level="refused", text="too hot", key="temperature"))
    assert noticed.args[0].key == "temperature"


def test_pictures_skipped_are_counted(stage):
    stage.introduce()
    stage.engine.tell(*[latent_map([[0, 0]], step=step) for step in range(5)])
    stage.session.pull()
    assert stage.session.skipped == 4


def test_a_message_the_run_cannot_take_does_not_lose_those_around_it(stage, qtbot, monkeypatch):
    """An exception must not lose states and failures that come after it."""
    stage.introduce()
    stage.begin()
    run, take = stage.session.run, stage.session.run.take

    def fail(message):
        if isinstance(message, Notice):
            raise ValueError("odd")
        take(message)

    monkeypatch.setattr(run, "take", fail)
    stage.engine.tell(scalars([1], loss=[1.0]), Notice(level="info", text=""), State(state="failed", text="over"))
    with pytest.raises(ValueError, match="odd"):
        stage.session.pull()
    with qtbot.waitSignal(stage.session.arrived) as arrived:
        stage.session.pull()
    assert run.state == "failed"
    assert arrived.args[0] >= {Scalars, State}


def test_a_title_given_before_the_training_is_written_once_there_is_a_folder(stage, tmp_path):
    stage.introduce()
    stage.session.rename(stage.session.current, "mine")
    stage.session.train()
    stage.session.pull()
    stage.tell(State(state="preparing"), msgspec.structs.replace(prepared(), folder=str(tmp_path)))
    assert note_of(tmp_path).title == "mine"
