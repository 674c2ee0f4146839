"""``sslviz list``: the table for people, and JSON for programs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sslviz import cli, flags, listing
from sslviz.core.catalogue import variants
from sslviz.core.presets import all_presets
from sslviz.engine.training.catalogue import build_catalogue

ROOT = Path(__file__).resolve().parents[1]
SINGULAR = {kind: kind.removesuffix("s") for kind in flags.LISTED}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run ``sslviz list …`` in this process; returns exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sslviz", "list", *arguments])
        return cli.main(), *capsys.readouterr()

    return run


@pytest.mark.parametrize("kind", flags.LISTED)
def test_each_kind_is_an_array_of_objects_with_names(call: Any, kind: str) -> None:
    code, out, err = call(kind, "--json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert rows
    assert {row["kind"] for row in rows} == {SINGULAR[kind]}
    assert all(row["name"] and row["title"] and row["help"].endswith((".", ")")) for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_without_a_kind_all_kinds_are_listed(call: Any) -> None:
    rows = json.loads(call("--json")[1])
    assert list(dict.fromkeys(row["kind"] for row in rows)) == list(SINGULAR.values())


def test_the_command_offers_all_kinds() -> None:
    assert tuple(listing.KINDS) == flags.LISTED


def test_names_are_what_other_commands_take(call: Any) -> None:
    catalogue = build_catalogue()
    names = {kind: [row["name"] for row in json.loads(call(kind, "--json")[1])] for kind in flags.LISTED}
    assert sorted(names["objectives"]) == sorted(entry.name for entry in catalogue.objectives)
    assert names["datasets"] == [entry.name for entry in catalogue.datasets]
    assert names["presets"] == [preset.name for preset in all_presets()]
    assert set(names["panels"]) == {path.stem for path in (ROOT / "sslviz/window/panels").glob("[a-z]*.py")}


def test_an_objective_has_its_family_and_each_familys_first_is_its_default(call: Any) -> None:
    rows = json.loads(call("objectives", "--json")[1])
    families = [row["family"] for row in rows]
    assert families == sorted(families)
    assert not any("variant" in row for row in rows)
    catalogue = build_catalogue()
    for family, first in {row["family"]: row for row in reversed(rows)}.items():
        assert variants(catalogue, family, first["data_kinds"][0])[0].name == first["name"]


def test_a_setting_has_its_range_and_its_owners(call: Any) -> None:
    rows = {row["name"]: row for row in json.loads(call("settings", "--json")[1])}
    temperature = rows["temperature"]
    assert (temperature["type"], temperature["low"], temperature["high"], temperature["live"]) == (
        "float",
        0.02,
        2,
        True,
    )
    assert temperature["range"] == "a number between 0.02 and 2"
    assert "simclr" in temperature["of"]
    assert rows["seed"]["of"] == []
    assert rows["samples"]["of"] == ["shapes"]
    assert "cpu" in rows["device"]["choices"]
    entries = (*build_catalogue().objectives, *build_catalogue().datasets)
    assert {setting.key for entry in entries for setting in entry.settings} <= set(rows)


def test_the_table_is_no_wider_than_the_terminal(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    code, out, _ = call()
    assert code == 0
    lines = out.splitlines()
    assert max(map(len, lines)) <= 70
    assert [line for line in lines if line and not line.startswith(" ")] == list(flags.LISTED)
    assert re.search(r"^  temperature +Temperature\. Takes a number between 0\.02", out, re.MULTILINE)
    assert ".." not in out


NO_QT = "import sys; sys.modules.update(dict.fromkeys(('PySide6', 'pyqtgraph', 'superqt', 'shiboken6')))"


def without_qt(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = f"{NO_QT}; from sslviz.cli import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", program, "list", *arguments], capture_output=True, text=True)


def test_panels_need_qt_and_say_so() -> None:
    done = without_qt("panels", "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("sslviz: The panels need Qt, which cannot be loaded here")
    assert done.stderr.count("\n") == 1


def test_the_rest_is_listed_without_qt() -> None:
    done = without_qt("--json")
    assert done.returncode == 0
    assert {row["kind"] for row in json.loads(done.stdout)} == set(SINGULAR.values()) - {"panel"}
    assert done.stderr.count("\n") == 1


def test_presets_are_listed_without_torch_and_qt() -> None:
    program = (
        "import sys; from sslviz.cli import main; sys.argv = ['sslviz', 'list', 'presets', '--json']; main(); "
        "print({'torch', 'PySide6'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "set()"


def test_a_closed_output_is_no_error() -> None:
    """As in ``sslviz list | head``."""
    with subprocess.Popen(
        [sys.executable, "-m", "sslviz", "list", "presets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
