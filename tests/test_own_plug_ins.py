"""Objectives, data sets, encoders and panels in files of the user's own, outside of sslviz."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import plug_ins
import pytest
from test_one_file_each import DATASET, OBJECTIVE

from sslviz import arguments, cli
from sslviz.core.catalogue import dataset_entry
from sslviz.core.messages import Hello, Notice
from sslviz.core.plug_ins import named_plug_ins
from sslviz.core.settings import SettingError

ENCODER = """
from torch import nn


def tiny():
    return nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
"""
BROKEN = "import os\nraise ValueError('as intended')\n"
BROKEN_DATA = "from sslviz.learning.dataset import datasets\nraise ValueError('as intended')\n"
PANEL = """
from sslviz.core.panel_data import Spectrum
from sslviz.window.panel import Panel, panels


@panels.register
class Mine(Panel):
    name = "mine"
    title = "Mine"
    help = "Says that it is there."
    message_types = (Spectrum,)
"""


def sslviz(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sslviz", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def written(folder: Path, **files: str) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{name}.py" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text)
    return paths


def flags(paths: list[Path]) -> list[str]:
    return [each for path in paths for each in ("--plugin", str(path))]


def test_an_objective_and_a_data_set_train_by_name_and_a_broken_file_harms_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path / "my files", broken=BROKEN, objective=OBJECTIVE, data=DATASET)
    run = tmp_path / "run"
    chosen = ("--data", "spots", "--objective", "squeeze_images", "--steps", "3")
    done = sslviz("train", *flags(paths), *chosen, "--out", run, "--json")
    assert done.returncode == 0, done.stderr
    assert f"{paths[0]}:2 was left out: ValueError: as intended." in done.stderr
    assert json.loads(done.stdout)["method"] == "squeeze_images"
    assert (run / "plug-ins" / "objective.py").read_text() == OBJECTIVE
    assert json.loads((run / "environment.json").read_text())["plug_ins"] == [str(path) for path in paths]


def test_an_encoder_trains_by_its_file_and_the_name_of_a_function(tmp_path: Path) -> None:
    (path,) = written(tmp_path / "my files", encoder=ENCODER)
    small = ("--set", "batch_size=16", "--set", "probe_samples=16")
    done = sslviz("train", "digits", "--set", f"encoder={path}:tiny", *small, "--steps", "2", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert f'encoder = "{path}:tiny"' in (tmp_path / "run" / "run.toml").read_text()
    assert (tmp_path / "run" / "plug-ins" / "encoder.py").read_text() == ENCODER


def test_an_engine_offers_what_the_window_was_started_with_and_tells_what_fails(tmp_path: Path) -> None:
    paths = written(tmp_path / "files", objective=OBJECTIVE, broken=BROKEN_DATA, panel=PANEL, encoder=ENCODER)
    named = [*flags(paths[:3]), "--plugin", f"{paths[3]}:tiny"]
    messages = plug_ins.greeting([sys.executable, "-m", "sslviz", "engine", *named])
    hello = messages[0]
    assert isinstance(hello, Hello)
    entries = {entry.name: entry for entry in hello.catalogue.objectives}
    assert entries["squeeze_images"].family == "squeeze"
    (encoder,) = [each for each in entries["simclr"].settings if each.key == "encoder"]
    assert encoder.choices[-1] == f"{paths[3]}:tiny"
    notices = [each.text for each in messages if isinstance(each, Notice)]
    reason = f"{paths[1]}:2 was left out: ValueError: as intended."
    assert notices == [reason]
    (data,) = [each for each in hello.catalogue.common if each.key == "data"]
    assert (data.choices[-1], data.unavailable) == ("broken.py", {"broken.py": reason})
    with pytest.raises(SettingError, match=f"no data set called 'mine'; there are .*{re.escape(reason)}"):
        dataset_entry(hello.catalogue, "mine")


def test_a_panel_is_listed(tmp_path: Path) -> None:
    done = sslviz("list", "panels", "--json", *flags(written(tmp_path / "files", panel=PANEL)))
    assert done.returncode == 0, done.stderr
    assert "Mine" in [row["title"] for row in json.loads(done.stdout)]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_files_before_and_after_the_command_are_all_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setattr("sslviz.core.plug_ins._named", [])
    paths = written(tmp_path / "files", first="", second="")
    parsed = cli.parser().parse_args([*flags(paths[:before]), "train", *flags(paths[before:])])
    arguments.name_plug_ins(parsed)
    assert [each.path for each in named_plug_ins()] == paths
