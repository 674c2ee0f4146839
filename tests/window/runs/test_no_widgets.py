"""Ruff refuses the import of widgets in the folder of the runs, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
IMPORTS = ("from PySide6.QtWidgets import QWidget\n", "import PySide6.QtWidgets\n", "from PySide6 import QtWidgets\n")


def refusals(source: str, path: str) -> str:
    """Return what ruff reports on a source text that is treated as the file ``path``."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"]
    result = subprocess.run(
        [*command, "--stdin-filename", path, "-"], input=source, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


@pytest.mark.parametrize("source", IMPORTS)
def test_widgets_are_refused_among_the_runs(source):
    assert "TID251" in refusals(source, "sslviz/window/runs/session.py")


@pytest.mark.parametrize("path", ["sslviz/window/shell/dock.py", "sslviz/window/panel.py", "tests/window/conftest.py"])
def test_and_nowhere_else(path):
    assert "TID251" not in refusals(IMPORTS[0], path)


def test_other_rules_hold_everywhere():
    assert "T201" in refusals('print("loud")\n', "sslviz/window/runs/session.py")
    assert "T201" not in refusals('print("loud")\n', "sslviz/listing.py")
