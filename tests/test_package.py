"""What gets installed: the build knows the resources, and the code is importable without what it must not need."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_top_level_is_these_five_and_dot_files():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)
    top = {name.split("/")[0] for name in listed.splitlines()}
    assert {name for name in top if not name.startswith(".")} == {
        "sslviz",
        "resources",
        "tests",
        "pyproject.toml",
        "README.md",
    }


def test_each_file_can_be_read_in_one_sitting():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "sslviz").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_the_build_takes_the_resources_along():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["sources"] == {"resources": "sslviz/resources"}
    assert "resources" in wheel["only-include"]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("sslviz.cli", {"torch", "PySide6", "numba", "sklearn", "scipy"}),
        ("sslviz.doctor", {"torch", "PySide6", "numba", "sklearn", "scipy"}),
        ("sslviz.listing", {"torch", "PySide6", "numba", "sklearn", "scipy"}),
        ("sslviz.recorder", {"torch", "PySide6", "numba", "sklearn", "scipy"}),
        ("sslviz.core.messages", {"torch", "PySide6", "numba", "sklearn", "scipy"}),
        ("sslviz.reduction.client", {"torch", "PySide6", "numba", "sklearn", "scipy"}),
        ("sslviz.reduction.worker", {"torch", "PySide6"}),
        ("sslviz.window.shell.app", {"torch", "torchvision", "numba", "sklearn"}),
        ("sslviz.engine.serving.server", {"PySide6", "pyqtgraph", "numba"}),
    ],
)
def test_importing_it_does_not_load(module, unwanted):
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert not unwanted & set(loaded)


@pytest.mark.slow  # asks the registry for hatchling
def test_a_wheel_holds_presets_and_licence(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    presets = {f"sslviz/resources/presets/{path.name}" for path in (ROOT / "resources" / "presets").glob("*.toml")}
    assert presets
    assert presets <= names
    assert any(name.endswith("licenses/resources/LICENSE") for name in names)
    assert not any(name.endswith(".sh") for name in names)
    pictures = {name.partition("pictures/")[2] for name in names if "/pictures/" in name}
    assert pictures
    assert all(name.startswith("presets/") for name in pictures)
    target = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(target)
    program = "from sslviz.core.presets import all_presets; print(*[p.name for p in all_presets()])"
    found = subprocess.check_output(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(target)}, cwd=tmp_path, text=True
    )
    assert len(found.split()) == len(presets)
