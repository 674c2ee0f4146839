"""For all tests: no screen, no folder of the person's, nothing left behind, no unexpected complaint in the log."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import leaks
import pytest
from hypothesis import settings

from sslviz.core.log import DEBUG, TOPICS
from sslviz.core.spinning import limit_spinning

limit_spinning()  # before anything imports numpy or torch
os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything makes an application
FOLDER = Path(__file__).parent
USER = tempfile.mkdtemp(prefix="sslviz-test-user-")
for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
    os.environ[name] = f"{USER}/{name.lower()}"
    os.mkdir(os.environ[name], mode=0o700)
leaks.mark_children()

settings.register_profile("tests", deadline=None, derandomize=True, max_examples=60, database=None)
settings.load_profile("tests")

FAST = (
    "core",
    "learning/evaluation",
    "learning/io",
    "learning/losses",
    "learning/networks",
    "learning/views",
    "reduction/test_alignment.py",
    "reduction/test_graph.py",
    "reduction/test_layout.py",
    "reduction/test_quality.py",
    "window/runs/test_curve.py",
    "window/runs/test_life_cycle.py",
    "window/runs/test_mailbox.py",
    "window/runs/test_run_config.py",
    "window/runs/test_run_model.py",
    "window/runs/test_undo.py",
    "test_contracts.py",
)
"""What ``-m fast`` runs: the vocabulary, the mathematics and what the window knows of runs, below tests/."""
TORCH_THREADS = 2
WHOLE = 50
"""tests after which all garbage is collected and not the young alone"""
finished = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast tier."""
    fast = [FOLDER / place for place in FAST]
    for item in items:
        if any(item.path.is_relative_to(place) for place in fast):
            item.add_marker("fast")


def pytest_collection_finish() -> None:
    """Exempt what the test files have imported from collection, half a million objects that no test lets go."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    shutil.rmtree(USER, ignore_errors=True)


@pytest.fixture(autouse=True)
def garbage_between_tests() -> Iterator[None]:
    """As in the program's own window: to free Qt's objects wherever Python happens to be can lock up the process."""
    gc.disable()
    yield
    gc.collect(2 if next(finished) % WHOLE == 0 else 1)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fails a test after which a thread, a process or a window is still there."""
    before = leaks.Baseline()
    yield
    left = before.leaks()
    assert not left, "left behind: " + "; ".join(left)


class Records(logging.Handler):
    """Keeps what is worth a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.name} {record.levelname}: {record.getMessage()}")


@pytest.fixture
def logged() -> list[str]:
    """Warnings and errors of sslviz as they come; whoever asks for this may cause some."""
    return []


@pytest.fixture(autouse=True)
def no_complaints(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which sslviz logged a warning, unless it uses :func:`logged`."""
    records = Records()
    expected = "logged" in request.fixturenames
    if expected:
        records.texts = request.getfixturevalue("logged")
    logging.getLogger("sslviz").addHandler(records)
    yield
    logging.getLogger("sslviz").removeHandler(records)
    assert expected or not records.texts, "logged: " + "; ".join(records.texts)


@pytest.fixture(autouse=True)
def no_topic_is_debugged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins with the log as it is without ``--debug``."""
    monkeypatch.setenv(DEBUG, "")
    yield
    for name in ("sslviz", *(f"sslviz.{topic}" for topic in TOPICS)):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def same_threads_everywhere() -> None:
    """Sums come out alike on every machine with as many."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(TORCH_THREADS)
