"""Registries find the plug-ins in a folder."""

from __future__ import annotations

import sys
import textwrap

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
    plugs = package({"b": plug("B", "second"), "a": plug("A", "third"), "c": plug("C", "first")})
    assert [entry.name for entry in plugs] == ["first", "second", "third"]
    assert plugs["third"].__name__ == "A"


def test_names_and_single_plug_ins_need_no_import_of_the_others(package):
    plugs = package({"a": plug("A", "a"), "broken": "import does_not_exist_at_all\n"})
    assert plugs.names() == ["a", "broken"]
    assert plugs["a"].__name__ == "A"
    assert "plugged.broken" not in sys.modules


def test_an_unknown_name_is_refused_with_the_known_ones(package):
    plugs = package({"a": plug("A", "one")})
    with pytest.raises(KeyError, match="no 'two' among one"):
        plugs["two"]


def test_two_of_one_name_are_refused(package):
    plugs = package({"a": plug("A", "one"), "b": plug("B", "one")})
    with pytest.raises(ValueError, match="'one' is registered twice in plugged"):
        list(plugs)


def test_a_failing_module_raises_every_time(package):
    plugs = package({"a": plug("A", "one"), "b": "import does_not_exist_at_all\n"})
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="does_not_exist"):
            list(plugs)


def test_a_module_run_as_a_program_may_register_twice():
    registry = Registry("nowhere")
    for module in ("__main__", "plugged.a"):
        registry.register(type("A", (), {"name": "one", "__module__": module}))
    with pytest.raises(ValueError, match="twice"):
        registry.register(type("A", (), {"name": "one", "__module__": "plugged.b"}))


def test_a_base_classes_name_is_not_enough():
    base = type("Base", (), {"name": "one"})
    with pytest.raises(KeyError, match="name"):
        Registry("nowhere").register(type("Derived", (base,), {}))
