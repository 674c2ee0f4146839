"""The folder of a sweep: its plan, and the state of each of its runs."""

from __future__ import annotations

import json
import math
import re
import tomllib

import pytest

from sslviz.core.run_folder import RunFolder
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.folder import (
    SweepRun,
    put_aside,
    read_run,
    read_sweep,
    sweep_runs,
    sweep_to_continue,
    write_summary,
    write_sweep,
)
from sslviz.core.sweep.plan import Sweep

SWEEP = Sweep(
    preset="digits",
    vary={"temperature": (0.1, 1e-05), "flip": (True, False), "batch_size": (64,)},
    seeds=(0, 7),
    fixed={"data_seed": 0, "objective": "simclr"},
    steps=5,
)
LENGTHLESS = b'preset = "digits"\nseeds = [0]\nfixed = {}\n[vary]\n'
TOO_MANY = b"steps = 1\n" + LENGTHLESS + b"".join(b"key%d = [0, 1]\n" % number for number in range(99))


@pytest.mark.parametrize("sweep", [SWEEP, Sweep(preset="a", vary={}, seeds=(), fixed={}, seconds=0.1 + 0.2)])
def test_a_plan_is_read_as_it_was_written(tmp_path, sweep):
    folder = tmp_path / "new" / "sweep"
    assert sweep_to_continue(folder) is None
    assert not folder.exists()
    write_sweep(folder, sweep)
    assert sweep_to_continue(folder) == read_sweep(folder) == sweep
    assert [type(value) for value in read_sweep(folder).vary.get("batch_size", (1,))] == [int]


def test_the_file_says_what_varies(tmp_path):
    write_sweep(tmp_path, SWEEP)
    assert tomllib.loads((tmp_path / "sweep.toml").read_text()) == {
        "preset": "digits",
        "seeds": [0, 7],
        "steps": 5,
        "vary": {"temperature": [0.1, 1e-05], "flip": [True, False], "batch_size": [64]},
        "fixed": {"data_seed": 0, "objective": "simclr"},
    }


def test_what_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(SweepError, match=r"holds no sweep: there is no sweep.toml in it"):
        read_sweep(tmp_path)
    (tmp_path / ".lock").touch()
    assert sweep_to_continue(tmp_path) is None
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(SweepError, match=r"holds something else than a sweep. Choose another folder."):
        sweep_to_continue(tmp_path)
    with pytest.raises(SweepError, match=r"thesis.txt.* cannot be written"):
        sweep_to_continue(tmp_path / "thesis.txt" / "sweep")


@pytest.mark.parametrize(
    "text", [b"", b"= 1", b"\xff", b'preset = "digits"\nseeds = "0"', b"colour = 1", LENGTHLESS, TOO_MANY]
)
def test_a_damaged_plan_is_refused_by_name(tmp_path, text):
    (tmp_path / "sweep.toml").write_bytes(text)
    with pytest.raises(SweepError, match=f"{re.escape(str(tmp_path))}/sweep.toml could not be read: "):
        sweep_to_continue(tmp_path)


def test_runs_are_listed_seed_by_seed(tmp_path):
    runs = sweep_runs(tmp_path, SWEEP)
    assert [run.path.name for run in runs[:5]] == [
        "temperature=0.1,flip=true,batch_size=64,seed=0",
        "temperature=0.1,flip=false,batch_size=64,seed=0",
        "temperature=1e-05,flip=true,batch_size=64,seed=0",
        "temperature=1e-05,flip=false,batch_size=64,seed=0",
        "temperature=0.1,flip=true,batch_size=64,seed=7",
    ]
    assert len(runs) == len(set(runs_paths := [run.path for run in runs])) == len(runs_paths) == SWEEP.size
    assert {run.state for run in runs} == {"waiting"}
    assert runs[-1].values == {"temperature": 1e-05, "flip": False, "batch_size": 64}


def test_a_run_goes_from_waiting_to_finished(tmp_path):
    run = sweep_runs(tmp_path, SWEEP)[0]
    run.path.mkdir()
    assert read_run(run) == run
    RunFolder.create(run.path, {}, {}).close()
    assert read_run(run) == run._replace(state="unfinished")
    (run.path / "summary.json").write_text('{"state": "fini')
    assert read_run(run).state == "unfinished"
    write_summary(
        run.path,
        {
            "state": "finished",
            "knn": 0.5,
            "steps": 5,
            "probe": None,
            "ok": True,
            "loss": math.nan,
            "run": "x",
            "by_label": {"a": 1},
        },
    )
    finished = sweep_runs(tmp_path, SWEEP)[0]
    assert finished == run._replace(state="finished", figures={"knn": 0.5, "steps": 5, "by_label.a": 1})


def test_a_failed_run_says_why(tmp_path):
    run = SweepRun(tmp_path / "run", {}, 0)
    write_summary(run.path, {"state": "failed", "text": "Loss became NaN."})
    assert read_run(run) == run._replace(state="failed", text="Loss became NaN.")


def test_a_run_that_was_put_aside_is_waiting_again(tmp_path):
    run = sweep_runs(tmp_path, SWEEP)[0]
    put_aside(run.path)
    assert not (tmp_path / "unfinished").exists()
    for number in range(2):
        write_summary(run.path, {"number": number})
        put_aside(run.path)
    assert read_run(run).state == "waiting"
    aside = [tmp_path / "unfinished" / name for name in (run.path.name, f"{run.path.name}-2")]
    assert [json.loads((path / "summary.json").read_text())["number"] for path in aside] == [0, 1]


@pytest.mark.parametrize("number", [f"1{'0' * 400}", "NaN", '{"a": {"b": 1}}'])
def test_what_is_no_figure_is_left_out(tmp_path, number):
    run = SweepRun(tmp_path / "run", {}, 0)
    write_summary(run.path, {})
    (run.path / "summary.json").write_text(f'{{"state": "finished", "knn": 0.5, "other": {number}}}')
    assert read_run(run).figures == {"knn": 0.5}
