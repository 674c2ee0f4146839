"""Processes of sslviz run no code that lies in the present folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sslviz.core.module_command import ROOT, module_command


def test_a_file_in_the_present_folder_is_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('this was run')\n")
    monkeypatch.chdir(tmp_path)
    command = module_command("sslviz", "--version")
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sslviz ")


def test_a_checkout_runs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert module_command("sslviz", "engine")[1:] == ("-m", "sslviz", "engine")
