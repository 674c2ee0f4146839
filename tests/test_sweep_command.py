"""``sslviz sweep``: what it trains, prints, refuses and continues."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from sslviz.cli import main
from sslviz.core.entries import DeviceEntry
from sslviz.core.sweep.folder import read_sweep
from sslviz.core.sweep.sentences import MARGIN
from sslviz.engine.serving import sweep, sweep_process

FAKE = (sys.executable, str(Path(__file__).with_name("fake_train.py")))
WAIT = "Wait until that one has ended."
TINY = ["--set", "width=8", "--set", "head_hidden=16", "--set", "head_dim=8", "--set", "batch_size=32"]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run ``sslviz sweep …`` in this process; returns exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sslviz", "sweep", *map(str, arguments)])
        try:
            code: Any = main()
        except SystemExit as leaving:
            code = leaving.code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that are trained by ``fake_train.py``, one after the other."""
    monkeypatch.setattr(sweep_process, "COMMAND", FAKE)
    monkeypatch.setattr(sweep, "physical_cores", lambda: 2)
    monkeypatch.setattr(sweep, "POLL_S", 0.01)


def until(found: Any) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("fake")
def test_json_compares_all_figures(call: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    flags = ["--vary", "temperature=.1,0.2", "--seeds", "0,1,2", "--set", "flip=0.5"]
    code, out, err = call("digits", *flags, "--steps", 2, "--out", folder, "--json")
    assert (code, out.count("\n")) == (0, 1)
    found = json.loads(out)
    assert list(found) == ["state", "varied", "seeds", "values", "sentences", "sweep"]
    assert (found["state"], found["sweep"]) == ("finished", str(folder))
    assert (found["varied"], found["seeds"]) == ({"temperature": [0.1, 0.2]}, [0, 1, 2])
    first, second = found["values"]
    assert list(first) == ["temperature", "mean", "std", "n"]
    assert (first["temperature"], second["temperature"]) == (0.1, 0.2)
    for part in ("mean", "std", "n"):
        assert list(first[part]) == ["steps", "seconds", "loss", "knn", "knn_by_label.digit"]
    assert (first["mean"]["knn"], second["mean"]["knn"]) == pytest.approx((0.925, 0.825))
    assert (first["std"]["knn"], first["std"]["loss"], first["n"]["knn"]) == (pytest.approx(0.125), 0.0, 3)
    assert found["sentences"] == [
        "k-NN is highest at τ = 0.1: 0.925 on average over 3 seeds, with a standard deviation of 0.125.",
        "By k-NN, τ = 0.1 is better than 0.2 by 0.100 ± 0.000 over 3 seeds.",
        "The losses cannot be compared: what they measure depends on temperature.",
        MARGIN,
    ]
    assert "6 runs of 2 steps, one after the other; " in err
    assert "τ = 0.2, seed 1: k-NN 0.825, loss 4.000, 1 s\n" in err
    assert "6 of 6 runs, 100 %" in err
    assert "to go" in err


@pytest.mark.usefixtures("fake")
def test_each_run_is_given_its_values_and_the_same_data(call: Any, tmp_path: Path) -> None:
    code, out, _ = call("digits", "--vary", "temperature=0.1", "--vary", "flip=0,1", "--seeds", "3", "--out", tmp_path)
    assert code == 0
    assert out.startswith("τ = 0.1, ")
    assert out.endswith(f"\n{tmp_path}\n")
    assert sorted(os.listdir(tmp_path)) == [
        ".lock",
        "sweep.toml",
        "temperature=0.1,flip=0.0,seed=3",
        "temperature=0.1,flip=1.0,seed=3",
    ]
    folder = tmp_path / "temperature=0.1,flip=1.0,seed=3"
    given = ["data_seed=0", "temperature=0.1", "flip=1.0", "seed=3"]
    assert json.loads((folder / "command.json").read_text()) == [
        "digits",
        *(part for each in given for part in ("--set", each)),
        *("--seconds", "60.0", "--out", str(folder), "--json", "--end-with-input"),
    ]
    assert (read_sweep(tmp_path).seconds, read_sweep(tmp_path).steps) == (60.0, None)


@pytest.mark.usefixtures("fake")
def test_a_failed_run_is_told_and_tried_again(call: Any, tmp_path: Path) -> None:
    flags = ["digits", "--vary", "temperature=0.5,0.1", "--seeds", "0", "--steps", 2, "--out", tmp_path, "--json"]
    for turn in range(2):
        code, out, err = call(*flags)
        assert code == 1
        assert "τ = 0.5, seed 0: failed. Loss became NaN at step 2.\n" in err
        assert ("τ = 0.1, seed 0: k-NN" in err) == (turn == 0)
        found = json.loads(out)
        assert found["state"] == "failed"
        assert "At τ = 0.5, 1 of 1 runs failed." in found["sentences"]
        assert found["values"][0] == {"temperature": 0.5, "mean": {}, "std": {}, "n": {}}
    assert os.listdir(tmp_path / "unfinished") == ["temperature=0.5,seed=0"]


@pytest.mark.usefixtures("fake")
def test_with_debug_what_each_run_has_written_is_shown(call: Any, tmp_path: Path) -> None:
    flags = ["digits", "--vary", "temperature=0.5", "--seeds", "0", "--steps", 2, "--out", tmp_path]
    for more, shown in (([], False), (["--debug", "engine"], True)):
        _, _, err = call(*flags, *more)
        assert ("τ = 0.5, seed 0: 3 %\n" in err) == shown
        assert "τ = 0.5, seed 0: failed. Loss became NaN at step 2.\n" in err


@pytest.mark.usefixtures("fake")
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_at_once_and_the_same_command_goes_on(
    call: Any, tmp_path: Path, number: signal.Signals
) -> None:
    flags = ["digits", "--vary", "temperature=0.1,2", "--seeds", "0,1", "--steps", 2, "--out", tmp_path, "--json"]
    started, kept = tmp_path / "temperature=2.0,seed=0" / "command.json", set()
    for _ in range(2):

        def interrupt() -> None:
            until(started.exists)
            os.kill(os.getpid(), number)

        thread = threading.Thread(target=interrupt)
        thread.start()
        code, out, err = call(*flags)
        thread.join()
        assert code == 128 + number
        assert f"\nStopped. To go on: sslviz sweep --out {tmp_path}\n" in err
        found = json.loads(out)
        assert found["state"] == "stopped"
        assert found["values"][0]["n"]["knn"] == 1
        assert "Not finished: 3 of 4 runs." in found["sentences"]
        kept.add((tmp_path / "temperature=0.1,seed=0" / "summary.json").stat())
        started.unlink()
    assert len(kept) == 1
    assert os.listdir(tmp_path / "unfinished") == ["temperature=2.0,seed=0"]


@pytest.mark.usefixtures("fake")
def test_runs_that_are_trained_beside_each_other_share_the_cores(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "physical_cores", lambda: 9)
    _, _, err = call("digits", "--vary", "temperature=0.1,0.2", "--seeds", "0", "--steps", 2, "--out", tmp_path)
    assert "2 runs of 2 steps, 2 beside each other, with 4 threads each; " in err
    assert sweep.share_of(["cpu", "auto"]) == (2, 4)
    monkeypatch.setattr(sweep, "physical_cores", lambda: 7)
    assert sweep.share_of(["cpu"]) == (1, None)
    assert sweep.share_of(["cpu"]).text == "one after the other"


def test_on_a_gpu_runs_are_trained_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = DeviceEntry(name="cuda", title="", available=True)
    monkeypatch.setattr(sweep, "devices", lambda: (DeviceEntry(name="cpu", title="", available=True), gpu))
    monkeypatch.setattr(sweep, "physical_cores", lambda: 16)
    assert sweep.share_of(["cpu"]) == (4, 4)
    assert sweep.share_of(["auto"]) == sweep.share_of(["cpu", "auto"]) == (1, None)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["digit", "--vary", "temperature=1"], "There is no preset called 'digit'"),
        (["digits", "--vary", "temperature=1,3"], "temperature takes a number between"),
        (["digits", "--vary", "temprature=1"], "Did you mean temperature?"),
        (["digits", "--vary", "temperature=1,1.0"], "temperature=1 and temperature=1.0 are the same."),
        (
            ["digits", "--vary", "temperature=1", "--seeds", "a"],
            "--seeds takes numbers such as 0,1,2, each a whole number between 0 and",
        ),
        (["digits", "--vary", "device=cpu,mps"], "The device mps cannot be used: "),
        (["digits"], "sslviz sweep takes a PRESET and --vary key=value,…"),
        (["--vary", "temperature=1"], "sslviz sweep takes a PRESET and --vary key=value,…"),
        ([], "holds no sweep that could be continued."),
        (["digits", "--vary", "temperature=1", "--steps", "0"], "takes a whole number from 1"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    call: Any, tmp_path: Path, flags: list[str], says: str
) -> None:
    code, out, err = call(*flags, "--out", tmp_path / "sweep")
    assert (code, out) == (2, "")
    assert says in err
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("fake")
def test_a_folder_of_something_else_is_refused_and_left_alone(call: Any, tmp_path: Path) -> None:
    given = ["digits", "--vary", "temperature=0.1", "--seeds", "0", "--out", tmp_path]
    (tmp_path / "thesis.txt").touch()
    message = f"sslviz: {tmp_path} holds something else than a sweep. Choose another folder.\n"
    assert call(*given, "--steps", 2) == (2, "", message)
    (tmp_path / "thesis.txt").unlink()
    assert call(*given, "--steps", 2)[0] == 0
    before = sorted(os.listdir(tmp_path))
    code, out, err = call(*given, "--steps", 3)
    assert (code, out) == (2, "")
    assert err == (
        f"sslviz: {tmp_path} holds another sweep: digits with temperature = 0.1, data_seed = 0; seeds 0; 2 steps each. "
        "Choose another folder.\n"
    )
    with FileLock(tmp_path / ".lock"):
        code, _, err = call(*given, "--steps", 2)
    assert (code, err) == (2, f"sslviz: The sweep in {tmp_path} is being trained by another process. {WAIT}\n")
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.usefixtures("fake")
def test_a_window_that_looks_whether_a_sweep_is_trained_does_not_stop_it(call: Any, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / ".lock", thread_local=False)
    lock.acquire()
    threading.Timer(0.2, lock.release).start()
    code, _, err = call("digits", "--vary", "temperature=0.1", "--seeds", "0", "--steps", 2, "--out", tmp_path)
    assert code == 0, err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("flags", [("train", "digits"), ("sweep", "digits", "--vary", "temperature=1")])
