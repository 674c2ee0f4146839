"""``sslviz doctor``: what is installed, what it can compute and draw on; with ``--self-test``, whether it works."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from sslviz.core.checks import Check, checked
from sslviz.core.facts import Facts, as_text, common_facts


def examine(self_test: bool, as_json: bool) -> int:
    """Print what was found; returns the exit code: 1 where something required is broken."""
    facts, checks = gathered()
    if not as_json:
        print(as_text(facts), "\n\nChecks", sep="")
        _tell(checks)
    if self_test:
        for check in self_tests(facts):
            checks.append(check)
            if not as_json:
                _tell([check])
    well = all(check.ok or not check.required for check in checks)
    if as_json:
        print(json.dumps({**facts, "checks": [msgspec.to_builtins(check) for check in checks], "ok": well}, indent=2))
    return 0 if well else 1


def _tell(checks: list[Check]) -> None:
    for check in checks:
        print(f"  {check.line}", flush=True)


def gathered() -> tuple[Facts, list[Check]]:
    """The facts of all parts as far as they can be loaded, and what follows from them."""
    facts = common_facts()
    checks = [_installed(facts), *_folders(facts)]
    engine: list[Facts] = []
    checks.append(checked("PyTorch", lambda: _engine_facts(engine)))
    for found in engine:
        facts |= found
    from sslviz.window.shell.facts import window_checks, window_facts

    window = window_facts()
    return facts | window, checks + window_checks(window)


def _installed(facts: Facts) -> Check:
    missing = [name for name, version in facts["versions"].items() if version is None]
    text = f"{', '.join(missing)} not installed; pip install brings them" if missing else "all are installed"
    return Check(name="packages", ok=not missing, text=text)


def _folders(facts: Facts) -> list[Check]:
    return [
        Check(name=f"folder of {name}", ok=folder["writable"], text=folder["text"])
        for name, folder in facts["folders"].items()
    ]


def _engine_facts(into: list[Facts]) -> str:
    from sslviz.engine.serving.process import wait_patiently

    wait_patiently()
    from sslviz.engine.serving.facts import engine_facts

    into.append(engine_facts())
    usable = [name for name, device in into[0]["devices"].items() if device["available"]]
    return f"loads and computes on {', '.join(usable)}"


def self_tests(facts: Facts) -> Iterator[Check]:
    """One check after another, as they are done."""
    if "devices" in facts:
        from sslviz.engine.serving.self_test import device_checks, map_check

        yield from device_checks([name for name, device in facts["devices"].items() if device["available"]])
        yield map_check()
    from sslviz.window.shell.facts import window_self_test

    yield window_self_test()
