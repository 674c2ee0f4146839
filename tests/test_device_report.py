"""``python tests/benchmarks device``: its parts with tiny networks, what it needs, and what it does with failures."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from benchmarks import harness as harness_file

from sslviz.engine.serving import self_test

FOLDER = Path(harness_file.__file__).parent
ABSENT = ("PySide6", "pyqtgraph", "superqt", "pytest", "hypothesis", "lightly", "umap")
"""Packages that it must do without."""
TINY = {"batch_size": 16, "width": 4, "head_hidden": 8, "head_dim": 8, "samples": 200, "probe_samples": 100}
SETTLE_S = 0.2


@pytest.fixture
def device_report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with networks and times that are small."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import device_report
    import subjects
    import throughput

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for module in (device_report, subjects):
        monkeypatch.setattr(module, "SETTLE_S", SETTLE_S)
    monkeypatch.setattr(throughput, "WARM_UP_S", 0.05)
    monkeypatch.setattr(device_report, "SETTINGS", dict.fromkeys(device_report.SETTINGS, TINY))
    small = {key: TINY[key] for key in ("batch_size", "width", "head_hidden", "head_dim", "samples")}
    monkeypatch.setattr(self_test, "SMALL", {**self_test.SMALL, **small})
    return device_report


def test_the_machine_is_described_without_what_is_private(device_report: ModuleType) -> None:
    found = device_report.machine()
    assert found["torch"] == torch.__version__
    assert found["device_type"] in {"cpu", "cuda", "mps"}
    assert found["threads"] == torch.get_num_threads()
    assert found["spin_limits"]
    assert "command" not in found
    assert str(Path.home()) not in json.dumps(found)


def test_losses_are_those_of_the_cpu(device_report: ModuleType) -> None:
    found = device_report.losses()
    assert len(found["device"]) == len(found["cpu"]) == 20
    assert found["largest_difference"] <= self_test.TOLERANCE
    assert device_report.self_test()["ok"]


def test_a_network_is_measured_in_the_bare_loop_and_in_the_engine(device_report: ModuleType) -> None:
    assert device_report.bare(name="small", seconds=0.1)["bare_per_second"] > 0
    found = device_report.engine(name="small", seconds=SETTLE_S + 0.5)
    assert found["samples_per_second"] > 0
    assert 0 < found["gap_median_ms"] <= found["gap_longest_ms"]
    assert 0 <= found["knn"] <= 1
    assert found["trained_s"] == SETTLE_S + 0.5
    assert found["host_memory_mb"] > 100
    assert "knn" not in device_report.engine(name="resnet18", seconds=SETTLE_S + 0.3)


def test_a_step_that_takes_too_long_is_the_reason(device_report: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_report, "FIRST_BATCH", 4)
    subject = device_report.Subject(**TINY)
    sizes: list[int] = []
    learn = device_report.learn
    monkeypatch.setattr(
        device_report, "learn", lambda subject, views: (sizes.append(len(views) // 2), learn(subject, views))
    )
    monkeypatch.setattr(device_report, "STEP_LIMIT_S", math.inf)
    assert device_report.too_slow(subject) == ""
    assert sizes == [4, 4, 8, 8, 16, 16]
    monkeypatch.setattr(device_report, "STEP_LIMIT_S", 0.0)
    assert device_report.too_slow(subject).startswith("a step of 4 of 16 samples takes ")
    assert device_report.bare(name="resnet18", seconds=0.1)["reason"].startswith("a step of 4 of 16")


def test_an_error_in_a_part_is_its_reason(
    device_report: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried")

    monkeypatch.setattr(device_report, "Subject", fail)
    assert device_report.bare(name="small", seconds=0.1) == {"reason": "OutOfMemoryError: CUDA out of memory."}
    assert "Traceback" in capsys.readouterr().err


def test_the_report_has_every_part_and_the_ratio(device_report: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        "bare": {"bare_per_second": 200.0, "memory_mb": 1},
        "engine": {"samples_per_second": 150.0, "memory_mb": 2},
    }

    def leg(module: str, function: str, timeout_s: float, **arguments: Any) -> dict[str, Any]:
        assert 0 < timeout_s <= 240
        if function == "losses":
            raise subprocess.CalledProcessError(-11, ["python"])
        if arguments.get("name") == "resnet18":
            return {"reason": "a step of 32 of 512 samples takes 3.0 s", "memory_mb": None}
        if function == "shares":
            raise subprocess.TimeoutExpired("python", timeout_s)
        return parts.get(function, {"ok": True})

    monkeypatch.setattr(device_report, "leg", leg)
    found = device_report.report(60.0)
    assert list(found) == ["machine", "self_test", "losses", "small", "resnet18", "shares"]
    assert found["small"]["ratio"] == 0.75
    assert found["small"]["memory_mb"] == 2
    assert found["resnet18"]["samples_per_second"] is found["resnet18"]["ratio"] is None
    assert "takes 3.0 s" in found["resnet18"]["reason"]
    assert "died with" in found["losses"]["reason"]
    assert "no time left" in found["shares"]["reason"]


@pytest.mark.parametrize("seconds", [0.5, 60.0])
def test_each_training_is_measured_for_two_seconds_at_least_after_it_has_settled(
    device_report: ModuleType, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    asked: dict[str, float] = {}

    def leg(module: str, function: str, timeout_s: float, **arguments: Any) -> dict[str, Any]:
        if function in ("engine", "shares"):
            asked[arguments.get("name", function)] = arguments["seconds"]
        return {"bare_per_second": 200.0, "samples_per_second": 150.0}

    monkeypatch.setattr(device_report, "leg", leg)
    device_report.report(seconds)
    few = {"small": SETTLE_S + 2, "resnet18": SETTLE_S + 2, "shares": 2.0}
    assert asked == (few if seconds < 60 else {"small": 60.0, "resnet18": SETTLE_S + 15, "shares": 10.0})


def test_a_training_with_too_few_steps_says_so(device_report: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import subjects

    monkeypatch.setattr(subjects, "read_records", lambda path: ([{"wall_time_s": SETTLE_S, "step": 1}], 0))
    found = device_report.engine(name="small", seconds=SETTLE_S + 0.1)
    assert found == {"reason": "ValueError: too few steps after the first 0.2 s; measure for longer, see --seconds"}


def test_it_prints_one_line_of_json(
    device_report: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import __main__ as program

    monkeypatch.setattr(device_report, "report", lambda seconds: {"small": {"ratio": 0.123456, "knn": math.nan}})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "device", "--json"])
    assert program.main() == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"benchmark": "device", "small": {"ratio": 0.1235, "knn": None}}
    assert out.count("\n") == 1
    assert [line.split() for line in err.splitlines()] == [["Small"], ["ratio", "0.1235"], ["knn", "–"]]


def test_a_process_that_takes_too_long_is_killed(device_report: ModuleType) -> None:
    import harness

    with pytest.raises(subprocess.TimeoutExpired):
        harness.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)


def test_it_needs_neither_qt_nor_what_tests_need_nor_an_installation(tmp_path: Path) -> None:
    """In a process that knows site-packages but not the checkout, and in the process that this one starts."""
    for name in ABSENT:
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('{name} is not installed')\n")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    program = (
        "import harness, json, sslviz; print(json.dumps([sslviz.__file__, harness.leg('device_report', 'machine')]))"
    )
    found = os.pathsep.join([str(tmp_path), *packages])
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(FOLDER)!r}); {program}"]
    environment = {**os.environ, "PYTHONPATH": found}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    file, machine = json.loads(done.stdout)
    assert Path(file) == FOLDER.parents[1] / "sslviz" / "__init__.py"
    assert machine["device_type"] in {"cpu", "cuda", "mps"}