def test_a_process_may_end_when_its_input_is_closed(tmp_path: Path, flags: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "sslviz", *flags, "--out", str(tmp_path / "run"), "--end-with-input"]
    ended = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=60)
    assert ended.returncode in (-signal.SIGTERM, 128 + signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_sweep_that_was_killed_is_continued(call: Any, tmp_path: Path) -> None:
    """With a real run, which ends with the sweep and is begun again."""
    flags = ["digits", "--vary", "temperature=0.5", "--seeds", "4", "--steps", "2", "--out", str(tmp_path), *TINY]
    process = subprocess.Popen([sys.executable, "-m", "sslviz", "sweep", *flags], stderr=subprocess.PIPE)
    run = tmp_path / "temperature=0.5,seed=4"
    until((run / "run.toml").exists)
    process.kill()
    process.communicate(timeout=20)
    assert not (run / "summary.json").exists()
    code, out, _ = call("--out", tmp_path, "--json")
    found = json.loads(out)
    assert (code, found["state"]) == (0, "finished")
    assert os.listdir(tmp_path / "unfinished") == [run.name]
    assert {"loss", "knn", "knn_raw", "rank_h", "samples_per_second"} <= set(found["values"][0]["mean"])
    values = tomllib.loads((run / "run.toml").read_text())
    assert (values["temperature"], values["seed"], values["data_seed"], values["width"]) == (0.5, 4, 0, 8)
