"""The newest runs in the menu File, and run folders that are dropped onto the window."""

import shutil
from pathlib import Path

import pytest
from dragging import drop

from sslviz.core.messages import Open
from sslviz.window.shell.recent_runs import RecentRuns

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "version-0.1.0"


@pytest.fixture
def run(window):
    """The folder of a run."""
    return shutil.copytree(GOLDEN / "trained", window.session.runs.folder / "2026-01-31-142501-digits")


def test_the_newest_runs_are_in_the_menu(window, stage, run):
    menu = window.menuBar().findChild(RecentRuns)
    menu.fill()
    assert [action.text() for action in menu.actions()] == ["Digits · 31 Jan 2026, 14:25"]
    menu.actions()[0].trigger()
    assert stage.engine.commands(Open) == [Open(folder=str(run))]
    shutil.rmtree(run)
    menu.fill()
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_folders_that_are_dropped_are_opened(window, stage, run):
    other = shutil.copytree(GOLDEN / "recorded", run.parent / "mine")
    assert drop(window.panels["loss"], run / "run.toml", other, other)
    assert [run.model.folder for run in window.session.runs][1:] == [run, other]


def test_what_is_no_run_is_told(window, stage, run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert drop(window, tmp_path / "empty")
    assert len(window.session.runs) == 1
    assert window.messages.text == "empty is neither a run folder nor data that sslviz reads."
