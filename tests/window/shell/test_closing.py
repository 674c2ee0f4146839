"""Closing the window: it asks before an active run is stopped, which is saved."""

from window_fakes import answer, scalars

from sslviz.core.messages import State


def test_without_a_run_it_closes_without_a_question(window, stage):
    assert window.close()
    assert not window.isVisible()
    assert stage.engine.hung_up


def test_in_a_run_cancel_keeps_it_open(window, stage, qtbot):
    """Case 4 of the robustness list: the window is closed during a run."""
    stage.begin()
    stage.tell(scalars([1234], loss=[1.0]))
    seen = []
    answer("Cancel", seen)
    assert not window.close()
    assert window.isVisible()
    assert not stage.engine.hung_up
    text = "Run 1 is at step 1,234. Training goes on until you answer, and that is saved too."
    assert seen == [f"Stop Run 1, save it and close? {text}"]


def test_of_a_paused_run_nothing_more_is_learned(window, stage):
    stage.begin()
    stage.tell(scalars([7], loss=[1.0]), State(state="paused", step=7))
    seen = []
    answer("Cancel", seen)
    assert not window.close()
    assert seen == ["Stop Run 1, save it and close? Run 1 is at step 7."]


def test_in_a_run_stop_and_save_closes(window, stage):
    stage.begin()
    seen = []
    answer("Stop and save", seen)
    assert window.close()
    assert len(seen) == 1
    assert stage.engine.hung_up
    assert not window.isVisible()


def test_after_the_run_it_closes_without_a_question(window, stage):
    stage.begin()
    stage.tell(State(state="stopped", step=3))
    assert window.close()


def test_shutting_down_twice_is_shutting_down_once(window, stage):
    window.shut_down()
    window.shut_down()
    assert stage.engine.hung_up
