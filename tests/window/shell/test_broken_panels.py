"""Panels that cannot be imported or made are left out of the window and told; the others work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import plug_ins
import pytest

from sslviz.window.shell.main_window import MainWindow

PANEL = """
from typing import ClassVar

from sslviz.window.panel import Panel, panels


@panels.register
class Aaa(Panel):
    name: ClassVar[str] = "aaa"
    title: ClassVar[str] = "Aaa"
    help: ClassVar[str] = "The first of all."
    message_types: ClassVar[tuple[type, ...]] = ()
"""
BROKEN_PANELS = {
    "panels/aaa.py": PANEL + "\n    def __init__(self):\n        raise ValueError('never made')\n",
    "panels/aab.py": "import does_not_exist_at_all\n",
}


@pytest.fixture
def broken(tmp_path: Path, logged: list[str]) -> Iterator[None]:
    """Two broken panels beside those that are there."""
    with plug_ins.added(tmp_path / "files", BROKEN_PANELS):
        yield


def test_a_window_leaves_broken_panels_out_and_says_so(broken: None, window: MainWindow, logged: list[str]) -> None:
    assert {"loss", "latent_map", "views"} <= set(window.panels)
    assert not {"aaa", "aab"} & set(window.panels)
    assert not window.docks["aab"].offered
    places = [re.search(r"(\w+\.py:\d+) was left out: ", text) for text in logged]
    assert sorted(place[1] for place in places if place) == ["aaa.py:15", "aab.py:1"]
    assert "was left out" in window.messages.text
    assert window.messages.isVisible()
    window.panel_docks.fit()
    assert len(logged) == 2, "each is told once"
