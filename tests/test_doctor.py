"""``sslviz doctor``: facts, checks, the self-test, and the exit code."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from sslviz import cli, doctor
from sslviz.core import picture_cache
from sslviz.core.checks import Check, CheckError
from sslviz.core.entries import DeviceEntry
from sslviz.engine.serving import facts as engine_facts
from sslviz.engine.serving import self_test
from sslviz.engine.training.device import Placement
from sslviz.window.shell import facts as window_facts

SECTIONS = {"versions", "machine", "variables", "folders", "cached data", "devices", "cores", "window", "checks", "ok"}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run ``sslviz doctor …`` in this process; returns exit code and standard output."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["sslviz", "doctor", *arguments])
        code = cli.main()
        out, err = capsys.readouterr()
        assert err == ""
        return code, out

    return run


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the slow parts of the self-test, and use a tiny network in a single thread."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    torch.set_num_threads(1)
    small = {"samples": 200, "batch_size": 8, "width": 4, "head_hidden": 8, "head_dim": 8}
    monkeypatch.setattr(self_test, "SMALL", {**self_test.SMALL, **small})
    monkeypatch.setattr(self_test, "map_check", lambda: Check(name="map", ok=True, text="was left out"))
    monkeypatch.setattr(window_facts, "window_self_test", lambda: Check(name="window", ok=True, text="was left out"))


@pytest.fixture
def second_device(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], float]], None]:
    """Return a function that adds a device "mps": it computes as the CPU does, and then changes each loss."""
    true_losses, true_place = self_test.Bench.losses, self_test.place
    cpu = Placement(torch.device("cpu"), "CPU")

    def pretend(change: Callable[[float], float]) -> None:
        def losses(bench: self_test.Bench, placement: Placement, *rest: Any) -> list[float]:
            if placement.device.type == "cpu":
                return true_losses(bench, placement, *rest)
            return [change(loss) for loss in true_losses(bench, cpu, *rest)]

        entries = (
            DeviceEntry(name="cpu", title="CPU", available=True),
            DeviceEntry(name="mps", title="Pretended GPU", available=True),
        )
        monkeypatch.setattr(engine_facts, "devices", lambda: entries)
        monkeypatch.setattr(engine_facts, "why_it_fails", lambda device: "")
        monkeypatch.setattr(self_test.Bench, "losses", losses)
        monkeypatch.setattr(self_test, "place", lambda name: true_place("cpu"))

    return pretend


def check(out: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in json.loads(out)["checks"] if each["name"] == name]
    return found  # type: ignore[no-any-return]


# ----------------------------------------------------------------- the facts


def test_json_is_one_object_with_the_facts_of_all_parts(call: Any) -> None:
    code, out = call("--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) - {"libraries"} == SECTIONS
    assert found["ok"]
    assert found["versions"]["torch"] == torch.__version__.partition("+")[0] or "+" in found["versions"]["torch"]
    assert all(found["versions"].values())
    assert found["devices"]["cpu"]["available"]
    assert found["window"]["display"] is True  # offscreen is one
    assert all(device["available"] or device["reason"] for device in found["devices"].values())
    assert all(folder["writable"] for folder in found["folders"].values())


def test_people_read_a_line_per_fact_and_per_check(call: Any) -> None:
    code, out = call()
    assert code == 0
    facts, checks = out.split("Checks\n")
    assert "  torch " in facts
    assert "CPU, " in facts
    assert all(line.startswith(("  ✓ ", "  – ")) for line in checks.splitlines())
    assert "{" not in out


def test_doctor_leaves_no_folder_behind(call: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "not" / "yet"))
    assert call("--json")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_the_decoded_pictures_are_counted_and_removed(
    call: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = picture_cache.create("aa")
    (folder / "train.bin").write_bytes(bytes(3_000_000))
    folder = picture_cache.complete(folder)
    found = json.loads(call("--json")[1])["cached data"]["decoded pictures"]
    assert found["path"] == str(folder.parent)
    assert 3_000_000 < found["bytes"] < 3_001_000
    assert found["text"].startswith("3 MB of 10 GB at most")
    _, out = call("--clear-cache")
    assert out.startswith("Removed 3 MB of decoded pictures.")
    assert not folder.exists()
    assert json.loads(call("--clear-cache", "--json")[1])["removed_bytes"] == 0


def test_a_folder_that_cannot_be_written_is_broken(call: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    code, out = call("--json")
    assert code == 1
    assert not check(out, "folder of cache")["ok"]
    assert "cannot be written" in check(out, "folder of cache")["text"]


def test_a_package_that_is_not_installed_is_broken(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sslviz.core.facts.PACKAGES", ("numpy", "not-there-at-all"))
    code, out = call("--json")
    assert code == 1
    assert check(out, "packages")["text"].startswith("not-there-at-all not installed")


def test_a_library_that_does_not_load_is_named_with_its_package(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(window_facts, "BASIC", {"libnot-there.so.9": "libnotthere9"})
    code, out = call("--json")
    assert code == 1
    assert check(out, "system libraries")["text"].startswith("install libnotthere9")
    assert not json.loads(out)["libraries"]["libnot-there.so.9"]["loads"]


@pytest.mark.parametrize(("display", "code"), [("", 0), (":0", 1)])
def test_libraries_of_x11_matter_where_there_is_x11(
    call: Any, monkeypatch: pytest.MonkeyPatch, display: str, code: int
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(window_facts, "has_display", lambda: True)
    monkeypatch.setattr(window_facts, "X11", {"libnot-there.so.9": "libnotthere9"})
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("DISPLAY", display)
    found, out = call("--json")
    assert found == code
    assert check(out, "libraries for X11")["required"] == bool(code)


def test_without_a_display_all_checks_pass(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_facts, "has_display", lambda: False)
    code, out = call("--json")
    assert code == 0
    assert not check(out, "display")["ok"]
    assert not check(out, "display")["required"]


@pytest.mark.parametrize(("blocked", "code"), [("PySide6", 0), ("torch", 1)])
def test_doctor_runs_if_a_part_cannot_be_imported(blocked: str, code: int) -> None:
    """The other parts still give facts; the checks of the missing part fail."""
    program = f"import sys; sys.modules[{blocked!r}] = None; from sslviz.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program, "doctor", "--json"], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == code
    found = json.loads(done.stdout)
    assert ("devices" in found) == (blocked != "torch")
    assert check(done.stdout, "PyTorch")["ok"] == (code == 0)


# ----------------------------------------------------------------- the self-test


def test_the_cpu_is_compared_with_itself_bit_for_bit(call: Any, quick: None) -> None:
    code, out = call("--self-test", "--json")
    assert code == 0
    assert "twice the same bit for bit" in check(out, "cpu")["text"]
    assert check(out, "cpu")["seconds"] > 0


def test_a_cpu_that_does_not_repeat_its_losses_is_broken(
    call: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = iter(range(9))
    monkeypatch.setattr(self_test.Bench, "losses", lambda *_: [1.0 + 1e-7 * next(runs)])
    code, out = call("--self-test", "--json")
    assert code == 1
    assert "differ" in check(out, "cpu")["text"]


@pytest.mark.parametrize("factor", [1.0, 1.009, 0.991])
def test_another_device_may_round_differently(call: Any, quick: None, second_device: Any, factor: float) -> None:
    second_device(lambda loss: loss * factor)
    code, out = call("--self-test", "--json")
    assert code == 0
    assert check(out, "mps")["ok"]
    assert "1% is allowed" in check(out, "mps")["text"]


@pytest.mark.parametrize("wrong", [lambda loss: loss * 1.02, lambda _: math.nan, lambda _: math.inf, lambda _: 0.0])
def test_a_device_that_computes_wrongly_is_broken(
    call: Any, quick: None, second_device: Any, wrong: Callable[[float], float]
) -> None:
    second_device(wrong)
    code, out = call("--self-test", "--json")
    assert code == 1
    assert check(out, "cpu")["ok"]
    assert not check(out, "mps")["ok"]
    assert not json.loads(out)["ok"]
    assert "from the CPU's" in check(out, "mps")["text"]


def test_a_device_that_raises_is_broken_and_the_other_checks_go_on(call: Any, quick: None, second_device: Any) -> None:
    def fail(_: float) -> float:
        raise RuntimeError("device-side assert triggered\nand a long story")

    second_device(fail)
    code, out = call("--self-test")
    assert code == 1
    assert "  ✗ mps: RuntimeError: device-side assert triggered (" in out
    assert "  ✓ window: was left out" in out


def test_a_window_that_cannot_be_drawn_is_reported_with_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = subprocess.CompletedProcess([], -6, "", "a long list\nno Qt platform plugin could be initialized\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    found = window_facts.window_self_test()
    assert not found.ok
    assert "exit code -6: no Qt platform plugin could be initialized" in found.text


def test_a_window_and_a_map_are_made() -> None:
    assert window_facts.window_self_test().ok
    found = self_test.map_check()
    assert found.ok, found
    assert "by UMAP" in found.text


def test_without_a_reducer_there_is_no_map(monkeypatch: pytest.MonkeyPatch, logged: list[str]) -> None:
    true = self_test.ReducerClient
    broken = [sys.executable, "-c", "raise SystemExit(1)"]
    monkeypatch.setattr(self_test, "ReducerClient", lambda: true(command=broken))
    monkeypatch.setattr(self_test, "MAP_S", 5.0)
    found = self_test.map_check()
    assert not found.ok
    assert "the reducer failed three times" in found.text


def test_checks_are_printed_as_soon_as_they_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tests(_: object) -> Any:
        yield Check(name="first", ok=True, text="well", seconds=1.25)
        assert "✓ first: well (1.2 s)" in capsys.readouterr().out
        yield doctor.checked("second", fail)

    def fail() -> str:
        raise CheckError("broken")

    monkeypatch.setattr(doctor, "self_tests", tests)
    assert doctor.examine(self_test=True, as_json=False) == 1
    assert "✗ second: broken" in capsys.readouterr().out
