"""Each import contract catches what it is there for: proven by breaking a copy of the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]
LAYERS = "Imports point one way; window and engine do not know each other"
QT = "No Qt below the window"
WINDOW = "No torch, numba or scikit-learn in the window or the vocabulary"
REDUCER = "No torch in the reducer"
NUMBA = "Only the layout imports numba, and nobody what it is compared with"
LAYOUT = "Only the worker lays out"
WORKER = "The reducer's worker is a process, not a library"
INDEPENDENT = "Plug-ins are independent"
BY_NAME = "Nobody imports a plug-in by name"

OFFENCES = [
    (LAYERS, "core/log.py", "import sslviz.learning.losses.nt_xent"),
    (LAYERS, "window/style/palette.py", "import sslviz.engine.serving.server"),
    (LAYERS, "engine/training/seeds.py", "import sslviz.window.style.palette"),
    (LAYERS, "reduction/steady.py", "import sslviz.learning.losses.nt_xent"),
    (LAYERS, "newcomer.py", "import os"),
    (QT, "engine/training/seeds.py", "import PySide6.QtCore"),
    (QT, "learning/losses/nt_xent.py", "def late():\n    import pyqtgraph"),
    (WINDOW, "window/style/palette.py", "import sklearn.neighbors"),
    (WINDOW, "core/log.py", "import torch"),
    (WINDOW, "window/style/palette.py", "import sslviz.learning.losses.nt_xent"),  # which imports torch
    (REDUCER, "reduction/client.py", "import torch"),
    (NUMBA, "reduction/client.py", "import numba"),
    (NUMBA, "engine/observing/map_service.py", "import umap.umap_"),
    (LAYOUT, "reduction/client.py", "from sslviz.reduction.layout import layout"),
    (WORKER, "reduction/client.py", "from sslviz.reduction.worker import answer_to"),
    (INDEPENDENT, "learning/datasets/digits.py", "import sslviz.learning.datasets.shapes"),
    (INDEPENDENT, "learning/modalities/image.py", "import sslviz.learning.modalities.video"),
    (INDEPENDENT, "window/panels/loss.py", "import sslviz.window.panels.views"),
    (BY_NAME, "engine/serving/server.py", "import sslviz.learning.objectives.simclr"),
    (BY_NAME, "engine/observing/panel_data.py", "import sslviz.learning.modalities.image"),
    (BY_NAME, "window/shell/main_window.py", "from sslviz.window.panels import loss"),
]


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "sslviz", tmp_path / "sslviz", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(folder):
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(folder)}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    broken = {name for name in NAMES if f"{name} BROKEN" in done.stdout}
    assert broken | {name for name in NAMES if f"{name} KEPT" in done.stdout} == set(NAMES), done.stdout + done.stderr
    assert bool(broken) == bool(done.returncode)
    return broken


def test_every_contract_is_broken_once():
    assert {name for name, _, _ in OFFENCES} == set(NAMES)


def test_the_package_keeps_all(copy):
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize(("contract", "file", "line"), OFFENCES)
def test_an_offence_is_found(copy, contract, file, line):
    with (copy / "sslviz" / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    assert contract in broken_contracts(copy)
