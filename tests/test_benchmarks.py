"""The benchmarks' arithmetic and their list; nothing is timed here."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import harness

FOLDER = Path(harness.__file__).parent
LEG = {"samples_per_second": 5.0}


def test_legs_take_turns(capsys):
    played = []
    legs = {name: lambda name=name: played.append(name) or len(played) for name in "AB"}
    assert harness.alternate(legs, 3) == {"A": [1, 3, 5], "B": [2, 4, 6]}
    assert "".join(played) == "ABABAB"
    assert capsys.readouterr().out == ""


def test_ratios_are_taken_round_by_round():
    assert harness.ratios([2, 30], [1, 10]) == [2, 3]
    with pytest.raises(ValueError, match="longer"):
        harness.ratios([1], [1, 2])


@pytest.mark.parametrize(
    ("values", "middle", "ends"),
    [
        ([3, 1, 2], 2, (1, 3)),
        ([1, 2], 1.5, (1, 2)),
        ([1, math.nan, 3], 2, (1, 3)),
        ([1, math.nan], math.nan, (1, 1)),
        ([], math.nan, (math.nan, math.nan)),
    ],
)
def test_median_and_spread(values, middle, ends):
    assert harness.median(values) == pytest.approx(middle, nan_ok=True)
    assert harness.spread(values) == pytest.approx(ends, nan_ok=True)


def test_the_line_of_json_has_medians_and_spread():
    line = harness.json_line("demo", {"ratio": [1.0, 2.0, 4.00001], "never": [math.nan]})
    assert json.loads(line) == {
        "benchmark": "demo",
        "ratio": 2,
        "never": None,
        "spread": {"ratio": [1, 4], "never": [None, None]},
    }
    assert "\n" not in line


def test_the_table_names_every_figure():
    table = harness.table(harness.columns([{"ratio": 1.5, "ms": 20.0}, {"ratio": 2.5, "ms": 40.0}]))
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["ratio", "2", "1.5", "2.5", "2"],
        ["ms", "30", "20", "40", "2"],
    ]


def test_a_leg_is_a_process_that_ends_with_a_line_of_json():
    assert harness.leg("statistics", "median", data=[5, 1, 3]) == 3
    with pytest.raises(subprocess.CalledProcessError):
        harness.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_every_name_is_listed_with_help():
    listed = subprocess.run([sys.executable, FOLDER], capture_output=True, text=True, check=True)
    lines = {words[0]: words[1:] for line in listed.stdout.splitlines() if (words := line.split())}
    for name in ("throughput", "lightly", "learn", "methods", "threads", "map", "window", "start", "device"):
        assert len(lines[name]) > 3, name
    unknown = subprocess.run([sys.executable, FOLDER, "none"], capture_output=True, text=True, check=False)
    assert unknown.returncode == 2


def test_every_method_for_images_has_a_preset_that_is_measured(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import methods

    found = methods.presets_by_method()
    assert found["simclr"] == "shapes"
    assert "cifar10" not in found.values()


def test_a_foreign_process_is_gone_afterwards_and_so_are_variables(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import waiting_threads

    seen = []
    monkeypatch.setattr(waiting_threads, "run", lambda command: seen.append(dict(os.environ)) or LEG)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    figures = waiting_threads.measure(1, 0.1)
    assert figures["kept_spin_0"] == [1.0]
    assert [each.get("GOMP_SPINCOUNT") for each in seen[::2]] == ["300000", "20000", "5000", "1000", "100", "0", None]
    assert seen[-1]["OMP_NUM_THREADS"] == "1"
    assert not any("OMP_WAIT_POLICY" in each for each in seen)
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["GOMP_SPINCOUNT"]) == ("ACTIVE", "7")
