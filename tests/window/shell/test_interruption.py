"""SIGTERM in a window that trains, with a fake engine in a process of its own: what is said, and the exit code."""

import os
import subprocess
import sys

import pytest

START = """
import os, signal, sys
from PySide6.QtCore import QTimer
from window_fakes import FakeEngine, hello, prepared
from sslviz.core.messages import State
from sslviz.window.shell import app, launch

engine = FakeEngine()
launch.EngineProcess = lambda: engine
show = app.show_window

def begin(session):
    for messages in ((hello(), State(state="ready")), (State(state="preparing"), prepared(), State(state="training"))):
        engine.tell(*messages)
        session.pull()
        session.running or session.train()
        session.pull()

def terminate(milliseconds):
    QTimer.singleShot(milliseconds, lambda: os.kill(os.getpid(), signal.SIGTERM))

def show_and_interrupt(window):
    show(window)
    begin(window.session)
    {what_happens}

app.show_window = show_and_interrupt
from sslviz.cli import main
sys.exit(main())
"""
FAILS = 'engine.farewell = State(state="failed", step=7, text="No space left on device.", saved=False)'
ENDS = 'engine.farewell = State(state="stopped", step=7, text="Stopped at step 7.", saved=True)'
SAYS = "sslviz: Coloured shapes: No space left on device. Its weights are not saved."


def interrupted(tmp_path, what_happens):
    """Return exit code and standard error of a window that trains, after the statements ``what_happens``."""
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    code = START.format(what_happens="; ".join(what_happens))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    lines = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]  # Qt's, without a screen
    return done.returncode, "\n".join(lines)


@pytest.mark.parametrize(
    "what_happens",
    [(FAILS, "terminate(300)"), (FAILS, "window.saving.start()", "terminate(1000)")],
    ids=["while it trains", "while the failure is shown"],
)
def test_nobody_need_click_when_a_run_could_not_be_saved(tmp_path, what_happens):
    assert interrupted(tmp_path, what_happens) == (1, SAYS)


def test_a_run_that_is_saved_is_not_worth_a_word(tmp_path):
    assert interrupted(tmp_path, (ENDS, "terminate(300)")) == (0, "")


def test_a_signal_after_the_close_button_does_not_cut_saving_off(tmp_path):
    slowly = ("engine.keeps_saving = True", "window.saving.start()", "QTimer.singleShot(2000, engine.end)")
    assert interrupted(tmp_path, (ENDS, *slowly, "terminate(300)")) == (0, "")


def test_a_signal_while_a_question_is_open_answers_it(tmp_path):
    """The question is whether to stop the run and to save it, after a click on the close button."""
    asks = ("QTimer.singleShot(100, window.close)", "terminate(1500)")
    assert interrupted(tmp_path, (ENDS, *asks)) == (0, "")


def test_the_second_signal_ends_without_saving(tmp_path):
    what_happens = ("engine.keeps_saving = True", "terminate(300)", "terminate(800)")
    assert interrupted(tmp_path, what_happens) == (143, "")
