"""The training thread: however the engine ends, there is one terminal state, and no thread or process is left."""

import functools
import sys
import textwrap
from pathlib import Path

import pytest
from window_fakes import prepared

from sslviz.core.messages import PROTOCOL, TERMINAL, Change, Control, Hello, Notice, Open, Scalars, State
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.training_thread import TrainingThread

ACTOR = """
import os, signal, struct, sys, time
import numpy as np
from sslviz.core.messages import *
from sslviz.core.pipe import MAGIC, FrameReader, FrameWriter
from sslviz.core.standard_streams import claim_standard_streams
reading, writing = claim_standard_streams()
say = FrameWriter(writing).write
commands = FrameReader(reading, Command)
def raw(data):
    writing.write(data)
    writing.flush()
def hello(protocol=PROTOCOL):
    catalogue = Catalogue(version="0", common=(), objectives=(), datasets=(), devices=())
    say(Hello(protocol=protocol, version="0", catalogue=catalogue))
def train(steps):
    say(State(state="preparing"))
    say(State(state="training"))
    say(Scalars(steps=Array.of(np.arange(1, steps + 1)), columns={}))
"""


@pytest.fixture
def play(tmp_path):
    """Starts an engine that does what a text says, ``play.engine``; returns its thread, which is not started yet."""
    made = []

    def start(text):
        path = tmp_path / f"actor{len(made)}.py"
        path.write_text(ACTOR + textwrap.dedent(text), encoding="utf-8")
        start.engine = EngineProcess([sys.executable, str(path)])
        start.saved = Path(f"{path}.saved").exists
        made.append(TrainingThread(start.engine))
        return made[-1]

    yield start
    for thread in made:
        thread.close(0)
        thread.wait()


def told(thread):
    """Run a thread to its end and return all its messages."""
    thread.start()
    assert thread.wait(30_000)
    return thread.mailbox.pull()


def ending(messages):
    """Return the one terminal state among messages."""
    (last,) = [each for each in messages if isinstance(each, State) and each.state in TERMINAL]
    assert messages[-1] is last
    return last


# ----------------------------------------------------------------- how an engine can end


def test_a_run_that_ends_well_ends_once(play):
    messages = told(play("hello(); train(5); say(State(state='finished', step=5, text='Finished at step 5.'))"))
    assert [each.state for each in messages if isinstance(each, State)] == ["preparing", "training", "finished"]
    assert ending(messages).text == "Finished at step 5."


def test_what_happens_to_the_engine_after_the_run_is_not_the_runs(play):
    last = ending(told(play("hello(); train(5); say(State(state='stopped', step=5)); os._exit(3)")))
    assert (last.state, last.step) == ("stopped", 5)


def test_dead_before_hello_with_its_last_words(play):
    last = ending(told(play("print('No module named torch', file=sys.stderr); sys.exit(3)")))
    assert last.state == "failed"
    assert last.text == "The training engine could not start (exit code 3)."
    assert last.details == "No module named torch"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The training engine could not start (exit code 0)."),
        (
            "hello(); say(State(state='ready'))",
            "The training engine ended by itself (exit code 0). Train starts another.",
        ),
    ],
    ids=["silent", "ready"],
)
def test_gone_without_a_run(play, text, said):
    """Exit code 0 is a failure, too, if nobody asked the engine to end."""
    last = ending(told(play(text)))
    assert (last.state, last.text) == ("failed", said)


@pytest.mark.parametrize(
    ("death", "how"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        ("os._exit(7)", "exit code 7"),
        ("os._exit(0)", "exit code 0"),
        ("writing.close(); time.sleep(60)", "killed"),
    ],
)
def test_gone_in_the_middle_of_a_run(play, death, how):
    thread = play(f"hello(); train(1234); {death}")
    play.engine.finish = functools.partial(play.engine.finish, 0.3)
    last = ending(told(thread))
    assert (last.state, last.step) == ("failed", 1234)
    assert last.text.startswith(f"Stopped unexpectedly at step 1,234 ({how}")
    assert "The metrics up to there are in the run folder." in last.text


OPENS = "hello(); commands.read(); say(State(state='preparing'));"
"""The beginning of an engine that reads a recorded run."""


