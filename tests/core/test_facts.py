"""Facts about machine and installation, as a dictionary and as text."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

from sslviz.core.checks import Check, CheckError, checked
from sslviz.core.facts import as_text, common_facts, versions


def test_facts_are_json_and_list_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = json.loads(json.dumps(common_facts()))
    assert found["versions"]["Python"] == platform.python_version()
    assert found["versions"]["numpy"]
    assert found["variables"]["OMP_NUM_THREADS"] == "3"
    assert set(found["folders"]) == {"runs", "cache", "configuration"}
    assert versions(["no-such-thing"]) == {"no-such-thing": None}


@pytest.mark.parametrize(("module", "function"), [("core", "common_facts"), ("window.shell", "window_facts")])
def test_facts_import_nothing_slow(module: str, function: str) -> None:
    program = f"import sys; from sslviz.{module}.facts import {function}; {function}(); print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert not {"torch", "PySide6", "umap", "sklearn", "scipy"} & set(loaded)


def test_text_has_a_line_per_fact_and_no_empty_section() -> None:
    facts = {
        "versions": {"torch": "2", "umap": None},
        "variables": {},
        "devices": {"gpu": {"available": False, "text": "not available: none found."}},
        "self_test": {"packages": {"torch": "2", "umap": None}, "losses": [1.5, 1.25]},
        "window": {"display": True, "other": False, "count": 1},
    }
    assert [" ".join(line.split()) for line in as_text(facts).splitlines()] == [
        "Versions",
        "torch 2",
        "umap not installed",
        "",
        "Devices",
        "gpu not available: none found.",
        "",
        "Self test",
        "packages torch 2, umap not installed",
        "losses 1.5, 1.25",
        "",
        "Window",
        "display yes",
        "other no",
        "count 1",
    ]


def test_a_check_gives_its_result_or_the_error() -> None:
    def fail(error: Exception) -> str:
        raise error

    assert checked("a", lambda: "fine").line == "✓ a: fine"
    assert checked("a", lambda: fail(CheckError("It is broken."))).text == "It is broken."
    assert checked("a", lambda: fail(ValueError("first\nsecond"))).text == "ValueError: first"
    assert checked("a", lambda: fail(KeyError())).text == "KeyError"
    assert not checked("a", lambda: fail(KeyError())).ok


def test_a_failed_optional_check_is_not_marked_as_broken() -> None:
    assert Check(name="a", ok=False, text="gone").line == "✗ a: gone"
    assert Check(name="a", ok=False, text="gone", required=False).line == "– a: gone"
    assert Check(name="a", ok=True, text="well", seconds=2.04).line == "✓ a: well (2.0 s)"
