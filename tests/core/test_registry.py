"""Registries find the plug-ins in a folder."""

from __future__ import annotations

import sys
import textwrap
from abc import ABC, abstractmethod
from typing import ClassVar

import pytest

from sslviz.core.registry import Registry

HEADER = "from {package} import plugs\n\n@plugs.register\nclass {name}:\n    name = '{given}'\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that writes a package of plug-ins from the text of each module, and returns its registry."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(modules):
        folder = tmp_path / "plugged"
        folder.mkdir()
        opening = "from sslviz.core.registry import Registry\nplugs = Registry(__name__)\n"
        (folder / "__init__.py").write_text(opening)
        for module, text in modules.items():
            (folder / f"{module}.py").write_text(textwrap.dedent(text))
        import plugged

        return plugged.plugs

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "plugged"]:
        del sys.modules[name]


def plug(name, given):
    return HEADER.format(package="plugged", name=name, given=given)


def test_modules_are_found_and_sorted(package):
    plugs = package({"b": plug("B", "b"), "a_c": plug("A", "a-c"), "aa": plug("C", "aa")})
    assert [entry.name for entry in plugs] == ["a-c", "aa", "b"]
    assert plugs["a-c"].__name__ == "A"


def test_names_and_single_plug_ins_need_no_import_of_the_others(package):
    plugs = package({"a": plug("A", "a"), "broken": "import does_not_exist_at_all\n"})
    assert plugs.names() == ["a", "broken"]
    assert plugs["a"].__name__ == "A"
    assert "a" in plugs
    assert plugs.failures == {}
    assert "plugged.broken" not in sys.modules


def test_an_unknown_name_is_refused_with_the_known_ones(package):
    plugs = package({"a": plug("A", "a")})
    with pytest.raises(KeyError, match="no 'two' among a"):
        plugs["two"]


def test_two_of_one_name_in_a_file_are_refused(package, logged):
    plugs = package({"a": plug("A", "a") + plug("B", "a"), "b": plug("B", "b")})
    assert [entry.name for entry in plugs] == ["b"]
    assert "a.py:8 was left out: ValueError: 'a' is registered twice in plugged." in plugs.failures["a"]


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_file_cannot_take_the_name_of_another(package, logged, first):
    """Whichever is imported first."""
    plugs = package({"a": plug("A", "b"), "b": plug("B", "b")})
    assert (first in plugs) == (first == "b")
    assert [entry.__name__ for entry in plugs] == ["B"]
    assert list(plugs.failures) == ["a"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\nimport does_not_exist_at_all\n", 2),
        ("x = 1\ny = (\n", 2),
        ("import sys\nsys.exit(2)\n", 2),
        ("def f():\n    raise OSError('no GPU')\n\n\nf()\n", 2),
        ("x = 1\n", 1),
    ],
)
def test_a_failing_module_costs_itself_alone(package, logged, text, line):
    plugs = package({"a": plug("A", "a"), "b": text})
    for _ in range(2):
        assert [entry.name for entry in plugs] == ["a"]
        assert "b" not in plugs
    assert len(logged) == 1, "it is told once"
    assert f"b.py:{line} was left out: " in plugs.failures["b"]
    with pytest.raises(KeyError, match=rf"b.py:{line} was left out"):
        plugs["b"]


def test_what_a_failing_module_has_registered_is_forgotten(package, logged):
    plugs = package({"a": plug("A", "a"), "b": plug("B", "b") + "\n1 / 0\n"})
    assert [entry.name for entry in plugs] == ["a"]
    assert ":7 was left out: ZeroDivisionError" in plugs.failures["b"]


def test_what_cannot_be_built_is_left_out(package, logged):
    plugs = package({"a": plug("A", "a"), "b": plug("B", "b")})
    assert plugs.build(lambda entry: 1 / (entry.name != "a")) == [1.0]
    assert [entry.name for entry in plugs] == ["b"]
    assert "a.py:3 was left out: ZeroDivisionError" in plugs.failures["a"], "the line of the class"


def test_a_plug_in_with_a_hyphen_is_left_out_by_its_name(package, logged):
    plugs = package({"a_c": plug("A", "a-c"), "b": plug("B", "b")})
    assert "a-c" in plugs
    plugs.leave_out("a-c", ValueError("wrong default"))
    assert [entry.name for entry in plugs] == ["b"]
    assert list(plugs.failures) == ["a_c"]
    assert "a_c.py:3 was left out: ValueError: wrong default." in plugs.failures["a_c"]


def test_a_module_run_as_a_program_may_register_twice():
    registry = Registry("nowhere")
    for module in ("__main__", "nowhere.a"):
        registry.register(type("A", (), {"name": "one", "__module__": module}))
    with pytest.raises(ValueError, match="twice"):
        registry.register(type("A", (), {"name": "one", "__module__": "nowhere.b"}))


class Base(ABC):
    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def draw(self): ...


@pytest.mark.parametrize(
    ("own", "missing"),
    [
        ({"title": "T", "draw": print}, "name"),
        ({"name": "one", "draw": print}, "title"),
        ({"name": "one", "title": "T"}, "draw"),
        ({}, "name, title, draw"),
    ],
)
def test_what_the_base_class_requires_is_there(own, missing):
    with pytest.raises(TypeError, match=f"Derived does not define {missing}$"):
        Registry("nowhere").register(type("Derived", (Base,), own))


def test_a_base_classes_name_is_not_enough():
    base = type("Base", (), {"name": "one"})
    with pytest.raises(TypeError, match="name"):
        Registry("nowhere").register(type("Derived", (base,), {}))
