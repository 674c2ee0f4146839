"""A run folder that names code: it is run only after a click."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from window_fakes import Stage, answer

from sslviz.core.messages import Open
from sslviz.core.plug_ins import named_plug_ins
from sslviz.core.run_code import RunCode
from sslviz.window.shell.code_question import MAX_LINES, RUN, WITHOUT, listing
from sslviz.window.shell.main_window import MainWindow


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose code would leave a file beside it."""
    monkeypatch.setattr("sslviz.core.plug_ins._named", [])
    path = tmp_path / "canary.py"
    path.write_text("import pathlib\npathlib.Path(__file__).with_suffix('.dead').touch()\n")
    return path


@pytest.fixture
def folder(tmp_path: Path, code: Path) -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    (made / "metrics.jsonl").touch()
    (made / "environment.json").write_text(json.dumps({"plug_ins": [str(code)]}))
    return made


def test_without_the_code_the_run_is_shown_and_nothing_is_run(
    window: MainWindow, stage: Stage, folder: Path, code: Path
) -> None:
    questions: list[str] = []
    answer(WITHOUT, questions)
    window.open_run(folder)
    assert f"{code} is there; the run has no copy of it." in questions[0]
    assert stage.engine.commands(Open) == [Open(folder=str(folder))]
    assert named_plug_ins() == ()
    assert not code.with_suffix(".dead").exists()


def test_code_that_may_be_run_is_for_engines_alone_also_if_the_run_is_open(
    window: MainWindow, stage: Stage, folder: Path, code: Path
) -> None:
    for button in (WITHOUT, RUN):
        answer(button, [])
        window.open_run(folder)
    assert [each.path for each in named_plug_ins()] == [code]
    assert len(stage.engines) == 3, "an engine that runs the code reads the folder"
    assert stage.engine.commands(Open) == [Open(folder=str(folder))]
    assert not code.with_suffix(".dead").exists(), "the window runs nothing"
    window.open_run(folder)  # it is named now: there is no question


def test_cancel_opens_nothing_and_code_that_is_gone_cannot_be_run(
    window: MainWindow, stage: Stage, folder: Path, code: Path
) -> None:
    code.unlink()
    questions: list[str] = []
    answer("Cancel", questions)
    window.open_run(folder)
    assert "is not there any more." in questions[0]
    assert not stage.engine.commands(Open)


def test_of_long_code_the_beginning_is_shown_and_that_it_goes_on() -> None:
    shown = listing(RunCode("/x.py", Path("/x.py"), "pass\n" * 10_000, None), 2)
    assert shown.count("pass") == MAX_LINES // 2
    assert shown.endswith("\n# This is not all: read its 10,000 lines in the file.")
    assert listing(RunCode("/x.py", Path("/x.py"), "pass\n", None), 2) == "# /x.py\npass"
