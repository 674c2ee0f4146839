"""The command ``sslviz doctor``, which reports installed packages and usable devices.

With ``--self-test`` it also tests three things: training on each usable device, the layout of a map, and the window.
With ``--clear-cache`` it first removes the decoded pictures of the user's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import msgspec

from sslviz.core.checks import Check, CheckError, checked
from sslviz.core.facts import Facts, as_text, common_facts
from sslviz.core.memory import size_text
from sslviz.core.picture_cache import clear
from sslviz.core.presets import unreadable_presets


def examine(self_test: bool, as_json: bool, clear_cache: bool = False) -> int:
    """Print facts about the installation and the results of checks; return the exit code.

    ``self_test``: whether to run the self-tests too. ``as_json``: print one JSON object at the end instead of text.
    ``clear_cache``: whether to remove the decoded pictures first. The exit code is 1 if a required check has failed,
    otherwise 0.
    """
    removed = {"removed_bytes": clear()} if clear_cache else {}
    facts, checks = gather()
    if not as_json:
        for size in removed.values():
            print(f"Removed {size_text(size)} of decoded pictures.\n" if size else "No decoded pictures to remove.\n")
        print(as_text(facts), "\n\nChecks", sep="")
        _print_checks(checks)
    if self_test:
        for check in self_tests(facts):
            checks.append(check)
            if not as_json:
                _print_checks([check])
    ok = all(check.ok or not check.required for check in checks)
    if as_json:
        results = [msgspec.to_builtins(check) for check in checks]
        print(json.dumps({**facts, **removed, "checks": results, "ok": ok}, indent=2))
    return 0 if ok else 1


def _print_checks(checks: list[Check]) -> None:
    for check in checks:
        print(f"  {check.line}", flush=True)


def gather() -> tuple[Facts, list[Check]]:
    """Return facts about the installation, the engine and the window, and the results of checks.

    If the engine cannot be loaded, the facts about it are missing, and the check named "PyTorch" has failed.
    """
    facts = common_facts()
    checks = [_installed(facts), *_folders(facts)]
    engine: list[Facts] = []
    checks.append(checked("PyTorch", lambda: _engine_facts(engine)))
    for section in engine:
        facts |= section
    from sslviz.window.shell.facts import window_checks, window_facts

    checks.append(_plug_ins("presets", unreadable_presets))
    checks += [_plug_ins("plug-ins of the engine", _engine_failures)] if engine else []
    checks.append(_plug_ins("panels", _panel_failures))
    window = window_facts()
    return facts | window, checks + window_checks(window)


def _installed(facts: Facts) -> Check:
    missing = [name for name, version in facts["versions"].items() if version is None]
    text = f"{', '.join(missing)} not installed; install them with pip" if missing else "all are installed"
    return Check(name="packages", ok=not missing, text=text)


def _folders(facts: Facts) -> list[Check]:
    return [
        Check(name=f"folder of {name}", ok=folder["writable"], text=folder["text"])
        for name, folder in facts["folders"].items()
    ]


def _plug_ins(name: str, failures: Callable[[], list[str]]) -> Check:
    """Return the result of a check of the user's files of one kind, such as presets or panels.

    ``failures`` returns one text about each file that could not be loaded. The check fails if there are any. It is not
    a required check, since sslviz works without these files.
    """

    def check() -> str:
        if texts := failures():
            raise CheckError(" ".join(texts))
        return "all of them load"

    return msgspec.structs.replace(checked(name, check), required=False, seconds=0.0)


def _engine_failures() -> list[str]:
    from sslviz.engine.training.catalogue import build_catalogue, left_out

    build_catalogue()
    return left_out()


def _panel_failures() -> list[str]:
    from sslviz.core.plug_ins import load_plug_ins
    from sslviz.window.panel import REGISTRIES, panels

    load_plug_ins("window", REGISTRIES)
    list(panels)  # imports them
    return list(panels.failures.values())


def _engine_facts(result: list[Facts]) -> str:
    """Check that the engine can be loaded: append its facts to ``result``, and return the text of the check.

    The text names the usable devices.
    """
    from sslviz.engine.serving.facts import engine_facts

    result.append(engine_facts())
    usable = [name for name, device in result[0]["devices"].items() if device["available"]]
    return f"loads and computes on {', '.join(usable)}"


def self_tests(facts: Facts) -> Iterator[Check]:
    """Test the usable devices, the map and the window; yield the result of each check as soon as it is known.

    ``facts``: the facts of :func:`gather`. Devices and map are tested only if the engine could be loaded.
    """
    if "devices" in facts:
        from sslviz.engine.serving.self_test import device_checks, map_check

        yield from device_checks([name for name, device in facts["devices"].items() if device["available"]])
        yield map_check()
    from sslviz.window.shell.facts import window_self_test

    yield window_self_test()
