"""Engines of recorded runs that are out of view end; the run is read once more when it is chosen again."""

import os

import msgspec
import pytest
from window_fakes import latent_map, mark, prepared, probe, scalars

from sslviz.core.exact_map import MapProgress
from sslviz.core.messages import Notice, Open, Pulse, State, Watch
from sslviz.core.requests import MapRequest
from sslviz.window.runs.choices import Named, Selected
from sslviz.window.runs.idle_engines import QUIET_S, IdleEngines
from sslviz.window.runs.run_status import READING
from sslviz.window.shell.status_bar import facts

DAMAGED = Notice(level="warning", text="1 line or file of this run cannot be read and is left out.")
PULSE = Pulse(step=40, epoch=0.0, wall_time_s=1.0, samples_per_second=0.0, skipped=0)
BUSY = msgspec.structs.replace(PULSE, busy="figures of 9 snapshots")


def read(stage, folder):
    """Let the newest engine read a run folder."""
    facts = {"device": "", "folder": str(folder), "values": {"lr": 0.1}, "snapshot_steps": (20, 40)}
    stage.introduce()
    stage.tell(State(state="preparing"), msgspec.structs.replace(prepared(), **facts), probe([0, 1, 2]))
    stage.tell(scalars([20, 40], loss=[3.0, 2.0]), mark("lr", 0.2, 0.1, step=20), State(state="recorded", step=40))
    stage.tell(latent_map([[0, 0], [1, 1], [2, 0]], step=20), PULSE, DAMAGED)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mine"


@pytest.fixture
def recorded(stage, folder):
    """A recorded run, which is in view, and the session's first run."""
    stage.introduce()
    stage.session.runs.open(folder)
    read(stage, folder)
    return stage.session.current


@pytest.fixture
def idle(stage):
    """The object under test; ``idle.now`` is the time in seconds."""

    def clock():
        return made.now

    made = IdleEngines(stage.session.runs, stage.another, clock)
    made.now = 0.0
    return made


def look_away(stage, idle):
    stage.session.runs.choose(stage.session.runs[0])
    for _ in range(2):
        idle.look()
        idle.now += QUIET_S


def test_the_engine_of_a_compared_run_goes_on_or_is_started_again(stage, recorded, idle):
    first = stage.session.runs[0]
    look_away(stage, idle)
    assert recorded.hung_up
    recorded.training_thread.wait()
    count = len(stage.engines)
    stage.session.runs.compare((first, recorded))
    idle.look()
    assert (len(stage.engines), recorded.hung_up) == (count + 1, False)
    read(stage, recorded.model.folder)
    look_away(stage, idle)
    assert not recorded.hung_up, "it is in view"


def test_an_engine_ends_when_its_recorded_run_was_out_of_view_for_long(stage, recorded, idle):
    idle.look()
    idle.now += 2 * QUIET_S
    idle.look()
    assert not stage.engine.hung_up, "the run is in view"
    stage.session.runs.choose(stage.session.runs[0])
    idle.look()
    idle.now += 0.9 * QUIET_S
    stage.tell(scalars([50], loss=[1.0]))
    idle.look()
    idle.now += 0.9 * QUIET_S
    idle.look()
    assert not stage.engine.hung_up, "a script still writes the run"
    idle.now += 0.2 * QUIET_S
    idle.look()
    assert stage.engine.hung_up
    assert not stage.engines[0].hung_up


