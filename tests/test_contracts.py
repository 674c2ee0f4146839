"""Each import contract catches what it is there for: proven by adding an offence to a copy of the import graph."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.configuration import configure
from importlinter.domain.contract import Contract

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = "Imports point one way; window and engine do not know each other"
WINDOW_LAYERS = "The window's folders are layers"
ENGINE_LAYERS = "The engine's folders are layers"
CIRCLES = "No circles among siblings"
RUNS = "Runs know no pyqtgraph"
QT = "No Qt below the window"
WIRE = "Learning builds no wire types"
WINDOW = "No torch, numba or scikit-learn in the window or the vocabulary"
REDUCER = "No torch in the reducer"
DECODER = "No torch in the processes that decode pictures"
NUMBA = "Only the layout imports numba, only the exact layout umap-learn, and nobody what objectives are compared with"
LAYOUT = "Only the worker lays out"
WORKER = "The reducer's workers are processes, not libraries"
INDEPENDENT = "Plug-ins are independent"
BY_NAME = "Nobody imports a plug-in by name"

OFFENCES = [
    (LAYERS, "core/log.py", "import sslviz.learning.losses.nt_xent"),
    (LAYERS, "window/style/palette.py", "import sslviz.engine.serving.server"),
    (LAYERS, "engine/training/seeds.py", "import sslviz.window.style.palette"),
    (LAYERS, "reduction/alignment.py", "import sslviz.learning.losses.nt_xent"),
    (LAYERS, "recorder.py", "import sslviz.integrations.module_watch"),
    (LAYERS, "newcomer.py", "import os"),
    (WINDOW_LAYERS, "window/style/palette.py", "import sslviz.window.runs.session"),
    (WINDOW_LAYERS, "window/panel.py", "import sslviz.window.demo.stories"),
    (WINDOW_LAYERS, "window/latent/map_options.py", "import sslviz.window.shell.menus"),
    (WINDOW_LAYERS, "window/newcomer.py", "import os"),
    (ENGINE_LAYERS, "engine/training/setup.py", "import sslviz.engine.observing.observers"),
    (ENGINE_LAYERS, "engine/newcomer.py", "import os"),
    (CIRCLES, "window/shell/menus.py", "import sslviz.window.shell.main_window"),
    (CIRCLES, "learning/dataset.py", "import sslviz.learning.objective"),
    (RUNS, "window/runs/session.py", "import pyqtgraph"),
    (QT, "engine/training/seeds.py", "import PySide6.QtCore"),
    (QT, "learning/losses/nt_xent.py", "import pyqtgraph"),
    (WIRE, "learning/objectives/simclr.py", "import sslviz.core.messages"),
    (WINDOW, "window/style/palette.py", "import sklearn.neighbors"),
    (WINDOW, "core/log.py", "import torch"),
    (WINDOW, "window/style/palette.py", "import sslviz.learning.losses.nt_xent"),  # which imports torch
    (REDUCER, "reduction/client.py", "import torch"),
    (DECODER, "learning/io/pictures.py", "import torch"),
    (NUMBA, "reduction/client.py", "import numba"),
    (NUMBA, "engine/observing/map_service.py", "import umap.umap_"),
    (NUMBA, "reduction/worker.py", "import umap"),
    (NUMBA, "reduction/exact_layout.py", "import umap"),
    (NUMBA, "reduction/exact.py", "import numba"),
    (LAYOUT, "reduction/client.py", "import sslviz.reduction.layout"),
    (WORKER, "reduction/client.py", "import sslviz.reduction.worker"),
    (WORKER, "reduction/exact_layout.py", "import sslviz.reduction.exact"),
    (INDEPENDENT, "learning/datasets/digits.py", "import sslviz.learning.datasets.shapes"),
    (INDEPENDENT, "learning/encoders/small.py", "import sslviz.learning.encoders.resnet18"),
    (INDEPENDENT, "learning/modalities/image.py", "import sslviz.learning.modalities.video"),
    (INDEPENDENT, "window/panels/loss.py", "import sslviz.window.panels.views"),
    (BY_NAME, "engine/serving/server.py", "import sslviz.learning.objectives.simclr"),
    (BY_NAME, "learning/networks/encoder_settings.py", "import sslviz.learning.encoders.small"),
    (BY_NAME, "engine/observing/panel_data.py", "import sslviz.learning.modalities.image"),
    (BY_NAME, "window/shell/main_window.py", "import sslviz.window.panels.loss"),
]
"""contract, a file below sslviz/, and an import in it that the contract forbids"""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The package's import graph, built once; as the configuration has it, with external packages as one node each."""
    configure()
    external = CONFIGURATION["include_external_packages"]
    return grimp.build_graph(CONFIGURATION["root_package"], include_external_packages=external, cache_dir=None)


def contracts() -> list[Contract]:
    """The contracts of pyproject.toml."""
    return [contract(options) for options in CONFIGURATION["contracts"]]


def contract(options: dict[str, Any]) -> Contract:
    module = importlib.import_module(f"importlinter.contracts.{options['type']}")
    made = getattr(module, "".join(word.capitalize() for word in options["type"].split("_")) + "Contract")
    session = {key: value for key, value in CONFIGURATION.items() if key != "contracts"}
    texts = {key: str(value) if isinstance(value, bool) else value for key, value in options.items()}
    return made(options["name"], {**session, "root_packages": [CONFIGURATION["root_package"]]}, texts)


def broken(graph: grimp.ImportGraph) -> set[str]:
    """Names of the contracts that this graph breaks; checking takes imports out of a graph, hence the copies."""
    return {each.name for each in contracts() if not each.check(deepcopy(graph), verbose=False).kept}


def offend(graph: grimp.ImportGraph, file: str, line: str) -> None:
    """Add an import as it would stand in a file below sslviz/."""
    (statement,) = ast.parse(line).body
    assert isinstance(statement, ast.Import)
    importer = "sslviz." + re.sub(r"\.py$", "", file).replace("/", ".")
    imported = statement.names[0].name
    if not imported.startswith("sslviz."):
        imported = imported.partition(".")[0]
        if imported not in graph.modules:
            graph.add_module(imported, is_squashed=True)
    assert imported in graph.modules, f"{imported} is no module"
    assert importer in graph.modules or "newcomer" in importer, f"{importer} is no module"
    graph.add_import(importer=importer, imported=imported)


def test_every_contract_is_broken_once() -> None:
    assert {name for name, _, _ in OFFENCES} == {each.name for each in contracts()}


def test_the_package_keeps_all(graph: grimp.ImportGraph) -> None:
    assert broken(graph) == set()


@pytest.mark.parametrize(("name", "file", "line"), OFFENCES)
def test_an_offence_is_found(graph: grimp.ImportGraph, name: str, file: str, line: str) -> None:
    offended = deepcopy(graph)
    offend(offended, file, line)
    (concerned,) = [each for each in contracts() if each.name == name]
    assert not concerned.check(offended, verbose=False).kept
