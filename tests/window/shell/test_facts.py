"""The facts on the window, with and without a QApplication."""

import re
from pathlib import Path

from sslviz.window.panel import panels
from sslviz.window.shell.facts import BASIC, X11, window_facts
from sslviz.window.shell.offscreen import main

ROOT = Path(__file__).resolve().parents[3]


def test_a_running_application_tells_more(qapp):
    window = window_facts()["window"]
    assert window["platform"] == "offscreen"
    assert re.fullmatch(r"6\.\d+\.\d+", window["Qt"])
    assert "×" in window["screens"]


def test_the_libraries_are_those_that_are_installed():
    script = (ROOT / "resources" / "install.sh").read_text(encoding="utf-8")
    lists = dict(re.findall(r"^(basic|x11)='([^']*)'", script, re.MULTILINE))
    found = {name: dict(pair.split(":") for pair in text.split()) for name, text in lists.items()}
    assert found == {"basic": BASIC, "x11": X11}


def test_offscreen_draws_every_panel(qapp, capsys, monkeypatch):
    import sslviz.window.shell.offscreen as module

    monkeypatch.setattr(module, "QApplication", lambda _: qapp)
    assert main() == 0
    stories = sum(len(kind.stories) for kind in panels)
    assert f"drew {len(list(panels))} panels without a screen, in {stories} pictures" in capsys.readouterr().out
    monkeypatch.setattr(module, "_colours", lambda _: 1)
    assert main() == 1
    assert "Nothing was drawn by" in capsys.readouterr().err
