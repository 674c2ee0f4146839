"""Closing the window: it asks before an active run is stopped, which is saved."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from window_fakes import answer, scalars

from sslviz.core.messages import Progress, State


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
    text = "Coloured shapes is at step 1,234. Training goes on until you answer, and that is saved too."
    assert seen == [f"Stop Coloured shapes, save it and close? {text}"]


def test_of_a_paused_run_nothing_more_is_learned(window, stage):
    stage.begin()
    stage.tell(scalars([7], loss=[1.0]), State(state="paused", step=7))
    seen = []
    answer("Cancel", seen)
    assert not window.close()
    assert seen == ["Stop Coloured shapes, save it and close? Coloured shapes is at step 7."]


def test_in_a_run_stop_and_save_closes_as_soon_as_all_is_saved(window, stage, qtbot):
    stage.begin()
    seen = []
    answer("Stop and save", seen)
    window.close()
    assert len(seen) == 1
    assert stage.engine.hung_up
    qtbot.waitUntil(lambda: not window.isVisible())
    assert stage.session.run.state == "stopped"


def close_while_saving(window, stage, qtbot):
    """Close the window with "Stop and save", of an engine that takes its time; returns the dialog."""
    stage.begin()
    stage.engine.keeps_saving = True
    answer("Stop and save", [])
    window.close()
    assert window.saving.dialog.isVisible()
    return window.saving.dialog


def texts(dialog):
    """Return the visible texts of a dialog."""
    return [each.text() for each in dialog.findChildren(QLabel) if each.isVisible()]


def press(dialog, text):
    """Press a button of a dialog."""
    next(each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == text).click()


def test_while_a_run_is_saved_the_window_shows_how_far_and_goes_on(window, stage, qtbot):
    dialog = close_while_saving(window, stage, qtbot)
    (bar,) = dialog.findChildren(QProgressBar)
    assert texts(dialog) == ["Stopping and saving …", "Coloured shapes", "Ending the present step"]
    assert bar.maximum() == 0  # nobody knows how long a step takes
    stage.engine.tell(scalars([1234], loss=[1.0]), Progress(text="Saving the run", fraction=0.25))
    qtbot.waitUntil(lambda: bar.value() == 250)
    assert texts(dialog)[2] == "Saving the run"
    assert stage.session.run.step == 1234  # the window follows its messages all the time
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        qtbot.keyClick(dialog, key)
        assert dialog.isVisible(), key
    dialog.close()
    assert dialog.isVisible()
    window.close()
    assert window.isVisible()
    assert dialog.isVisible()
    stage.engine.end()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert stage.session.run.state == "stopped"


def test_close_without_saving_kills(window, stage, qtbot):
    press(close_while_saving(window, stage, qtbot), "Close without saving")
    assert not window.isVisible()
    assert stage.session.current.training_thread.isFinished()


FULL_DISK = "The run folder x could not be written: No space left on device. The log holds every step up to 7."
NOT_FINITE = "The loss is not finite at step 8. The weights of step 7 were kept."
NO_DATA = "The data set could not be read."
CUT_OFF = "The engine was disconnected: a broken frame. It saves its run and ends."


@pytest.mark.parametrize(
    ("step", "text", "saved", "word", "on_disk"),
    [
        (7, FULL_DISK, False, "Not saved", "Its weights are not saved."),
        (7, NOT_FINITE, True, "Failed, but saved", "It is saved as it was after step 7."),
        (0, NO_DATA, None, "Nothing to save", "No step was done, so there is nothing to save."),
        (7, CUT_OFF, None, "Perhaps not saved", "To see whether it is saved, open its folder (File, Open run)."),
    ],
)
def test_what_is_saved_of_a_failed_run_is_told_before_the_window_closes(
    window, stage, qtbot, step, text, saved, word, on_disk
):
    dialog = close_while_saving(window, stage, qtbot)
    stage.engine.farewell = State(state="failed", step=step, text=text, saved=saved)
    stage.engine.end()
    qtbot.waitUntil(lambda: f"Coloured shapes: {text} {on_disk}" in texts(dialog))
    assert texts(dialog)[:3] == [f"{word}: Coloured shapes", "Coloured shapes", word]
    assert window.isVisible()
    press(dialog, "Close")
    assert not window.isVisible()


def test_runs_that_failed_in_different_ways_are_told_apart(window, stage, qtbot):
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    for engine, saved in zip(stage.engines, (True, False), strict=True):
        engine.farewell = State(state="failed", step=7, text=f"It failed. {FULL_DISK}", saved=saved)
    window.saving.start()
    qtbot.waitUntil(
        lambda: texts(window.saving.dialog)[0] == "Failed, but saved: Coloured shapes; Not saved: Coloured shapes (2)"
    )
    qtbot.wait(1)
    labels = [each for each in window.saving.dialog.findChildren(QLabel) if each.isVisible()]
    needed = [each.heightForWidth(each.width()) if each.wordWrap() else each.sizeHint().height() for each in labels]
    assert all(each.height() >= height for each, height in zip(labels, needed, strict=True))  # no text is cut off
    press(window.saving.dialog, "Close")


def test_only_a_run_that_must_be_saved_is_ended_before_the_window_closes(window, stage, qtbot):
    """A run that has not started has nothing to save, and the end of its engine is no failure."""
    stage.begin()
    trains = stage.engine
    trains.keeps_saving = True
    stage.session.runs.new()
    stage.introduce()
    ready = stage.engine
    window.saving.start()
    assert trains.hung_up
    assert not ready.hung_up
    trains.end()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert ready.hung_up


def test_a_run_that_was_taken_off_the_list_is_saved_too(window, stage, qtbot):
    stage.begin()
    removed = stage.engine
    removed.keeps_saving = True
    stage.session.runs.new()
    stage.session.runs.remove(stage.session.runs[0])
    window.close()
    assert texts(window.saving.dialog)[1] == "Coloured shapes"
    removed.end()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_a_run_off_the_list_that_could_not_be_saved_is_told(window, stage, qtbot):
    stage.begin()
    removed = stage.engine
    removed.farewell = State(state="failed", text="No space left on device.")
    stage.session.runs.new()
    stage.session.runs.remove(stage.session.runs[0])
    qtbot.waitUntil(lambda: window.messages.text == "Coloured shapes: No space left on device.")
    qtbot.waitUntil(lambda: stage.session.runs.retired == [])


def test_after_the_run_it_closes_without_a_question(window, stage):
    stage.begin()
    stage.tell(State(state="stopped", step=3))
    assert window.close()


def test_shutting_down_twice_is_shutting_down_once(window, stage):
    window.shut_down()
    window.shut_down()
    assert stage.engine.hung_up
