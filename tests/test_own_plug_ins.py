"""Objectives, data sets, encoders and panels in files of the user's own, outside of sslviz."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import plug_ins
import pytest
from test_one_file_each import OBJECTIVE

from sslviz import arguments, cli
from sslviz.core.catalogue import dataset_entry
from sslviz.core.messages import Hello, Notice
from sslviz.core.plug_ins import named_plug_ins
from sslviz.core.settings import SettingError

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8").partition("## Code of your own")[2]
ALIGN, SPOTS, ENCODER = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMAND = next(line.split()[1:] for line in README.splitlines() if line.startswith("    sslviz train"))
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


def sslviz(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sslviz", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def written(folder: Path, **files: str) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{name}.py" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text)
    return paths


def flags(paths: list[Path]) -> list[str]:
    return [each for path in paths for each in ("--plugin", str(path))]


def test_the_lines_of_the_readme_train_by_name_and_a_broken_file_harms_nothing(tmp_path: Path) -> None:
    folder, run = tmp_path / "my files", tmp_path / "run"
    panel, broken, *paths = written(folder, panel=PANEL, broken=BROKEN, align=ALIGN, spots=SPOTS, tiny=ENCODER)
    small = ("--set", "batch_size=16", "--set", "probe_samples=16", "--steps", "3", *flags([panel, broken]))
    done = sslviz(*COMMAND, *small, "--out", run, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    assert f"{broken}:2 was left out: ValueError: as intended." in done.stderr
    assert json.loads(done.stdout)["method"] == "align"
    for path in paths:
        assert (run / "plug-ins" / path.name).read_text() == path.read_text()
    assert f'encoder = "{paths[2]}:tiny"' in (run / "run.toml").read_text()
    named = {*map(str, paths[:2]), str(broken), f"{paths[2]}:tiny"}
    assert set(json.loads((run / "environment.json").read_text())["plug_ins"]) == named, "the panel is not needed"


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
