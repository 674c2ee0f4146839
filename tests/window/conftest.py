"""What the window's tests share: the theme put on once, a window and a session over an engine the test plays itself."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from window_fakes import FakeEngine, Stage

from sslviz.window.main_window import MainWindow
from sslviz.window.theme import load_fonts, theme


@pytest.fixture(scope="session")
def dressed(qapp: object) -> None:
    """Fonts and style sheet, which take a while, once for all tests."""
    load_fonts()
    theme().apply("light")


@pytest.fixture(autouse=True)
def light(dressed: None) -> Iterator[None]:
    """Every test begins and ends in the light theme."""
    yield
    if theme().palette.dark:
        theme().apply("light")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the person's cache nor their runs."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A session over fake engines: ``stage.engine`` is the one in use."""
    made = Stage(tmp_path / "runs")
    yield made
    made.session.close()


@pytest.fixture
def window(stage: Stage, qtbot: QtBot) -> Iterator[MainWindow]:
    """The whole window on a fake engine that has introduced itself."""
    made = MainWindow(stage.session)
    made.resize(1280, 720)
    made.show()
    made.build_form()
    stage.introduce()
    qtbot.waitExposed(made)
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def fake_engine() -> Iterator[Callable[[], FakeEngine]]:
    """Makes fake engines that are hung up on at the end."""
    made: list[FakeEngine] = []

    def make() -> FakeEngine:
        made.append(FakeEngine())
        return made[-1]

    yield make
    for engine in made:
        engine.hang_up()