@pytest.mark.parametrize("reached", ["", "say(State(state='recorded', step=40));"])
def test_gone_while_a_recorded_run_is_shown_nothing_was_being_trained(play, reached):
    thread = play(f"{OPENS} {reached} os._exit(7)")
    thread.send(Open(folder="mine"))
    last = ending(told(thread))
    assert (last.state, last.saved) == ("failed", None)
    assert last.text == (
        "The engine of this recorded run ended by itself (exit code 7). Open its folder again (File, Open run)."
    )


def test_killed_from_outside(play):
    thread = play("hello(); train(3); time.sleep(60)")
    thread.start()
    messages = []
    while not any(isinstance(each, Scalars) for each in messages):
        messages += thread.mailbox.pull()
    play.engine.process.kill()
    assert thread.wait(10_000)
    last = ending(messages + thread.mailbox.pull())
    assert (last.state, last.step) == ("failed", 3)
    assert "killed" in last.text


# ----------------------------------------------------------------- what is no conversation


SAVES = "\nwhile commands.read() is not None:\n    pass\nopen(__file__ + '.saved', 'w').close()"
"""The rest of an engine that saves its run when its input is closed, and then ends."""


@pytest.mark.parametrize(
    ("noise", "reason"),
    [
        ("raw(b'x' * 100_000)", "the other side does not speak this protocol"),
        ("raw(MAGIC + struct.pack('<I', 2**31))", "a frame of 2,147,483,648 bytes was announced"),
        ("hello(protocol=99)", f"it speaks protocol 99, this window {PROTOCOL}"),
        (
            "raw(MAGIC + struct.pack('<I', 12) + b'\\x81\\xa4type\\xa5State')",
            "State could not be understood",
        ),
    ],
    ids=["noise", "oversized", "version", "state"],
)
def test_a_broken_stream_ends_the_connection_and_the_engine_saves(play, noise, reason, logged):
    """Killing the engine would cost the weights of a healthy training."""
    thread = play(f"hello(); train(40); {noise}{SAVES}")
    last = ending(told(thread))
    assert (last.state, last.step) == ("failed", 40)
    assert last.text.startswith("The engine was disconnected: ")
    assert last.text.endswith("It saves its run and ends.")
    assert reason in last.text
    assert play.engine.process.returncode == 0
    assert play.saved()


def test_a_broken_stream_about_a_recorded_run_saves_nothing(play, logged):
    thread = play(f"{OPENS} raw(b'x' * 100_000){SAVES}")
    thread.send(Open(folder="mine"))
    last = ending(told(thread))
    assert last.text == "The engine was disconnected: the other side does not speak this protocol."


def test_a_frame_that_is_cut_off_is_a_broken_stream(play, logged):
    last = ending(told(play("hello(); train(40); raw(MAGIC + struct.pack('<I', 100) + b'half')")))
    assert "went away in the middle of a message" in last.text


def test_a_broken_stream_is_reported_before_the_engine_has_ended(play, logged):
    thread = play("hello(); train(40); raw(b'x' * 100_000); time.sleep(60)")
    thread.start()
    messages = []
    while not any(isinstance(each, State) and each.state == "failed" for each in messages):
        messages += thread.mailbox.pull()
    assert play.engine.process.poll() is None
    assert thread.close(0)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("raw(MAGIC + struct.pack('<I', 4) + b'junk')", "a message could not be understood"),
        ("say(Change(values={}))", "Change could not be understood"),
        ("say(Scalars(steps=Array.of(np.zeros((2, 2))), columns={}))", "Scalars could not be understood"),
    ],
    ids=["junk", "command", "shape"],
)
def test_a_message_that_is_not_valid_costs_itself_alone(play, bad, reason, logged):
    end = "say(State(state='finished', step=41))"
    thread = play(f"hello(); train(40); {bad}; {bad}; train(41); {end}{SAVES}")
    thread.start()
    thread.hang_up()
    messages = told(thread)
    (notice,) = [each for each in messages if isinstance(each, Notice)]  # told once, and counted twice
    assert reason in notice.text
    assert thread.mailbox.skipped == 2
    assert [int(each.steps.numpy()[-1]) for each in messages if isinstance(each, Scalars)] == [40, 41]
    assert ending(messages).state == "finished"