def test_chosen_again_it_is_read_again_and_shows_all_meanwhile(stage, recorded, idle, folder):
    failed, told, model = [], [], recorded.model
    stage.session.failed.connect(failed.append)
    stage.session.noticed.connect(lambda notice, _: told.append(notice))
    stage.session.rename(recorded, "The good one")
    stage.session.select(Selected(indices=(1,)))
    stage.session.move_cursor(20)
    stage.session.watch(Watch(panel_data=("LatentMap",), snapshot=1))
    kept = model.colour, model.curves["loss"], model.latent_map, model.selection, model.cursor_step, model.marks
    look_away(stage, idle)
    assert recorded.training_thread.wait(10_000)
    stage.session.pull()
    stage.session.runs.choose(recorded)
    idle.look()
    idle.look()
    assert len(stage.engines) == 3
    assert stage.engine.commands(Open) == [Open(folder=str(folder))]
    assert stage.engine.commands(Watch)[-1].snapshot == 1
    assert (model.state, model.title, failed) == ("recorded", "The good one", [])
    assert facts(model) == READING
    assert kept == (
        model.colour,
        model.curves["loss"],
        model.latent_map,
        model.selection,
        model.cursor_step,
        model.marks,
    )
    read(stage, folder)
    assert model.curves["loss"].values.tolist() == [3.0, 2.0]
    assert [each.step for each in model.marks] == [20]
    assert (model.snapshot, model.selection.indices) == (1, (1,))
    assert facts(model).startswith("Recorded run")
    assert told == [], "it was told when the folder was read first"


@pytest.mark.parametrize("again", [False, True], ids=["read once", "read again"])
def test_what_happens_twice_is_told_twice(stage, recorded, idle, folder, again):
    notice = Notice(level="warning", text="umap-learn gave no map: it has too little memory.")
    told = []
    stage.session.noticed.connect(lambda notice, _: told.append(notice))
    stage.tell(notice)
    if again:
        look_away(stage, idle)
        assert recorded.training_thread.wait(10_000)
        stage.session.runs.choose(recorded)
        idle.look()
        read(stage, folder)
    stage.session.lay_out(MapRequest(method="umap-learn"))
    stage.tell(notice)
    assert told == [notice, notice]


def test_the_folder_is_read_only_once_the_engine_before_has_ended(stage, recorded, idle):
    stage.engine.keeps_saving = True
    look_away(stage, idle)
    stage.session.runs.choose(recorded)
    idle.look()
    assert len(stage.engines) == 2
    stage.engine.end()
    assert recorded.training_thread.wait(10_000)
    idle.look()
    assert len(stage.engines) == 3


def test_a_map_that_is_laid_out_is_waited_for(stage, recorded, idle):
    stage.tell(MapProgress(text="epoch 20 of 200", fraction=0.1))
    look_away(stage, idle)
    assert not stage.engine.hung_up
    stage.engine.tell(MapProgress(text=""))
    stage.session.pull()
    idle.look()
    idle.now += QUIET_S
    idle.look()
    assert stage.engine.hung_up


def test_figures_that_are_computed_are_waited_for(stage, recorded, idle):
    """Their curves may be drawn beside those of the run in view."""
    stage.tell(BUSY)
    look_away(stage, idle)
    assert not stage.engine.hung_up
    stage.engine.tell(PULSE)
    stage.session.pull()
    idle.look()
    idle.now += QUIET_S
    idle.look()
    assert stage.engine.hung_up


def test_without_another_engine_the_run_fails_once(stage, recorded, idle, qtbot, monkeypatch):
    look_away(stage, idle)
    assert recorded.training_thread.wait(10_000)
    monkeypatch.setattr(idle, "_new_engine", lambda: os.open("", os.O_RDONLY))
    stage.session.runs.choose(recorded)
    with qtbot.waitSignal(stage.session.failed):
        idle.look()
    idle.look()
    assert recorded.model.state_text.startswith("No engine could be started to read the run again (No such file")
    arrived = []
    stage.session.arrived.connect(arrived.append)
    stage.session.name(Named(indices=(1,), name="odd"))
    stage.session.undo()
    stage.session.pull()
    assert recorded.model.named == {}
    assert {State, Named} <= arrived[-1], "panels draw what has changed"


def test_a_run_that_cannot_be_read_again_says_why(stage, recorded, idle):
    look_away(stage, idle)
    assert recorded.training_thread.wait(10_000)
    stage.session.runs.choose(recorded)
    idle.look()
    stage.introduce()
    stage.tell(State(state="preparing"), State(state="failed", text="The folder is gone."))
    assert (recorded.model.state, recorded.model.state_text) == ("failed", "The folder is gone.")
    assert "loss" in recorded.model.curves
