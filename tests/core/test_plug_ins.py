"""Files that the user names: which of them are run, by which process, and what is left of one that fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sslviz.core import plug_ins
from sslviz.core.plug_ins import (
    check_named,
    files_of,
    load_plug_ins,
    module_of,
    name_plug_ins,
    named_plug_ins,
    place_of,
    plug_in_flags,
    with_named_encoder,
)
from sslviz.core.registry import Registry
from sslviz.core.settings import Setting, SettingError

REGISTER = "from test_plug_ins_registry import plugs\n\n@plugs.register\nclass {name}:\n    name = '{name}'\n"


@pytest.fixture(autouse=True)
def none_named(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plug_ins, "_named", [])
    yield
    for name in [name for name in sys.modules if name.startswith("sslviz_plug_in_")]:
        del sys.modules[name]


@pytest.fixture
def plugs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[object]]:
    """The registry of a package with one plug-in, "taken", which files import from test_plug_ins_registry."""
    (tmp_path / "test_plug_ins_registry.py").write_text(
        "from sslviz.core.registry import Registry\nplugs = Registry('plugged_once')\n"
    )
    (tmp_path / "plugged_once").mkdir()
    (tmp_path / "plugged_once" / "__init__.py").touch()
    (tmp_path / "plugged_once" / "taken.py").write_text(REGISTER.format(name="taken"))
    monkeypatch.syspath_prepend(str(tmp_path))
    import test_plug_ins_registry

    yield test_plug_ins_registry.plugs
    for name in ("test_plug_ins_registry", "plugged_once", "plugged_once.taken"):
        sys.modules.pop(name, None)


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_only_files_that_are_named_are_run(tmp_path: Path, plugs: Registry[object]) -> None:
    mine = write(tmp_path, "mine.py", REGISTER.format(name="mine"))
    write(tmp_path, "other.py", REGISTER.format(name="other"))
    name_plug_ins([str(mine)])
    load_plug_ins("engine", {"plugs": plugs})
    assert [entry.__name__ for entry in plugs] == ["mine", "taken"]
    assert "mine" in plugs.names()


def test_a_file_that_fails_registers_nothing_and_the_others_do(
    tmp_path: Path, plugs: Registry[object], logged: list[str]
) -> None:
    texts = {
        "first.py": REGISTER.format(name="first") + "\nraise ValueError('no')\n",
        "leaving.py": "import sys\nsys.exit(1)\n",
        "syntax.py": "x = (\n",
        "taken.py": REGISTER.format(name="taken"),
        "good.py": REGISTER.format(name="good"),
    }
    name_plug_ins([str(write(tmp_path, name, text)) for name, text in texts.items()])
    for _ in range(2):  # the second time, nothing is run or said again
        load_plug_ins("engine", {"plugs": plugs})
    assert plugs.names() == ["good", "taken"]
    assert len(logged) == 4
    failures = {Path(file).name: text for file, text in plugs.failures.items()}
    assert failures["first.py"] == f"{tmp_path / 'first.py'}:7 was left out: ValueError: no."
    assert "leaving.py:2 was left out: SystemExit" in failures["leaving.py"]
    assert "syntax.py:1 was left out: SyntaxError" in failures["syntax.py"]
    assert "'taken' is the name of a file in plugged_once" in failures["taken.py"]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("from sslviz.window.panel import panels", "window"),
        ("import PySide6.QtWidgets as widgets", "window"),
        ("from sslviz.learning.objective import objectives", "engine"),
        ("import sslviz.windowless", "engine"),
        ("x = (", "engine"),
    ],
)
def test_a_file_belongs_to_the_process_that_has_its_imports(tmp_path: Path, text: str, side: str) -> None:
    path = write(tmp_path, "mine.py", text)
    name_plug_ins([str(path)])
    assert {each: files_of(each) for each in ("window", "engine")} == {  # type: ignore[comparison-overlap]
        "window": [path] if side == "window" else [],
        "engine": [path] if side == "engine" else [],
    }


def test_a_file_for_both_processes_is_left_out(tmp_path: Path, plugs: Registry[object], logged: list[str]) -> None:
    name_plug_ins([str(write(tmp_path, "both.py", "import torch\nfrom sslviz.window.panel import panels\n"))])
    load_plug_ins("engine", {"plugs": plugs})
    assert "put them into two files" in logged[0]


def test_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    for text in (str(tmp_path / "none.py"), str(tmp_path), f"{tmp_path / 'none.py'}:make", "", "a\0.py"):
        with pytest.raises(SettingError, match=r"no file|no plug-in"):
            name_plug_ins([text])
    assert named_plug_ins() == ()


def test_an_encoder_in_a_setting_is_named_with_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "mine.py", "")
    monkeypatch.chdir(tmp_path)
    assert with_named_encoder(["width=4", "encoder=mine.py:make"]) == ["width=4", f"encoder={tmp_path}/mine.py:make"]
    assert plug_in_flags() == ["--plugin", f"{tmp_path}/mine.py:make"]


def test_what_was_not_named_is_refused_with_what_to_type(tmp_path: Path) -> None:
    choice = Setting(key="encoder", value_type="choice", default="a", label="", help="", group="", choices=("a",))
    with pytest.raises(SettingError, match=r"add --plugin /x/mine\.py:make"):
        choice.check("/x/mine.py:make")
    path = write(tmp_path, "mine.py", "")
    (tmp_path / "environment.json").write_text(json.dumps({"plug_ins": [str(path), "/x/it's.py:make", 3]}))
    name_plug_ins([str(path)])
    with pytest.raises(SettingError) as raised:
        check_named(tmp_path)
    assert str(raised.value).endswith(""": add --plugin '/x/it'"'"'s.py:make'""")
    check_named(tmp_path / "not there")


def test_installed_packages_register_by_entry_points_and_a_broken_one_harms_nothing(
    tmp_path: Path, plugs: Registry[object], logged: list[str]
) -> None:
    """The group is "sslviz." and the last part of the package's name."""
    information = tmp_path / "installed-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: installed\nVersion: 1.0\n")
    points = ("broken = installed_broken", "missing = installed_missing:It", "it = installed_module:It")
    (information / "entry_points.txt").write_text("[sslviz.plugged_once]\n" + "\n".join(points) + "\n")
    write(tmp_path, "installed_broken.py", REGISTER.format(name="Broken") + "x = y\n")
    write(tmp_path, "installed_module.py", REGISTER.format(name="It"))
    assert [entry.__name__ for entry in plugs] == ["It", "taken"]
    assert "installed_broken.py:6 was left out: NameError" in plugs.failures["broken"]
    assert "installed_missing" in plugs.failures["missing"]
    assert len(logged) == 2


def test_the_place_of_an_error_is_the_newest_line_of_a_named_file(tmp_path: Path) -> None:
    path = write(tmp_path, "mine.py", "def fail(then):\n    then()\n")
    name_plug_ins([str(path)])
    with pytest.raises(ZeroDivisionError) as raised:
        module_of(path).fail(lambda: 1 / 0)
    assert place_of(raised.value) == f"{path}:2"
    with pytest.raises(ZeroDivisionError) as raised:
        1 / 0  # noqa: B018
    assert not place_of(raised.value)
