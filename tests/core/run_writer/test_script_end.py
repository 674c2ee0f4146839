"""How a script has ended is found out from the errors that nobody has caught."""

import sys
import threading

import pytest

from sslviz.core.run_writer.script_end import MAX_TEXT, Ending, EndWatch, ending_by

FINISHED = Ending("finished", "")


class WithoutText(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (None, FINISHED),
        (ValueError("odd"), Ending("failed", "ended by an error: ValueError: odd")),
        (KeyError("a"), Ending("failed", "ended by an error: KeyError: 'a'")),
        (MemoryError(), Ending("failed", "ended by an error: MemoryError")),
        (KeyboardInterrupt(), Ending("stopped", "interrupted")),
        (SystemExit(), FINISHED),
        (SystemExit(0), FINISHED),
        (SystemExit(3), Ending("failed", "ended by sys.exit(3)")),
        (SystemExit("no data"), Ending("failed", "ended by sys.exit('no data')")),
    ],
    ids=repr,
)
def test_an_ending_tells_state_and_reason(error, ending):
    assert ending_by(error) == ending


def test_texts_are_short_and_there_is_always_one():
    assert len(ending_by(ValueError("x" * 10**6)).text) == MAX_TEXT
    assert "WithoutText" in ending_by(WithoutText()).text


def test_an_error_that_is_being_handled_ends_the_script():
    """As in ``finally: recorder.close()``."""
    watch = EndWatch()
    try:
        raise ValueError("odd")
    except ValueError:
        assert watch.ending() == Ending("failed", "ended by an error: ValueError: odd")
    assert watch.ending() == FINISHED


def test_an_error_in_whose_handler_the_script_runs_does_not_end_it():
    """As in ``except ImportError: train_without_it()``."""
    try:
        raise ImportError
    except ImportError:
        watch = EndWatch()
        assert watch.ending() == FINISHED


def test_the_last_unhandled_error_counts_if_it_is_new(monkeypatch):
    """In a notebook errors do not end the script, which goes on to log."""
    monkeypatch.setattr(sys, "last_value", ValueError("of an earlier cell"), raising=False)
    watch = EndWatch()
    assert watch.ending() == FINISHED
    monkeypatch.setattr(sys, "last_value", KeyboardInterrupt())
    assert watch.ending() == Ending("stopped", "interrupted")
    watch.passed()
    assert watch.ending() == FINISHED


@pytest.fixture
def caught(monkeypatch):
    """Errors of threads, which are seen by the hook that was there before."""
    caught = []
    monkeypatch.setattr(threading, "excepthook", lambda error: caught.append(error.exc_value))
    from sslviz.core.run_writer import script_end

    script_end._watch_threads.cache_clear()
    yield caught
    script_end._watch_threads.cache_clear()


def run_in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(20)


def test_an_error_of_the_thread_that_logs_counts(caught):
    watch = EndWatch()

    def train():
        watch.passed()
        raise ValueError("odd")

    run_in_thread(train)
    assert watch.ending() == Ending("failed", "ended by an error: ValueError: odd")
    assert [str(error) for error in caught] == ["odd"]


def test_an_error_of_another_thread_does_not_count(caught):
    watch = EndWatch()

    def load():
        raise ValueError("odd")

    run_in_thread(load)
    assert watch.ending() == FINISHED
    assert len(caught) == 1
