"""The life cycle of a run: the valid transitions, and that invalid ones are refused."""

from typing import get_args

import pytest

from sslviz.core.messages import RunState
from sslviz.window.runs.life_cycle import ENDED, LifeCycle, Phase

STATES = get_args(RunState)


def ready() -> LifeCycle:
    life_cycle = LifeCycle()
    life_cycle.report("ready")
    return life_cycle


def started(*states: RunState) -> LifeCycle:
    """Return the life cycle of a run that was started, after the engine has reported ``states``."""
    life_cycle = ready()
    life_cycle.request_start("train")
    life_cycle.start()
    for state in states:
        life_cycle.report(state)
    return life_cycle


def opened(*states: RunState) -> LifeCycle:
    """Return the life cycle of an opened folder, after the engine has reported ``states``."""
    life_cycle = LifeCycle()
    life_cycle.open_folder()
    for state in states:
        life_cycle.report(state)
    return life_cycle


IN_EACH_PHASE = {
    Phase.STARTING: LifeCycle,
    Phase.READY: ready,
    Phase.PREPARING: started,
    Phase.TRAINING: lambda: started("training"),
    Phase.PAUSED: lambda: started("training", "paused"),
    Phase.FINISHED: lambda: started("training", "finished"),
    Phase.STOPPED: lambda: started("training", "stopped"),
    Phase.FAILED: lambda: started("failed"),
    Phase.OPENING: opened,
    Phase.RECORDED: lambda: opened("ready", "preparing", "recorded"),
    Phase.UNREADABLE: lambda: opened("failed"),
}


def without_engine() -> LifeCycle:
    life_cycle = LifeCycle()
    life_cycle.report("failed")
    return life_cycle


IN_EACH_PHASE[Phase.NO_ENGINE] = without_engine


@pytest.mark.parametrize("phase", Phase)
def test_each_phase_can_be_reached(phase):
    assert IN_EACH_PHASE[phase]().phase is phase


@pytest.mark.parametrize("phase", Phase)
def test_at_most_one_description_of_a_run_holds(phase):
    life_cycle = IN_EACH_PHASE[phase]()
    assert life_cycle.active + life_cycle.ended + (phase is Phase.RECORDED) <= 1
    assert not life_cycle.active or (life_cycle.started and not life_cycle.recorded)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("phase", sorted(ENDED, key=lambda phase: phase.name), ids=lambda phase: phase.name)
def test_a_terminal_phase_is_never_left(phase, state):
    life_cycle = IN_EACH_PHASE[phase]()
    life_cycle.report(state)
    assert life_cycle.phase is phase


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("phase", Phase)
def test_a_recorded_run_never_becomes_a_training_nor_a_training_a_recorded_run(phase, state):
    life_cycle = IN_EACH_PHASE[phase]()
    recorded, was_started = life_cycle.recorded, life_cycle.started
    life_cycle.report(state)
    assert life_cycle.started >= was_started
    assert life_cycle.recorded == recorded or not was_started


def test_a_start_is_requested_before_the_engine_is_ready_and_sent_after():
    life_cycle = LifeCycle()
    life_cycle.request_start("step")
    assert life_cycle.running
    assert not life_cycle.started
    life_cycle.report("ready")
    assert (life_cycle.phase, life_cycle.request) == (Phase.READY, "step")
    assert life_cycle.start() == "step"
    assert (life_cycle.phase, life_cycle.request) == (Phase.PREPARING, None)


def test_a_request_is_withdrawn_once():
    life_cycle = ready()
    life_cycle.request_start("train")
    assert life_cycle.withdraw_request()
    assert not life_cycle.withdraw_request()
    assert not life_cycle.running


def test_a_request_ends_with_the_engine_it_waits_for():
    life_cycle = LifeCycle()
    life_cycle.request_start("train")
    life_cycle.report("failed")
    assert (life_cycle.phase, life_cycle.request) == (Phase.NO_ENGINE, None)
    assert not life_cycle.running


def test_a_started_run_is_never_ready_again():
    life_cycle = started()
    life_cycle.report("ready")
    assert life_cycle.phase is Phase.PREPARING


def test_an_open_folder_is_not_a_run_that_goes_on():
    life_cycle = opened("ready", "preparing")
    assert (life_cycle.phase, life_cycle.running, life_cycle.recorded) == (Phase.OPENING, False, True)


INVALID = {
    "a start nobody requested": lambda: ready().start(),
    "a start before the engine is ready": lambda: (one := LifeCycle(), one.request_start("train"), one.start()),
    "a second request": lambda: started("training").request_start("train"),
    "a request of an ended run": lambda: started("stopped").request_start("train"),
    "a request of a recorded run": lambda: opened("recorded").request_start("step"),
    "a folder opened during a training": lambda: started("training").open_folder(),
    "a folder opened twice": lambda: opened().open_folder(),
}


@pytest.mark.parametrize("transition", INVALID)
def test_invalid_transitions_are_errors_of_the_program(transition):
    with pytest.raises(AssertionError):
        INVALID[transition]()
