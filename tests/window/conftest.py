"""Fixtures of the window tests: the theme, and a session and a window with a fake engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pyqtgraph as pg
import pytest
from pytestqt.qtbot import QtBot
from window_fakes import Stage, furnish

from sslviz.core.messages import State
from sslviz.window.panel import Panel
from sslviz.window.runs import session
from sslviz.window.runs.log_store import LogStore
from sslviz.window.share import Share
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.style.theme import load_fonts, theme


@pytest.fixture(scope="session")
def dressed(qapp: object) -> None:
    """Load fonts and style sheet once for all tests, since it is slow."""
    load_fonts()
    theme().apply("light")


@pytest.fixture(autouse=True)
def light(nothing_left_behind: None, dressed: None) -> None:
    """Every test starts with the light theme and usual text; the earlier widgets are gone, and not drawn again."""
    if theme().name != "light":
        theme().apply("light")
    theme().present(1.0)
    theme().set_text(100)


@pytest.fixture(autouse=True)
def no_cached_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the cached catalogue of another one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def every_mouse_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pyqtgraph handle all mouse moves, also those that come faster than a hundred a second."""
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)


@pytest.fixture(autouse=True)
def pulled_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each pull take in all messages, however busy the machine is."""
    monkeypatch.setattr(session, "MAX_PULL_S", math.inf)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A session over fake engines: ``stage.engine`` is the one in use."""
    made = Stage(tmp_path / "runs")
    yield made
    made.session.close()


@pytest.fixture
def two(stage: Stage) -> Stage:
    """A session with two runs: the first is paused, the second trains and is the current one."""
    stage.introduce()
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    stage.engines[0].tell(State(state="paused", step=5))
    stage.session.pull()
    return stage


@pytest.fixture
def window(stage: Stage, qtbot: QtBot) -> Iterator[MainWindow]:
    """The whole window with a fake engine that has said Hello."""
    made = MainWindow(stage.session)
    made.resize(1280, 720)
    made.show()
    furnish(made)
    stage.introduce()
    qtbot.waitExposed(made)
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def on_screen(qtbot: QtBot) -> Callable[[Panel], Dock]:
    """A function that puts a panel into a dock, as in the window, and shows it."""
    shown: list[Dock] = []

    def show(panel: Panel, width: int = 500, height: int = 300) -> Dock:
        dock = Dock(panel.name)
        dock.fill(panel.title, panel.help, panel, (*panel.title_widgets(), Share(panel).button))
        qtbot.addWidget(dock)
        dock.resize(width, height)
        dock.show()
        qtbot.waitExposed(dock)
        shown.append(dock)
        return dock

    return show


@pytest.fixture(autouse=True)
def nothing_logged_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the log records of another one."""
    monkeypatch.setattr("sslviz.window.runs.log_store._store", LogStore())