def test_a_command_that_cannot_be_sent_does_not_hang_up(play, logged):
    thread = play(LISTENER)
    thread.start()
    thread.send(Change(values={"n": 2**70}))
    thread.send(Change(values={"n": 1}))
    thread.send(Control(action="stop"))
    assert thread.close()
    (notice,) = [each for each in thread.mailbox.pull() if isinstance(each, Notice)]
    assert notice.text == "2 True stop"
    assert "Change could not be encoded" in logged[0]


def test_noise_at_first_too(play, logged):
    last = ending(told(play("raw(b'x' * 100_000)" + SAVES)))
    assert last.text == "The engine was disconnected: the other side does not speak this protocol."


def test_a_greeting_is_passed_over(play):
    messages = told(play("raw(b'Welcome to this machine. SSL V SSSLV'[:-5]); hello(); say(State(state='failed'))"))
    assert isinstance(messages[0], Hello)


def test_what_is_printed_does_not_break_a_frame_and_is_kept(play):
    thread = play("hello(); print('a library talks'); sys.stdout.flush(); train(2); os._exit(1)")
    last = ending(told(thread))
    assert last.step == 2
    assert "a library talks" in last.details


def test_of_many_last_words_the_end_is_kept(play):
    last = ending(told(play("sys.stderr.write('x' * 100_000 + 'the end'); sys.exit(1)")))
    assert last.details.endswith("the end")
    assert len(last.details) <= 6_000


# ----------------------------------------------------------------- speaking to it


LISTENER = """
hello()
seen = []
while (command := commands.read()) is not None:
    seen.append(command)
order = [command.values['n'] for command in seen if isinstance(command, Change)]
say(Notice(level='info', text=f'{len(seen)} {order == sorted(order)} {seen[-1].action}'))
say(State(state='stopped'))
"""


def test_commands_arrive_in_order_and_all_before_the_line_is_closed(play):
    thread = play(LISTENER)
    thread.start()
    for number in range(5_000):
        thread.send(Change(values={"n": number}))
    thread.send(Control(action="stop"))
    assert thread.close()
    (notice,) = [each for each in thread.mailbox.pull() if isinstance(each, Notice)]
    assert notice.text == "5001 True stop"


def test_a_deaf_engine_keeps_nobody_waiting(play):
    """The pipe holds about 64 kB; sending more must not block the window."""
    thread = play("hello(); time.sleep(60)")
    thread.start()
    values = prepared().values | {f"filler {i}": "x" * 100 for i in range(10)}
    for _ in range(10_000):
        thread.send(Change(values=values))
    assert thread.close(0.2)
    assert play.engine.process.returncode is not None


def test_an_engine_that_does_not_hang_up_is_killed(play):
    thread = play("hello()\nwhile True:\n    commands.read()\n    time.sleep(0.05)")
    thread.start()
    assert thread.close(0.2)
    assert play.engine.process.returncode < 0


def test_an_engine_that_saves_is_waited_for_as_long_as_it_tells(play):
    """Saving takes four times as long as the silence after which an engine is taken for dead."""
    saves = "[(time.sleep(0.1), say(Progress(text='Saving the run', fraction=n / 20))) for n in range(20)]"
    thread = play(f"hello(); train(3)\nwhile commands.read() is not None: pass\n{saves}; say(State(state='stopped'))")
    thread.start()
    assert thread.close(0.5)
    assert play.engine.process.returncode == 0
    assert ending(thread.mailbox.pull()).state == "stopped"


def test_an_engine_whose_stream_is_broken_is_waited_for_too(play, logged):
    saves = "[(time.sleep(0.1), raw(b'noise')) for n in range(20)]"
    thread = play(f"hello(); train(3); raw(b'x' * 100_000)\nwhile commands.read() is not None: pass\n{saves}")
    thread.start()
    assert thread.close(0.5)
    assert play.engine.process.returncode == 0


def test_an_engine_that_hangs_up_when_told_is_not_killed(play):
    thread = play("hello()\nwhile commands.read() is not None: pass\nsys.exit(0)")
    thread.start()
    assert thread.close()
    assert play.engine.process.returncode == 0


def test_closing_twice_is_closing_once(play):
    thread = play("hello()\nwhile commands.read() is not None: pass")
    thread.start()
    assert thread.close()
    assert thread.close()


def test_sending_to_a_dead_engine_is_dropped(play):
    thread = play("sys.exit(1)")
    told(thread)
    for _ in range(100):
        thread.send(Control(action="stop"))
    assert thread.close()
